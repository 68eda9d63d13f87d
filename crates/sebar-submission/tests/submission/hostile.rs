//! Clients that mean no good.
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::net::TcpStream;

use crate::server::{Server, Talk};

#[tokio::test]
async fn hostile_clients_get_clear_answers_and_others_are_served() {
    let server = Server::with(|options| options.plain_text = true).await;
    let key = server.key(|_| {}).await;

    // No relay for those who did not log in.
    let mut talk = Talk::begin(server.starttls).await;
    talk.ask("EHLO x").await;
    assert!(talk.ask("MAIL FROM:<a@x.example>").await.starts_with("530"));

    // Guessing keys has an end.
    let mut guesses = 0;
    while talk.log_in("sbr_wrong").await.starts_with("535") {
        guesses += 1;
        assert!(guesses < 20);
    }

    // Smuggling: a lone LF, or LF dot CRLF, ends no message (and is refused as a whole).
    let mut talk = Talk::begin(server.starttls).await;
    talk.ask("EHLO x").await;
    assert!(talk.log_in(&key).await.starts_with("235"));
    for line in ["MAIL FROM:<a@x.example>", "RCPT TO:<budi@x.example>"] {
        assert!(talk.ask(line).await.starts_with("250"));
    }
    assert!(talk.ask("DATA").await.starts_with("354"));
    talk.say(b"From: a@x.example\r\n\r\nHi\n.\r\nMAIL FROM:<b@x.example>\r\nRCPT TO:<ida@x.example>\r\nDATA\r\nFrom: b@x.example\r\n\r\n.\r\n").await;
    assert!(talk.hear().await.starts_with("554"), "a lone LF");
    assert_eq!(server.count().await, 0);

    // Commands behind STARTTLS in plain text are forgotten.
    let mut talk = Talk::begin(server.starttls).await;
    talk.ask("EHLO x").await;
    talk.say(b"STARTTLS\r\nMAIL FROM:<a@x.example>\r\n").await;
    assert!(talk.hear().await.starts_with("220"));
    // Whatever comes now is no answer to MAIL: the server waits for the handshake.
    let mut byte = [0];
    let more = tokio::time::timeout(Duration::from_millis(300), talk.0.read(&mut byte)).await;
    assert!(more.is_err() || more.unwrap().unwrap_or(0) == 0);

    // A line without an end, in bounded memory; and garbage.
    let mut endless = Talk::begin(server.starttls).await;
    for _ in 0..8000 {
        endless.say(&[b'x'; 8192]).await;
    }
    let mut garbage = Talk::begin(server.starttls).await;
    garbage.say(&[0, 255, 13, 10].repeat(1000)).await;
    assert!(garbage.hear().await.starts_with('5'));

    // More clients than there is room for are told so, and who is inside goes on.
    let mut inside = Talk::begin(server.starttls).await;
    let mut crowd = Vec::new();
    let mut sent_away = 0;
    for _ in 0..100 {
        let mut one = BufReader::new(TcpStream::connect(("127.0.0.1", server.starttls)).await.unwrap());
        let mut line = String::new();
        one.read_line(&mut line).await.unwrap();
        sent_away += usize::from(line.starts_with("421"));
        crowd.push(one);
    }
    assert!(sent_away >= 50, "{sent_away}");
    assert!(inside.ask("EHLO x").await.starts_with("250"));
    drop((crowd, endless, garbage));
    server.stop().await;
}
