//! Clients that mean no good.
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::net::TcpStream;

use crate::server::{Server, Talk};

/// A hundred clients at once, and how many of them were greeted so.
async fn crowd(server: &Server, is_so: fn(&str) -> bool) -> (Vec<BufReader<TcpStream>>, usize) {
    let (mut crowd, mut n) = (Vec::new(), 0);
    for _ in 0..100 {
        let mut one = BufReader::new(TcpStream::connect(("127.0.0.1", server.starttls)).await.unwrap());
        let mut line = String::new();
        one.read_line(&mut line).await.unwrap();
        n += usize::from(is_so(&line));
        crowd.push(one);
    }
    (crowd, n)
}

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
    let (crowd, sent_away) = crowd(&server, |greeting| greeting.starts_with("421")).await;
    assert!(sent_away >= 50, "{sent_away}");
    assert!(inside.ask("EHLO x").await.starts_with("250"));
    drop((crowd, endless, garbage));
    server.stop().await;
}

/// A session that has logged in.
async fn known(server: &Server) -> Talk {
    let key = server.key(|_| {}).await;
    let mut talk = Talk::begin(server.starttls).await;
    talk.ask("EHLO x").await;
    assert!(talk.log_in(&key).await.starts_with("235"));
    talk
}

async fn envelope(talk: &mut Talk) {
    for line in ["MAIL FROM:<a@x.example>", "RCPT TO:<budi@x.example>"] {
        assert!(talk.ask(line).await.starts_with("250"));
    }
}

#[tokio::test]
async fn odd_octets_in_commands_are_refused() {
    let server = Server::with(|options| options.plain_text = true).await;
    let mut talk = known(&server).await;
    assert!(talk.ask("MAIL FROM:<a@x.example>").await.starts_with("250"));
    for (line, code) in [
        (&b"RCPT TO:<b\xc3\xbcdi@x.example>\r\n"[..], "553"),
        (b"RCPT TO:<bu\0di@x.example>\r\n", "500"),
        (b"RCPT TO:<b\xfcdi@x.example>\r\n", "500"),
    ] {
        talk.say(line).await;
        assert!(talk.hear().await.starts_with(code), "{line:?}");
    }
    let long = format!("RCPT TO:<{}@x.example>", "b".repeat(2000));
    assert!(talk.ask(&long).await.starts_with("501"));
    talk.ask("RSET").await;
    let with_utf8 = "MAIL FROM:<\u{fc}@x.example> SMTPUTF8";
    assert!(talk.ask("MAIL FROM:<\u{fc}@x.example>").await.starts_with("553"));
    assert!(talk.ask(with_utf8).await.starts_with("250"));
    assert_eq!(server.count().await, 0);
    server.stop().await;
}

#[tokio::test]
async fn odd_octets_in_a_mail_are_no_fault_of_the_database() {
    let server = Server::with(|options| options.plain_text = true).await;
    let mut talk = known(&server).await;
    let long = "x".repeat(2000);
    for mail in [
        "Subject: a\0b\r\n\r\nHi\0\r\n",
        "Subject: =?utf-8?q?a=00b?=\r\n\r\nHi\r\n",
        "To: \"a\0b\" <\"c\0d\"@x.example>\r\n\r\nHi\r\n",
        "To: <c\0d@x.example>, =?utf-8?q?a=00b?= <e\0@x.example>\r\nReply-To: a\0@x.example\r\n\r\nHi\r\n",
        "X-Sebar-Tag: a\0b=c\0d\r\n\r\nHi\r\n",
        &format!("Subject: {long}\r\nX-Long: {long}\r\n\r\n{long}\r\n"),
    ] {
        envelope(&mut talk).await;
        assert!(talk.ask("DATA").await.starts_with("354"));
        talk.say(format!("From: a@x.example\r\n{mail}.\r\n").as_bytes()).await;
        let answer = talk.hear().await;
        assert!(answer.starts_with("250"), "{mail:?}: {answer}");
    }
    // A pool of such a name is none.
    envelope(&mut talk).await;
    assert!(talk.ask("DATA").await.starts_with("354"));
    talk.say(b"From: a@x.example\r\nX-Sebar-Pool: a\0b\r\n\r\nHi\r\n.\r\n").await;
    assert!(talk.hear().await.starts_with("550"));
    assert_eq!(server.count().await, 6);
    server.stop().await;
}

#[tokio::test]
async fn one_client_leaves_room_for_others_and_slow_ones_cost_little() {
    let server = Server::with(|options| options.sessions_of_one = 5).await;
    let (_crowd, sent_away) = crowd(&server, |greeting| greeting.contains("from your address")).await;
    assert_eq!(sent_away, 95);
    server.stop().await;
}
