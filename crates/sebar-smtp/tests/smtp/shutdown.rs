//! Our server closes down.
use std::time::Duration;

use sebar_domain::Security;
use sebar_smtp::Connection;
use sebar_smtp::server::Config;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::common::{Keep, MESSAGE, People, Running, SHORT};

async fn say_and_hear(stream: &mut TcpStream, text: &str, end: &str) -> String {
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut heard = String::new();
    while !heard.ends_with(end) {
        let mut piece = [0; 1024];
        let n = stream.read(&mut piece).await.unwrap();
        assert!(n > 0, "closed after {heard:?}");
        heard += &String::from_utf8_lossy(&piece[..n]);
    }
    heard
}

#[tokio::test]
async fn idle_sessions_end_at_once() {
    let mut server = Running::plain().await;
    let mut connection = Connection::connect(&server.target(Security::None)).await.unwrap();
    connection.send(&People::new().envelope(), MESSAGE).await.unwrap();
    server.shutdown.cancel();
    tokio::time::timeout(Duration::from_secs(2), &mut server.ended).await.unwrap().unwrap().unwrap();
    let error = connection.send(&People::new().envelope(), MESSAGE).await.unwrap_err();
    assert!(!error.in_doubt());
    assert_eq!(error.reply().map_or(421, |reply| reply.code), 421);
    assert!(TcpStream::connect(server.address).await.is_err(), "nobody is let in any more");
}

#[tokio::test]
async fn a_message_under_way_may_end() {
    let mut server = Running::plain().await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    say_and_hear(&mut stream, "HELO a\r\nMAIL FROM:<>\r\nRCPT TO:<a@b.example>\r\nDATA\r\n", "<LF>\r\n")
        .await;
    server.shutdown.cancel();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let heard = say_and_hear(&mut stream, "Halo\r\n.\r\n", "Shutting down\r\n").await;
    assert!(heard.starts_with("250 2.0.0 Kept as 1\r\n421 4.3.2 "), "{heard}");
    drop(stream);
    tokio::time::timeout(Duration::from_secs(2), &mut server.ended).await.unwrap().unwrap().unwrap();
    assert_eq!(server.handler.messages().len(), 1);
}

#[tokio::test]
async fn a_message_that_takes_too_long_to_end_is_cut_off() {
    let config = Config { drain: SHORT, ..Config::new("relay.test") };
    let mut server = Running::start(config, Keep::default()).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    say_and_hear(&mut stream, "HELO a\r\nMAIL FROM:<>\r\nRCPT TO:<a@b.example>\r\nDATA\r\n", "<LF>\r\n")
        .await;
    server.shutdown.cancel();
    tokio::time::timeout(Duration::from_secs(2), &mut server.ended).await.unwrap().unwrap().unwrap();
    assert!(server.handler.messages().is_empty());
}
