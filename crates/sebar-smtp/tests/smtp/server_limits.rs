//! Clients that want more of our server than it gives.
use std::time::Duration;

use sebar_smtp::server::{AuthPolicy, Config};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::common::{Keep, Running, SHORT, with_auth};

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
async fn one_client_does_not_get_all_places() {
    let server = Running::start(Config { max_connections_of_one: 2, ..config() }, Keep::default()).await;
    let mut inside = Vec::new();
    for _ in 0..2 {
        let mut one = TcpStream::connect(server.address).await.unwrap();
        let mut greeting = [0; 3];
        one.read_exact(&mut greeting).await.unwrap();
        assert_eq!(&greeting, b"220");
        inside.push(one);
    }
    for _ in 0..100 {
        let mut heard = String::new();
        TcpStream::connect(server.address).await.unwrap().read_to_string(&mut heard).await.unwrap();
        assert!(heard.starts_with("421 4.3.2 ") && heard.contains("from your address"), "{heard}");
    }
    // Who leaves makes room.
    let mut gone = inside.remove(0);
    gone.write_all(b"QUIT\r\n").await.unwrap();
    gone.read_to_string(&mut String::new()).await.unwrap();
    drop(gone);
    for _ in 0..100 {
        let mut greeting = [0; 3];
        TcpStream::connect(server.address).await.unwrap().read_exact(&mut greeting).await.unwrap();
        if &greeting == b"220" {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("no room was made");
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
async fn who_never_pauses_is_sent_away_all_the_same() {
    let envelope = "EHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<a@b.example>\r\n";
    for begin in
        ["EHLO a\r\n".to_owned(), format!("{envelope}DATA\r\n"), format!("{envelope}BDAT 99999999999\r\n")]
    {
        let config = Config { session_timeout: SHORT, ..config() };
        let server = Running::start(config, Keep::default()).await;
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(begin.as_bytes()).await.unwrap();
        let (mut reading, mut writing) = stream.into_split();
        let flood =
            tokio::spawn(
                async move { while writing.write_all(&b"NOOP\r\n".repeat(10_000)).await.is_ok() {} },
            );
        let heard = async {
            let mut heard = Vec::new();
            // The connection may be reset behind the last word.
            let _ = reading.read_to_end(&mut heard).await;
        };
        tokio::time::timeout(Duration::from_secs(20), heard).await.unwrap();
        drop(reading);
        tokio::time::timeout(Duration::from_secs(20), flood).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn who_does_not_log_in_is_sent_away_early() {
    let config = Config { login_timeout: SHORT, ..with_auth(AuthPolicy::Required) };
    let server = Running::start(config, Keep { password: Some("rahasia"), ..Keep::default() }).await;
    // A word now and then is no excuse.
    let mut slow = TcpStream::connect(server.address).await.unwrap();
    let (mut reading, mut writing) = slow.split();
    let mut heard = String::new();
    let drip = async {
        while writing.write_all(b"NOOP\r\n").await.is_ok() {
            tokio::time::sleep(SHORT / 10).await;
        }
    };
    tokio::select! { () = drip => {}, read = reading.read_to_string(&mut heard) => drop(read.unwrap()) }
    assert!(heard.ends_with("421 4.4.2 Session too long, please connect again\r\n"), "{heard}");
    // Who did has all the time there is: NUL budi NUL rahasia.
    let mut known = TcpStream::connect(server.address).await.unwrap();
    known.write_all(b"EHLO a\r\nAUTH PLAIN AGJ1ZGkAcmFoYXNpYQ==\r\n").await.unwrap();
    tokio::time::sleep(SHORT * 2).await;
    known.write_all(b"QUIT\r\n").await.unwrap();
    let mut heard = String::new();
    known.read_to_string(&mut heard).await.unwrap();
    assert!(heard.contains("\r\n235 ") && heard.ends_with("221 2.0.0 Goodbye\r\n"), "{heard}");
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
