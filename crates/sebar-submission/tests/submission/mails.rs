//! What becomes of mails that are handed in, and who may.
use sebar_domain::{Address, Scope, Security};
use sebar_smtp::{Connection, Envelope};
use sebar_store::{emails, suppressions};

use crate::server::{MAIL, Server, hand_in, id, message_ids};

#[tokio::test]
async fn a_mail_is_accepted_over_tls_and_stands_in_the_database_with_what_it_said() {
    let server = Server::start().await;
    let key = server.key(|_| {}).await;
    for security in [Security::StartTls, Security::ImplicitTls] {
        let answer = hand_in(&server.target(security, &key), "budi@x.example", MAIL).await.unwrap();
        let email =
            emails::get(&mut server.db().acquire().await.unwrap(), id(&answer)).await.unwrap().unwrap();
        assert_eq!(email.subject, "Selamat datang");
        assert_eq!(email.addressed["to"], serde_json::json!(["budi@x.example"]));
        assert_eq!(email.tags, serde_json::json!([{ "name": "kind", "value": "welcome" }]));
        let parts = emails::parts(server.db(), email.id.0.into()).await.unwrap().unwrap();
        let sent = sebar_compose::assemble(&parts.mime, parts.dated_at, &parts.contents());
        let sent = String::from_utf8(sent.bytes).unwrap();
        assert!(sent.starts_with("Date: ") && sent.ends_with("\r\n\r\nHalo Budi\r\n.\r\n"), "{sent}");
        assert!(!sent.contains("rahasia") && !sent.contains("X-Sebar"), "{sent}");
        let own = message_ids().of(email.id.0.into(), "toko.example");
        assert!(sent.contains(&format!("Message-ID: <{own}>")), "{sent}");
    }
    let queued: i64 = sqlx::query_scalar("SELECT count(*) FROM queue").fetch_one(server.db()).await.unwrap();
    assert_eq!(queued, 2);
    server.stop().await;
}

#[tokio::test]
async fn who_may_not_send_is_told_so_and_nothing_is_stored() {
    let server = Server::start().await;
    let other = server.key(|key| key.scopes = vec![Scope::EmailsRead]).await;
    let expired = server.key(|key| key.expires_at = Some(chrono::Utc::now())).await;
    let far = server.key(|key| key.networks = vec!["192.0.2.0/24".parse().unwrap()]).await;
    let unknown = format!("sbr_{}", "a".repeat(40));
    for (password, why) in [
        (other.as_str(), "scope"),
        (&expired, "expired"),
        (&far, "network"),
        (&unknown, "unknown"),
        ("secret", "no key"),
    ] {
        let answer = hand_in(&server.target(Security::StartTls, password), "budi@x.example", MAIL).await;
        assert_eq!(answer, Err(535), "{why}");
    }
    let bound = server.key(|key| key.from_domains = vec!["other.example".to_owned()]).await;
    let target = server.target(Security::StartTls, &bound);
    assert_eq!(hand_in(&target, "budi@x.example", MAIL).await, Err(550), "the domain of From");
    let allowed = MAIL.replace("toko.example", "other.example");
    assert!(hand_in(&target, "budi@x.example", &allowed).await.is_ok());
    let slow = server.key(|key| key.per_minute = Some(1)).await;
    let target = server.target(Security::StartTls, &slow);
    assert!(hand_in(&target, "budi@x.example", MAIL).await.is_ok());
    assert_eq!(hand_in(&target, "budi@x.example", MAIL).await, Err(450));
    let good = server.key(|_| {}).await;
    let target = server.target(Security::StartTls, &good);
    for unfit in [
        "no header\r\n\r\nx",
        "From: a@x.example\r\nFrom: b@x.example\r\n\r\nx",
        "From: a@x.example\r\nX-Sebar-Pool: None such\r\n\r\nx",
    ] {
        assert_eq!(hand_in(&target, "budi@x.example", unfit).await, Err(550), "{unfit}");
    }
    assert_eq!(server.count().await, 2);
    server.stop().await;
}

#[tokio::test]
async fn a_revocation_holds_for_the_next_mail_of_an_open_session() {
    let server = Server::start().await;
    let key = server.key(|_| {}).await;
    let mut connection = Connection::connect(&server.target(Security::ImplicitTls, &key)).await.unwrap();
    let to: Address = "budi@x.example".parse().unwrap();
    let envelope = Envelope { mail_from: None, rcpt_to: &to };
    connection.send(&envelope, MAIL.as_bytes()).await.unwrap();
    sqlx::query("UPDATE api_keys SET revoked_at = now()").execute(server.db()).await.unwrap();
    let refused = connection.send(&envelope, MAIL.as_bytes()).await.unwrap_err();
    assert_eq!(refused.reply().unwrap().code, 535);
    assert_eq!(server.count().await, 1);
    server.stop().await;
}

#[tokio::test]
async fn a_suppressed_recipient_is_accepted_and_stands_so() {
    let server = Server::start().await;
    let key = server.key(|_| {}).await;
    let entry = suppressions::New {
        email: "@x.example".to_owned(),
        reason: sebar_domain::SuppressionReason::Manual,
        note: String::new(),
        until: None,
    };
    let mut tx = server.db().begin().await.unwrap();
    suppressions::put(&mut tx, &[entry], "", None).await.unwrap();
    tx.commit().await.unwrap();
    let answer = hand_in(&server.target(Security::StartTls, &key), "budi@x.example", MAIL).await.unwrap();
    let state: String = sqlx::query_scalar("SELECT state FROM messages WHERE id = $1")
        .bind(id(&answer).0)
        .fetch_one(server.db())
        .await
        .unwrap();
    assert_eq!(state, "suppressed");
    server.stop().await;
}
