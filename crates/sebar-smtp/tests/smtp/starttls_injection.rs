//! Somebody on the way adds plain text around the switch to TLS, to be taken for what was said under it.
use std::sync::Arc;

use rustls::pki_types::ServerName;
use sebar_domain::Security;
use sebar_smtp::Connection;
use sebar_smtp::server::Config;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::common::{Certificates, Keep, Running, Script, target};

#[tokio::test]
async fn replies_that_were_injected_before_the_handshake_are_forgotten() {
    let certificates = Certificates::for_name("127.0.0.1");
    let acceptor = TlsAcceptor::from(Arc::clone(&certificates.server));
    let (address, scene) = Script::play(|mut server| async move {
        server.welcome("250-STARTTLS\r\n").await;
        server.hear("STARTTLS").await;
        server.say("220 Go ahead\r\n250-evil\r\n250-SIZE 1\r\n250 AUTH PLAIN\r\n").await;
        let mut tls = BufReader::new(acceptor.accept(server.stream.into_inner()).await.unwrap());
        let mut line = String::new();
        tls.read_line(&mut line).await.unwrap();
        tls.write_all(b"250-true\r\n250 SIZE 7\r\n").await.unwrap();
        tls.flush().await.unwrap();
        let _ = tls.read_line(&mut line).await;
        line
    })
    .await;
    let target = target(address, Security::StartTls).with_tls(certificates.trusted());
    let mut connection = Connection::connect(&target).await.unwrap();
    let error = connection.send(&crate::common::People::new().envelope(), b"12345678").await.unwrap_err();
    assert!(error.to_string().contains("the server takes 7"), "{error}");
    drop(connection);
    assert_eq!(scene.await.unwrap(), "EHLO client.test\r\n");
}

#[tokio::test]
async fn commands_that_were_injected_before_the_handshake_are_not_obeyed() {
    let certificates = Certificates::for_name("127.0.0.1");
    let config = Config { tls: Some(Arc::clone(&certificates.server)), ..Config::new("relay.test") };
    let server = Running::start(config, Keep::default()).await;
    let mut stream = BufReader::new(TcpStream::connect(server.address).await.unwrap());
    let mut line = String::new();
    stream.read_line(&mut line).await.unwrap();
    stream.write_all(b"EHLO a\r\n").await.unwrap();
    while !line.contains("250 ") {
        line.clear();
        stream.read_line(&mut line).await.unwrap();
    }
    stream.write_all(b"STARTTLS\r\nEHLO evil\r\nMAIL FROM:<evil@example.com>\r\n").await.unwrap();
    line.clear();
    stream.read_line(&mut line).await.unwrap();
    assert!(line.starts_with("220 "), "{line}");
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let connector = TlsConnector::from(certificates.client());
    let tls = connector.connect(name, stream.into_inner()).await.unwrap();
    let mut tls = BufReader::new(tls);
    // Had the injected EHLO been obeyed, RCPT would find a transaction.
    tls.write_all(b"RCPT TO:<ana@example.org>\r\nMAIL FROM:<a@example.org>\r\n").await.unwrap();
    tls.flush().await.unwrap();
    for _ in 0..2 {
        line.clear();
        tls.read_line(&mut line).await.unwrap();
        assert!(line.starts_with("503 "), "{line}");
    }
}
