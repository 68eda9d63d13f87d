//! Bodies of mails stand once, by their digest.
use sebar_domain::Security;
use sebar_domain::id::MessageId;
use sebar_store::{blobs, emails};
use sqlx::PgPool;

use crate::server::{MAIL, Server, Talk, hand_in, id, message_ids};

async fn sent(db: &PgPool, id: MessageId) -> Option<String> {
    let parts = emails::parts(db, id.0.into()).await.unwrap()?;
    let mail = sebar_compose::assemble(&parts.mime, parts.dated_at, &parts.contents());
    Some(String::from_utf8(mail.bytes).unwrap())
}

async fn stored(db: &PgPool) -> Vec<Vec<u8>> {
    sqlx::query_scalar("SELECT bytes FROM blobs ORDER BY bytes").fetch_all(db).await.unwrap()
}

#[tokio::test]
async fn the_same_body_stands_once_however_it_came() {
    let server = Server::with(|options| options.plain_text = true).await;
    let key = server.key(|_| {}).await;
    let target = server.target(Security::StartTls, &key);
    let mut ids = Vec::new();
    for to in ["budi@x.example", "ida@x.example"] {
        ids.push(id(&hand_in(&target, to, MAIL).await.unwrap()));
    }
    let mut talk = Talk::begin(server.starttls).await;
    talk.ask("EHLO x").await;
    talk.log_in(&key).await;
    for line in ["MAIL FROM:<a@x.example>", "RCPT TO:<budi@x.example>", "RCPT TO:<ida@x.example>"] {
        assert!(talk.ask(line).await.starts_with("250"));
    }
    let (first, second) = MAIL.split_at(MAIL.len() - 4);
    talk.say(format!("BDAT {}\r\n{first}BDAT 4 LAST\r\n{second}", first.len()).as_bytes()).await;
    assert!(talk.hear().await.starts_with("250"));
    ids.push(id(&talk.hear().await));
    // No body at all, and another.
    ids.push(id(&hand_in(&target, "budi@x.example", "From: a@x.example\r\n\r\n").await.unwrap()));
    ids.push(id(&hand_in(&target, "budi@x.example", "From: a@x.example\r\n\r\nHai\r\n").await.unwrap()));

    assert_eq!(stored(server.db()).await, [&b"Hai\r\n"[..], b"Halo Budi\r\n.\r\n"]);
    for (n, id) in ids.iter().enumerate() {
        let mail = sent(server.db(), *id).await.unwrap();
        let body = ["Halo Budi\r\n.\r\n", "Halo Budi\r\n.\r\n", "Halo Budi\r\n.\r\n", "", "Hai\r\n"][n];
        assert!(mail.ends_with(&format!("\r\n\r\n{body}")), "{mail}");
        let domain = if n < 3 { "toko.example" } else { "x.example" };
        assert!(mail.contains(&message_ids().of(*id, domain)), "{mail}");
        let (mime, _) = emails::mime(server.db(), *id).await.unwrap().unwrap();
        assert!(mail.ends_with(std::str::from_utf8(&mime).unwrap()));
    }

    // A mail from before bodies stood apart is whole in its row.
    sqlx::query("UPDATE emails SET mime = 'From: a@x.example\r\n\r\nDulu', body = NULL WHERE id = $1")
        .bind(ids[0].0)
        .execute(server.db())
        .await
        .unwrap();
    assert!(sent(server.db(), ids[0]).await.unwrap().ends_with("\r\n\r\nDulu"));
    server.stop().await;
}

#[tokio::test]
async fn a_body_goes_when_no_mail_has_brought_it_for_long() {
    let server = Server::start().await;
    let target = server.target(Security::StartTls, &server.key(|_| {}).await);
    let mut ids = Vec::new();
    for body in ["satu", "dua", "tiga"] {
        let mail = format!("From: a@x.example\r\n\r\n{body}\r\n");
        ids.push(id(&hand_in(&target, "budi@x.example", &mail).await.unwrap()));
    }
    let ages = "UPDATE blobs SET used_at = now() - interval '3 months 1 day' WHERE bytes <> 'tiga\r\n'";
    sqlx::query(ages).execute(server.db()).await.unwrap();
    assert_eq!(blobs::forget_old(server.db(), 2, 10).await.unwrap(), 0);
    // Brought again, it is young again.
    hand_in(&target, "budi@x.example", "From: a@x.example\r\n\r\ndua\r\n").await.unwrap();
    assert_eq!(blobs::forget_old(server.db(), 1, 10).await.unwrap(), 1);
    assert_eq!(sent(server.db(), ids[0]).await, None, "a mail without its body is none");
    assert!(emails::mime(server.db(), ids[0]).await.unwrap().is_none());
    for id in &ids[1..] {
        assert!(sent(server.db(), *id).await.is_some());
    }
    sqlx::query("UPDATE blobs SET used_at = now() - interval '1 year'").execute(server.db()).await.unwrap();
    let mut gone = Vec::new();
    for _ in 0..3 {
        gone.push(blobs::forget_old(server.db(), 1, 1).await.unwrap());
    }
    assert_eq!(gone, [1, 1, 0]);
    server.stop().await;
}
