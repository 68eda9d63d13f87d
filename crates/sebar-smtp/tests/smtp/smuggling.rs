//! Lone line feeds and carriage returns, by which one message is made to look like two.
use sebar_domain::{Phase, Security};
use sebar_smtp::server::Config;
use sebar_smtp::{Connection, Fault};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::common::{Keep, MESSAGE, People, Running};

const ENDS_THAT_ARE_NONE: [&str; 6] = ["\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r\n", "\r\n.\r", "\r\n\0.\r\n"];

async fn converse(server: &Running, text: &str) -> String {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut heard = String::new();
    stream.read_to_string(&mut heard).await.unwrap();
    heard
}

fn smuggle(end: &str) -> String {
    let envelope = "MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n";
    format!("EHLO a\r\n{envelope}First{end}{envelope}Second\r\n.\r\nQUIT\r\n")
}

#[tokio::test]
async fn our_server_never_sees_two_messages_in_one() {
    for end in ENDS_THAT_ARE_NONE {
        let config = Config { keep_bare_newlines: true, ..Config::new("relay.test") };
        let server = Running::start(config, Keep::default()).await;
        let heard = converse(&server, &smuggle(end)).await;
        let [message] = &server.handler.messages()[..] else { panic!("{end:?}: {heard}") };
        assert!(message.data.ends_with(b"Second\r\n") && message.data.starts_with(b"First"));
    }
}

#[tokio::test]
async fn our_server_refuses_what_others_might_see_as_two() {
    for end in &ENDS_THAT_ARE_NONE[..5] {
        let server = Running::plain().await;
        let heard = converse(&server, &smuggle(end)).await;
        assert!(heard.contains("\r\n554 5.6.0 "), "{end:?}: {heard}");
        assert!(server.handler.messages().is_empty());
    }
}

#[tokio::test]
async fn commands_do_not_end_in_a_lone_line_feed() {
    let server = Running::plain().await;
    let heard = converse(&server, "EHLO a\nNOOP\r\nQUIT\r\n").await;
    let codes: Vec<&str> = heard.lines().map(|line| &line[..3]).collect();
    assert_eq!(codes, ["220", "500", "250", "221"], "{heard}");
}

#[tokio::test]
async fn our_client_sends_nothing_that_others_might_see_as_two() {
    let server = Running::plain().await;
    let mut connection = Connection::connect(&server.target(Security::None)).await.unwrap();
    for end in &ENDS_THAT_ARE_NONE[..5] {
        let message = format!("First{end}MAIL FROM:<evil@example.com>\r\n");
        let error = connection.send(&People::new().envelope(), message.as_bytes()).await.unwrap_err();
        assert_eq!(error.phase, Phase::Mail);
        assert!(matches!(error.fault, Fault::BareNewline), "{error}");
    }
    connection.send(&People::new().envelope(), MESSAGE).await.unwrap();
}
