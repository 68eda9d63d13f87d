//! Commands in one write where the server offers it, one after the other where not (RFC 2920).
use sebar_domain::Security;
use sebar_smtp::Connection;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::common::{MESSAGE, People, Running, Script, target};

#[tokio::test]
async fn the_envelope_comes_in_one_piece_and_the_message_with_its_dot_in_another() {
    let (address, scene) = Script::play(|mut server| async move {
        server.welcome("250-PIPELINING\r\n").await;
        let mut piece = [0; 4096];
        let n = server.stream.read(&mut piece).await.unwrap();
        let envelope = String::from_utf8_lossy(&piece[..n]).into_owned();
        server.say("250 Ok\r\n250 Ok\r\n354 Go on\r\n").await;
        let n = server.stream.read(&mut piece).await.unwrap();
        server.say("250 Taken\r\n").await;
        (envelope, String::from_utf8_lossy(&piece[..n]).into_owned())
    })
    .await;
    let mut connection = Connection::connect(&target(address, Security::None)).await.unwrap();
    connection.send(&People::new().envelope(), MESSAGE).await.unwrap();
    let (envelope, message) = scene.await.unwrap();
    assert_eq!(envelope, "MAIL FROM:<news@example.com>\r\nRCPT TO:<ana@example.org>\r\nDATA\r\n");
    assert!(message.ends_with("Apa kabar?\r\n.\r\n"));
}

#[tokio::test]
async fn a_server_that_does_not_offer_it_gets_one_command_at_a_time() {
    let (address, scene) = Script::play(|mut server| async move {
        server.welcome("").await;
        for (command, reply) in [("MAIL", "250 Ok\r\n"), ("RCPT", "250 Ok\r\n"), ("DATA", "354 Go on\r\n")] {
            server.hear(command).await;
            tokio::time::sleep(std::time::Duration::from_millis(30)).await;
            assert!(server.stream.buffer().is_empty(), "nothing rides behind {command}");
            server.say(reply).await;
        }
        server.hear_message().await;
        server.say("250 Taken\r\n").await;
    })
    .await;
    let mut connection = Connection::connect(&target(address, Security::None)).await.unwrap();
    connection.send(&People::new().envelope(), MESSAGE).await.unwrap();
    scene.await.unwrap();
}

#[tokio::test]
async fn our_server_answers_a_whole_group_in_one_piece() {
    let server = Running::plain().await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let mut piece = [0; 4096];
    let _greeting = stream.read(&mut piece).await.unwrap();
    stream
        .write_all(b"EHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n")
        .await
        .unwrap();
    let n = stream.read(&mut piece).await.unwrap();
    let heard = String::from_utf8_lossy(&piece[..n]).into_owned();
    let codes: Vec<&str> = heard.lines().filter(|line| &line[3..4] == " ").map(|line| &line[..3]).collect();
    assert_eq!(codes, ["250", "250", "250", "250", "354"], "{heard}");
}

#[tokio::test]
async fn our_server_bears_a_client_that_never_waits() {
    let server = Running::plain().await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let transaction = "MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\nHalo\r\n.\r\n";
    let all = format!("EHLO a\r\n{}QUIT\r\n", transaction.repeat(200));
    let (mut reading, mut writing) = stream.split();
    let mut heard = String::new();
    let (wrote, read) = tokio::join!(writing.write_all(all.as_bytes()), reading.read_to_string(&mut heard));
    wrote.unwrap();
    read.unwrap();
    assert!(heard.ends_with("221 2.0.0 Goodbye\r\n"));
    assert_eq!(server.handler.messages().len(), 200);
}

#[tokio::test]
async fn the_next_envelope_rides_behind_the_final_dot() {
    let (address, scene) = Script::play(|mut server| async move {
        server.welcome("250-PIPELINING\r\n").await;
        let mut pieces = Vec::new();
        for answer in [
            "250 Ok\r\n250 Ok\r\n354 Go on\r\n",
            "550 5.6.0 No\r\n250 Ok\r\n250 Ok\r\n354 Go on\r\n",
            "250 Taken\r\n",
        ] {
            let mut piece = [0; 4096];
            let n = server.stream.read(&mut piece).await.unwrap();
            pieces.push(String::from_utf8_lossy(&piece[..n]).into_owned());
            server.say(answer).await;
        }
        pieces
    })
    .await;
    let mut connection = Connection::connect(&target(address, Security::None)).await.unwrap();
    let (first, second) = (People::new(), People::to("budi@example.org"));
    let refused =
        connection.send_before(&first.envelope(), MESSAGE, Some((&second.envelope(), MESSAGE))).await;
    assert_eq!(refused.unwrap_err().reply().unwrap().code, 550, "it concerns the first alone");
    assert!(connection.awaits_message());
    connection.send(&second.envelope(), MESSAGE).await.unwrap();
    assert!(!connection.awaits_message());
    let pieces = scene.await.unwrap();
    assert!(
        pieces[1]
            .ends_with("\r\n.\r\nMAIL FROM:<news@example.com>\r\nRCPT TO:<budi@example.org>\r\nDATA\r\n"),
        "{pieces:?}"
    );
    assert!(pieces[2].starts_with("Subject: ") && pieces[2].ends_with("\r\n.\r\n"));
}

#[tokio::test]
async fn a_message_that_was_announced_and_does_not_come_ends_the_connection_and_reaches_nobody() {
    let server = Running::plain().await;
    let (first, second, third) =
        (People::new(), People::to("budi@example.org"), People::to("citra@example.org"));
    for goodbye in [true, false] {
        let mut connection = Connection::connect(&server.target(Security::None)).await.unwrap();
        let next = (&second.envelope(), MESSAGE);
        connection.send_before(&first.envelope(), MESSAGE, Some(next)).await.unwrap();
        if goodbye {
            connection.quit().await;
        } else {
            let other = connection.send(&third.envelope(), MESSAGE).await.unwrap_err();
            assert!(other.reply().is_none() && !other.in_doubt() && !connection.is_usable());
        }
    }
    let got = server.handler.messages();
    assert!(got.len() == 2 && got.iter().all(|message| message.rcpt_to == ["ana@example.org"]), "{got:?}");
}

#[tokio::test]
async fn a_server_that_takes_one_command_at_a_time_is_told_nothing_ahead() {
    let (address, scene) = Script::play(|mut server| async move {
        server.welcome("").await;
        for (command, reply) in [("MAIL", "250 Ok\r\n"), ("RCPT", "250 Ok\r\n"), ("DATA", "354 Go on\r\n")] {
            server.hear(command).await;
            server.say(reply).await;
        }
        server.hear_message().await;
        tokio::time::sleep(std::time::Duration::from_millis(30)).await;
        assert!(server.stream.buffer().is_empty(), "nothing rides behind the message");
        server.say("250 Taken\r\n").await;
    })
    .await;
    let mut connection = Connection::connect(&target(address, Security::None)).await.unwrap();
    let people = People::new();
    let next = (&people.envelope(), MESSAGE);
    connection.send_before(&people.envelope(), MESSAGE, Some(next)).await.unwrap();
    assert!(!connection.awaits_message());
    scene.await.unwrap();
}
