//! Clients that want more of our server than it gives.
use std::time::Duration;

use sebar_smtp::server::Config;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::common::{Keep, Running, SHORT};

/// Says `text` and hears all until the server closes.
async fn converse(config: Config, text: &str) -> (Running, String) {
    let server = Running::start(config, Keep::default()).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let (mut reading, mut writing) = stream.split();
    let mut heard = String::new();
    let (_, read) = tokio::join!(writing.write_all(text.as_bytes()), reading.read_to_string(&mut heard));
    read.unwrap();
    (server, heard)
}

fn config() -> Config {
    Config::new("relay.test")
}

fn codes(heard: &str) -> Vec<&str> {
    heard.lines().filter(|line| line.as_bytes().get(3) == Some(&b' ')).map(|line| &line[..3]).collect()
}

#[tokio::test]
async fn one_connection_too_many_is_sent_away() {
    let server = Running::start(Config { max_connections: 1, ..config() }, Keep::default()).await;
    let mut first = TcpStream::connect(server.address).await.unwrap();
    let mut greeting = [0; 3];
    first.read_exact(&mut greeting).await.unwrap();
    assert_eq!(&greeting, b"220");
    let mut heard = String::new();
    TcpStream::connect(server.address).await.unwrap().read_to_string(&mut heard).await.unwrap();
    assert!(heard.starts_with("421 4.3.2 "), "{heard}");
}

#[tokio::test]
async fn a_line_without_end_is_not_kept() {
    let text = format!("NOOP {}\r\nNOOP\r\nQUIT\r\n", "x".repeat(1_000_000));
    let (_, heard) = converse(config(), &text).await;
    assert_eq!(codes(&heard), ["220", "500", "250", "221"]);
}

#[tokio::test]
async fn a_recipient_too_many_may_come_in_another_message() {
    let rcpt = "RCPT TO:<a@b.example>\r\n";
    let text = format!("EHLO a\r\nMAIL FROM:<>\r\n{rcpt}{rcpt}{rcpt}DATA\r\nHalo\r\n.\r\nQUIT\r\n");
    let (server, heard) = converse(Config { max_recipients: 2, ..config() }, &text).await;
    assert!(heard.contains("\r\n452 4.5.3 "), "{heard}");
    assert_eq!(server.handler.messages()[0].rcpt_to.len(), 2);
}

#[tokio::test]
async fn a_message_that_is_too_big_is_refused_and_the_session_goes_on() {
    let envelope = "MAIL FROM:<>\r\nRCPT TO:<a@b.example>\r\nDATA\r\n";
    let text = format!(
        "EHLO a\r\n{envelope}{}.\r\n{envelope}Halo\r\n.\r\nMAIL FROM:<> SIZE=101\r\nQUIT\r\n",
        "0123456789\r\n".repeat(1000)
    );
    let (server, heard) = converse(Config { max_message_size: 100, ..config() }, &text).await;
    assert_eq!(
        codes(&heard),
        ["220", "250", "250", "250", "354", "552", "250", "250", "354", "250", "552", "221"]
    );
    assert_eq!(server.handler.messages().len(), 1);
}

#[tokio::test]
async fn who_talks_nonsense_is_sent_away() {
    let (_, heard) = converse(Config { max_errors: 3, ..config() }, &"GET / HTTP/1.1\r\n".repeat(100)).await;
    assert_eq!(codes(&heard), ["220", "500", "500", "500", "500", "421"]);
}

#[tokio::test]
async fn who_is_silent_is_sent_away() {
    let (_, heard) = converse(Config { idle_timeout: SHORT, ..config() }, "EHLO a\r\n").await;
    assert!(heard.ends_with("421 4.4.2 Idle for too long\r\n"), "{heard}");
    let (_, heard) = converse(
        Config { idle_timeout: SHORT, ..config() },
        "EHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<a@b.example>\r\nDATA\r\nHalo",
    )
    .await;
    assert!(heard.ends_with("421 4.4.2 Idle for too long\r\n"), "{heard}");
}

#[tokio::test]
async fn who_stays_too_long_is_sent_away() {
    let config = Config { session_timeout: SHORT, idle_timeout: Duration::from_mins(1), ..config() };
    let (_, heard) = converse(config, "EHLO a\r\n").await;
    assert!(heard.ends_with("421 4.4.2 Session too long, please connect again\r\n"), "{heard}");
}

#[tokio::test]
async fn commands_out_of_order_are_refused() {
    let (server, heard) = converse(
        config(),
        "MAIL FROM:<>\r\nEHLO a\r\nRCPT TO:<a@b.example>\r\nDATA\r\nMAIL FROM:<>\r\nDATA\r\nMAIL FROM:<>\r\n\
         RSET\r\nRCPT TO:<a@b.example>\r\nVRFY ana\r\nHELP\r\nSTARTTLS\r\nAUTH PLAIN AAAA\r\nQUIT\r\n",
    )
    .await;
    assert_eq!(
        codes(&heard),
        [
            "220", "503", "250", "503", "503", "250", "503", "503", "250", "503", "252", "214", "502", "502",
            "221"
        ]
    );
    assert!(server.handler.messages().is_empty());
}
