//! The connection is lost: the one question is whether the message may have been taken.
use std::net::SocketAddr;

use sebar_domain::{Phase, Security};
use sebar_smtp::server::{Answer, Config};
use sebar_smtp::{Connection, Fault, SendError, Timeouts};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

use crate::common::{Certificates, Keep, MESSAGE, People, Running, SHORT, Script, target};

/// Sends one message, which must fail and leave the connection unusable.
async fn send(address: SocketAddr, message: &[u8]) -> SendError {
    let target = target(address, Security::None).with_timeouts(Timeouts::every_step(4 * SHORT));
    let mut connection = Connection::connect(&target).await.unwrap();
    let error = connection.send(&People::new().envelope(), message).await.unwrap_err();
    assert!(!connection.is_usable());
    let again = connection.send(&People::new().envelope(), message).await.unwrap_err();
    assert!(!again.in_doubt(), "nothing more is sent over a lost connection");
    error
}

#[tokio::test]
async fn lost_before_the_message_it_is_not_taken() {
    for pipelining in ["250-PIPELINING\r\n", ""] {
        let (address, scene) = Script::play(move |mut server| async move {
            server.welcome(pipelining).await;
            server.hear("MAIL FROM:<news@example.com>").await;
            server.say("250 Ok\r\n").await;
            server.hear("RCPT TO:<ana@example.org>").await;
        })
        .await;
        let error = send(address, MESSAGE).await;
        assert_eq!(error.phase, Phase::Rcpt);
        assert!(matches!(error.fault, Fault::Closed), "{error:?}");
        assert!(!error.in_doubt());
        scene.await.unwrap();
    }
}

#[tokio::test]
async fn lost_while_the_message_is_written_it_is_not_taken() {
    let (address, scene) = Script::play(|mut server| async move {
        server.welcome("250-PIPELINING\r\n").await;
        server.hear("MAIL").await;
        server.hear("RCPT").await;
        server.hear("DATA").await;
        server.say("250 Ok\r\n250 Ok\r\n354 Go on\r\n").await;
        server.stream.read_exact(&mut [0; 1000]).await.unwrap();
    })
    .await;
    // More than what the kernel's buffers on both sides hold.
    let error = send(address, &b"0123456789\r\n".repeat(2_000_000)).await;
    assert_eq!(error.phase, Phase::Data);
    assert!(!error.in_doubt(), "{error:?}");
    scene.await.unwrap();
}

#[tokio::test]
async fn a_refusal_in_the_middle_of_the_message_is_heard() {
    let (address, scene) = Script::play(|mut server| async move {
        server.welcome("250-PIPELINING\r\n").await;
        server.hear("MAIL").await;
        server.hear("RCPT").await;
        server.hear("DATA").await;
        server.say("250 Ok\r\n250 Ok\r\n354 Go on\r\n").await;
        server.stream.read_exact(&mut [0; 1000]).await.unwrap();
        server.say("552 5.3.4 Much too big\r\n").await;
        // Takes no more of it, and no more time than the client gives to a block.
        tokio::time::sleep(8 * SHORT).await;
    })
    .await;
    let error = send(address, &b"0123456789\r\n".repeat(2_000_000)).await;
    assert_eq!((error.phase, error.reply().unwrap().code), (Phase::Data, 552), "{error:?}");
    assert!(!error.in_doubt());
    scene.abort();
}

#[tokio::test]
async fn lost_after_the_final_dot_it_is_in_doubt() {
    let (address, scene) = Script::play(|mut server| async move {
        server.welcome("250-PIPELINING\r\n").await;
        server.hear("MAIL").await;
        server.hear("RCPT").await;
        server.hear("DATA").await;
        server.say("250 Ok\r\n250 Ok\r\n354 Go on\r\n").await;
        server.hear_message().await
    })
    .await;
    let error = send(address, MESSAGE).await;
    assert_eq!(error.phase, Phase::EndOfData);
    assert!(error.in_doubt() && error.reply().is_none());
    assert!(matches!(error.fault, Fault::Closed), "{error:?}");
    assert_eq!(scene.await.unwrap(), "Subject: Halo\r\n\r\nApa kabar?\r\n.\r\n");
}

#[tokio::test]
async fn lost_under_tls_after_the_final_dot_it_is_in_doubt() {
    let certificates = Certificates::for_name("127.0.0.1");
    let config =
        Config { tls: Some(certificates.server.clone()), implicit_tls: true, ..Config::new("relay.test") };
    let keep = Keep { refuse_message: Some(Answer::HangUp), ..Keep::default() };
    let server = Running::start(config, keep).await;
    let target = server.target(Security::ImplicitTls).with_tls(certificates.trusted());
    let mut connection = Connection::connect(&target).await.unwrap();
    let error = connection.send(&People::new().envelope(), MESSAGE).await.unwrap_err();
    assert_eq!(error.phase, Phase::EndOfData);
    assert!(error.in_doubt());
}

#[tokio::test]
async fn nonsense_after_the_final_dot_leaves_a_doubt_too() {
    for nonsense in ["Thank you!\r\n", "354 Go on\r\n"] {
        let (address, scene) = Script::play(move |mut server| async move {
            server.welcome("").await;
            server.hear("MAIL").await;
            server.say("250 Ok\r\n").await;
            server.hear("RCPT").await;
            server.say("250 Ok\r\n").await;
            server.hear("DATA").await;
            server.say("354 Go on\r\n").await;
            server.hear_message().await;
            server.say(nonsense).await;
        })
        .await;
        let error = send(address, MESSAGE).await;
        assert_eq!(error.phase, Phase::EndOfData);
        assert!(error.in_doubt(), "{nonsense:?}");
        scene.await.unwrap();
    }
}

#[tokio::test]
async fn a_refusal_after_the_final_dot_leaves_no_doubt_and_the_connection_open() {
    let keep = Keep { refuse_message: Some(Answer::new(554, "5.7.1", "Spam")), ..Keep::default() };
    let server = Running::start(Config::new("relay.test"), keep).await;
    let mut connection = Connection::connect(&server.target(Security::None)).await.unwrap();
    for _ in 0..3 {
        let error = connection.send(&People::new().envelope(), MESSAGE).await.unwrap_err();
        assert_eq!((error.phase, error.reply().unwrap().code), (Phase::EndOfData, 554));
        assert!(!error.in_doubt() && connection.is_usable());
    }
}

#[tokio::test]
async fn a_send_that_is_given_up_half_way_ends_the_connection() {
    let (address, scene) = Script::play(|mut server| async move {
        server.welcome("250-PIPELINING\r\n").await;
        server.hear("MAIL").await;
        server.hear_rest().await
    })
    .await;
    let mut connection = Connection::connect(&target(address, Security::None)).await.unwrap();
    let people = People::new();
    let envelope = people.envelope();
    let given_up = tokio::time::timeout(SHORT, connection.send(&envelope, MESSAGE)).await.is_err();
    assert!(given_up && !connection.is_usable());
    connection.quit().await;
    assert!(!scene.await.unwrap().contains("QUIT"), "nobody knows what QUIT would answer to");
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_refused_and_a_name_that_nobody_has_is_not_found() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = Connection::connect(&target(address, Security::None)).await.unwrap_err();
    assert_eq!(error.phase, Phase::Connect);
    assert!(
        matches!(error.fault, Fault::Io(ref error) if error.kind() == std::io::ErrorKind::ConnectionRefused)
    );
    let mut nowhere = target(address, Security::None);
    nowhere.host = "no such name".into();
    let error = Connection::connect(&nowhere).await.unwrap_err();
    assert_eq!(error.phase, Phase::Connect);
    assert!(matches!(error.fault, Fault::Dns(_)), "{error:?}");
}
