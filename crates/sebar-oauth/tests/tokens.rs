//! Tokens against a provider on this host that does what it is told.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sebar_oauth::{Account, AddressFault, Token, TokenError, Tokens};
use sebar_testkit::TokenServer;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;

fn account(url: &str) -> Account {
    Account {
        token_url: url.to_owned(),
        scope: String::new(),
        client_id: "sebar id".to_owned(),
        client_secret: Some("client&secret".to_owned()),
        refresh_token: "1//refresh".to_owned(),
    }
}

async fn get(tokens: &Tokens, account: &Account, refused: Option<&str>) -> Result<Token, TokenError> {
    tokens.get("relay", 1, refused, async || Ok(account.clone())).await
}

#[tokio::test]
async fn a_token_is_asked_for_as_rfc_6749_says_and_kept() {
    let server = TokenServer::start("ya29.first").await;
    let tokens = Tokens::new().unwrap();
    let mut account = account(&server.url);
    let token = get(&tokens, &account, None).await.unwrap();
    assert_eq!((token.access.as_str(), token.is_new), ("ya29.first", true));
    assert_eq!(
        server.requests(),
        [
            "grant_type=refresh_token&refresh_token=1%2F%2Frefresh&client_id=sebar+id&client_secret=client%26secret"
        ]
    );
    server.gives("ya29.second");
    let token = get(&tokens, &account, None).await.unwrap();
    assert_eq!((token.access.as_str(), token.is_new), ("ya29.first", false), "it is good for an hour");
    assert_eq!(server.requests().len(), 1);

    // A public client, and a scope.
    (account.client_secret, account.scope) = (None, "smtp.send offline_access".to_owned());
    let other = tokens.get("another relay", 1, None, async || Ok::<_, TokenError>(account.clone())).await;
    assert_eq!(other.unwrap().access, "ya29.second");
    assert_eq!(
        server.requests()[1],
        "grant_type=refresh_token&refresh_token=1%2F%2Frefresh&client_id=sebar+id&scope=smtp.send+offline_access"
    );
}

#[tokio::test]
async fn one_asks_for_all_that_wait() {
    let server = TokenServer::start("ya29.a").await;
    let tokens = Arc::new(Tokens::new().unwrap());
    let opened = Arc::new(AtomicUsize::new(0));
    let mut lanes = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (tokens, opened, account) = (Arc::clone(&tokens), Arc::clone(&opened), account(&server.url));
        lanes.spawn(async move {
            let account = async || {
                opened.fetch_add(1, Ordering::Relaxed);
                Ok::<_, TokenError>(account)
            };
            tokens.get("relay", 1, None, account).await.unwrap().access
        });
    }
    assert!(lanes.join_all().await.iter().all(|access| access == "ya29.a"));
    assert_eq!((server.requests().len(), opened.load(Ordering::Relaxed)), (1, 1));
}

#[tokio::test]
async fn a_token_that_a_relay_refused_is_replaced_once() {
    let server = TokenServer::start("ya29.old").await;
    let tokens = Tokens::new().unwrap();
    let account = account(&server.url);
    get(&tokens, &account, None).await.unwrap();
    server.gives("ya29.new");
    let token = get(&tokens, &account, Some("ya29.old")).await.unwrap();
    assert_eq!((token.access.as_str(), token.is_new), ("ya29.new", true));
    // Another connection was refused with the old one at the same time: the new one is there already.
    let token = get(&tokens, &account, Some("ya29.old")).await.unwrap();
    assert_eq!((token.access.as_str(), token.is_new), ("ya29.new", false));
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_token_is_renewed_before_it_ends_and_other_settings_begin_anew() {
    let server = TokenServer::start("x").await;
    server.says(200, r#"{"access_token":"short","expires_in":0}"#);
    let tokens = Tokens::new().unwrap();
    let account = account(&server.url);
    for n in 1..=3 {
        assert!(get(&tokens, &account, None).await.unwrap().is_new);
        assert_eq!(server.requests().len(), n, "it ends at once");
    }
    server.gives("long");
    get(&tokens, &account, None).await.unwrap();
    get(&tokens, &account, None).await.unwrap();
    assert_eq!(server.requests().len(), 4);
    let changed = tokens.get("relay", 2, None, async || Ok::<_, TokenError>(account.clone())).await;
    assert!(changed.unwrap().is_new, "a user changed the relay");
}

#[tokio::test]
async fn a_new_refresh_token_takes_the_place_of_the_old_one() {
    let server = TokenServer::start("x").await;
    server.says_in_turn(&[
        (200, r#"{"access_token":"a","expires_in":0,"refresh_token":"1//second"}"#),
        (200, r#"{"access_token":"b","expires_in":0}"#),
        (200, r#"{"access_token":"c","expires_in":0,"refresh_token":"1//second"}"#),
    ]);
    let tokens = Tokens::new().unwrap();
    let account = account(&server.url);
    let first = get(&tokens, &account, None).await.unwrap();
    assert_eq!(first.new_refresh_token.as_deref(), Some("1//second"));
    for _ in 0..2 {
        // The database may still hold the old one.
        assert_eq!(get(&tokens, &account, None).await.unwrap().new_refresh_token, None);
    }
    assert!(server.requests()[1..].iter().all(|form| form.contains("refresh_token=1%2F%2Fsecond&")));
}

#[tokio::test]
async fn a_refusal_is_told_to_all_that_waited_and_asked_again_by_who_comes_later() {
    let server = TokenServer::start("x").await;
    server.says(400, r#"{"error":"invalid_grant","error_description":"Token has been expired or revoked."}"#);
    let tokens = Arc::new(Tokens::new().unwrap());
    let mut lanes = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (tokens, account) = (Arc::clone(&tokens), account(&server.url));
        lanes.spawn(async move { get(&tokens, &account, None).await.unwrap_err() });
    }
    for fault in lanes.join_all().await {
        assert_eq!(fault, TokenError::Grant("Token has been expired or revoked.".to_owned()));
    }
    assert_eq!(server.requests().len(), 1);
    server.gives("ya29.again");
    assert!(get(&tokens, &account(&server.url), None).await.unwrap().is_new, "somebody mended it");
}

#[tokio::test]
async fn a_provider_that_does_not_answer_as_it_should_is_told_from_one_that_refuses() {
    let server = TokenServer::start("x").await;
    let account = account(&server.url);
    let fault = async || get(&Tokens::new().unwrap(), &account, None).await.unwrap_err();
    for (status, body) in [(500, "oops"), (302, ""), (200, "<html>"), (404, "")] {
        server.says(status, body);
        let fault = fault().await;
        assert!(matches!(fault, TokenError::Server(_)), "{status}: {fault}");
    }
    server.says(200, &format!(r#"{{"access_token":"{}"}}"#, "x".repeat(100_000)));
    assert_eq!(fault().await, TokenError::Server("its answer does not end".to_owned()));
    server.drops();
    assert!(matches!(fault().await, TokenError::Server(_)));
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let account = Account { token_url: format!("http://{nobody}/"), ..account.clone() };
    let fault = get(&Tokens::new().unwrap(), &account, None).await.unwrap_err();
    assert!(matches!(fault, TokenError::Server(_)) && !fault.is_refusal(), "{fault}");
}

#[tokio::test]
async fn secrets_are_sent_neither_in_plain_text_nor_to_whom_nobody_vouches_for() {
    let account = Account { token_url: "http://example.com/token".to_owned(), ..account("") };
    let fault = get(&Tokens::new().unwrap(), &account, None).await.unwrap_err();
    assert_eq!(fault, TokenError::Address(AddressFault::NotHttps));

    // A server whose certificate no authority of this machine has signed.
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate =
        rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        match tokio_rustls::TlsAcceptor::from(Arc::new(config)).accept(stream).await {
            Ok(mut stream) => stream.read_u8().await.is_ok(),
            Err(_) => false,
        }
    });
    let account = Account { token_url: format!("https://localhost:{port}/token"), ..account };
    let fault = get(&Tokens::new().unwrap(), &account, None).await.unwrap_err();
    assert!(matches!(&fault, TokenError::Server(why) if why.contains("certificate")), "{fault}");
    assert!(!heard.await.unwrap(), "nothing was said to it");
}

#[test]
fn secrets_do_not_show_in_logs() {
    let shown = format!("{:?}", account("https://example.com/token"));
    assert!(!shown.contains("refresh") && !shown.contains("secret"), "{shown}");
}
