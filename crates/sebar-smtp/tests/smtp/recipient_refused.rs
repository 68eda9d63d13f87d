//! One recipient is refused; the next message goes over the same connection all the same.
use std::net::SocketAddr;

use sebar_domain::{Phase, Security};
use sebar_smtp::server::{Answer, Config};
use sebar_smtp::{Connection, SendError};
use tokio::task::JoinHandle;

use crate::common::{Keep, MESSAGE, People, Running, Script, target};

/// Sends to somebody who is refused, then to somebody who is not.
async fn send_two(address: SocketAddr) -> (SendError, Result<u16, SendError>) {
    let mut connection = Connection::connect(&target(address, Security::None)).await.unwrap();
    let error = connection.send(&People::to("gone@example.org").envelope(), MESSAGE).await.unwrap_err();
    let next = connection.send(&People::new().envelope(), MESSAGE).await.map(|reply| reply.code);
    (error, next)
}

#[tokio::test]
async fn the_next_recipient_gets_their_message() {
    for pipelining in [true, false] {
        let keep = Keep {
            refuse: vec![("gone@example.org", Answer::new(550, "5.1.1", "No such user"))],
            ..Keep::default()
        };
        let config = Config { pipelining, ..Config::new("relay.test") };
        let server = Running::start(config, keep).await;
        let (error, next) = send_two(server.address).await;
        assert_eq!((error.phase, error.reply().unwrap().code), (Phase::Rcpt, 550));
        assert_eq!(next.unwrap(), 250);
        let received = server.handler.messages();
        assert_eq!(received.len(), 1);
        assert_eq!(received[0].rcpt_to, ["ana@example.org"]);
    }
}

#[tokio::test]
async fn a_refused_sender_is_no_fault_of_the_recipient() {
    for pipelining in [true, false] {
        let keep = Keep { refuse_mail: Some(Answer::new(553, "5.7.1", "Not yours")), ..Keep::default() };
        let server = Running::start(Config { pipelining, ..Config::new("relay.test") }, keep).await;
        let mut connection = Connection::connect(&server.target(Security::None)).await.unwrap();
        for _ in 0..3 {
            let error = connection.send(&People::new().envelope(), MESSAGE).await.unwrap_err();
            assert_eq!((error.phase, error.reply().unwrap().code), (Phase::Mail, 553));
            assert!(connection.is_usable());
        }
    }
}

/// A server that answers the first pipelined group with `replies`, wants `then` to be done about it,
/// and takes the second message.
async fn scene(replies: &'static str, dot: Option<&'static str>) -> (SocketAddr, JoinHandle<()>) {
    Script::play(move |mut server| async move {
        server.welcome("250-PIPELINING\r\n").await;
        for line in ["MAIL", "RCPT TO:<gone@example.org>", "DATA"] {
            server.hear(line).await;
        }
        server.say(replies).await;
        if let Some(reply) = dot {
            assert_eq!(server.hear_message().await, ".\r\n", "a lone dot and nothing else");
            server.say(reply).await;
        }
        for line in ["RSET", "MAIL", "RCPT TO:<ana@example.org>", "DATA"] {
            server.hear(line).await;
        }
        server.say("250 Ok\r\n250 Ok\r\n250 Ok\r\n354 Go on\r\n").await;
        server.hear_message().await;
        server.say("250 Taken\r\n").await;
    })
    .await
}

#[tokio::test]
async fn data_that_was_begun_for_nobody_is_ended_by_a_lone_dot() {
    // RFC 2920 §3.1: a server may say 354 although it refused all recipients.
    for reply in ["554 5.5.1 No valid recipients\r\n", "250 Whatever\r\n"] {
        let (address, scene) = scene("250 Ok\r\n550 5.1.1 Gone\r\n354 Go on\r\n", Some(reply)).await;
        let (error, next) = send_two(address).await;
        assert_eq!((error.phase, error.reply().unwrap().code), (Phase::Rcpt, 550));
        assert!(!error.in_doubt());
        assert_eq!(next.unwrap(), 250);
        scene.await.unwrap();
    }
}

#[tokio::test]
async fn data_that_was_refused_needs_no_dot() {
    for replies in [
        "250 Ok\r\n550 5.1.1 Gone\r\n503 5.5.1 RCPT first\r\n",
        "250 Ok\r\n450 4.2.0 Greylisted\r\n554 No valid recipients\r\n",
    ] {
        let (address, scene) = scene(replies, None).await;
        let (error, next) = send_two(address).await;
        assert_eq!(error.phase, Phase::Rcpt);
        assert_eq!(next.unwrap(), 250);
        scene.await.unwrap();
    }
}

#[tokio::test]
async fn a_refused_sender_counts_before_what_follows_from_it() {
    let (address, scene) = scene("550 5.7.1 Not you\r\n503 MAIL first\r\n503 RCPT first\r\n", None).await;
    let (error, next) = send_two(address).await;
    assert_eq!((error.phase, error.reply().unwrap().code), (Phase::Mail, 550));
    assert_eq!(next.unwrap(), 250);
    scene.await.unwrap();
}

#[tokio::test]
async fn refused_data_is_told_as_such() {
    let (address, scene) = scene("250 Ok\r\n250 Ok\r\n451 4.3.0 Disk full\r\n", None).await;
    let (error, next) = send_two(address).await;
    assert_eq!((error.phase, error.reply().unwrap().code), (Phase::Data, 451));
    assert!(!error.in_doubt());
    assert_eq!(next.unwrap(), 250);
    scene.await.unwrap();
}

#[tokio::test]
async fn no_empty_message_reaches_a_recipient_whose_sender_was_refused() {
    let (address, scene) = Script::play(|mut server| async move {
        server.welcome("250-PIPELINING\r\n").await;
        for line in ["MAIL", "RCPT", "DATA"] {
            server.hear(line).await;
        }
        server.say("550 Not you\r\n250 But to her\r\n354 Go on\r\n").await;
        server.hear_rest().await
    })
    .await;
    let (error, next) = send_two(address).await;
    assert_eq!(error.phase, Phase::Mail);
    assert!(next.is_err(), "the connection is given up");
    assert_eq!(scene.await.unwrap(), "");
}

#[tokio::test]
async fn our_server_sends_nobody_away_for_refusals_alone() {
    let keep = Keep { refuse_mail: Some(Answer::new(553, "5.7.1", "Not yours")), ..Keep::default() };
    let server = Running::start(Config { max_errors: 3, ..Config::new("relay.test") }, keep).await;
    let mut connection = Connection::connect(&server.target(Security::None)).await.unwrap();
    for _ in 0..20 {
        let error = connection.send(&People::new().envelope(), MESSAGE).await.unwrap_err();
        assert_eq!(error.reply().unwrap().code, 553);
    }
}
