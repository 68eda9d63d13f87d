//! What answers at the port is not the server that we hoped for.
use sebar_domain::{Phase, Security};
use sebar_smtp::{Connection, Fault, SendError};

use crate::common::{Script, target};

async fn greeted_with(greeting: &'static str) -> SendError {
    let (address, _scene) = Script::play(move |mut server| async move {
        server.say(greeting).await;
        server.hear_rest().await
    })
    .await;
    let error = Connection::connect(&target(address, Security::None)).await.unwrap_err();
    assert_eq!(error.phase, Phase::Greeting);
    assert!(!error.in_doubt());
    error
}

#[tokio::test]
async fn a_server_that_wants_no_mail_is_heard_out() {
    let error = greeted_with("554-No SMTP\r\n554 service here\r\n").await;
    assert_eq!(error.reply().unwrap().text, "No SMTP\nservice here");
    assert_eq!(greeted_with("421 4.3.2 Too busy\r\n").await.reply().unwrap().code, 421);
    assert_eq!(greeted_with("250 Hello\r\n").await.reply().unwrap().code, 250);
}

#[tokio::test]
async fn other_protocols_are_told_from_smtp() {
    for greeting in ["SSH-2.0-OpenSSH_9.2\r\n", "* OK IMAP4rev1\r\n", "+OK POP3\r\n", "HTTP/1.1 400 Bad"] {
        let error = greeted_with(greeting).await;
        assert!(matches!(error.fault, Fault::Malformed(_)), "{error}");
        assert!(error.to_string().contains(&greeting[..4]), "{error}");
    }
}

#[tokio::test]
async fn endless_greetings_come_to_an_end() {
    let (address, _scene) = Script::play(|mut server| async move {
        use tokio::io::AsyncWriteExt;
        while server.stream.write_all(b"220-and another thing\r\n").await.is_ok() {}
    })
    .await;
    let error = Connection::connect(&target(address, Security::None)).await.unwrap_err();
    assert!(matches!(error.fault, Fault::Malformed(_)), "{error}");
}

#[tokio::test]
async fn helo_is_enough_for_a_server_of_old() {
    let (address, scene) = Script::play(|mut server| async move {
        server.say("220\r\n").await;
        server.hear("EHLO client.test").await;
        server.say("502 Command not implemented\r\n").await;
        server.hear("HELO client.test").await;
        server.say("250\r\n").await;
    })
    .await;
    assert!(Connection::connect(&target(address, Security::None)).await.unwrap().is_usable());
    scene.await.unwrap();
}

#[tokio::test]
async fn a_refused_ehlo_is_told_with_its_phase() {
    let (address, _scene) = Script::play(|mut server| async move {
        server.say("220 relay.test\r\n").await;
        server.hear("EHLO").await;
        server.say("421 4.7.0 Not from your address\r\n").await;
    })
    .await;
    let error = Connection::connect(&target(address, Security::None)).await.unwrap_err();
    assert_eq!((error.phase, error.reply().unwrap().code), (Phase::Ehlo, 421));
}

#[tokio::test]
async fn a_hello_name_that_would_be_a_second_command_is_never_sent() {
    let (address, scene) = Script::play(|mut server| async move { server.hear_rest().await }).await;
    for name in ["", "a b", "a\r\nMAIL FROM:<x@example.com>", "bücher.example"] {
        let wrong = target(address, Security::None).with_hello(name);
        let error = Connection::connect(&wrong).await.unwrap_err();
        assert!(matches!(error.fault, Fault::Settings(_)), "{name:?}: {error}");
    }
    scene.abort();
}
