//! Octets over 127 in messages and addresses, and servers that can or cannot take them.
use sebar_domain::{Phase, Security};
use sebar_smtp::server::Config;
use sebar_smtp::{Connection, Fault};

use crate::common::{Keep, MESSAGE, People, Running, Script, target};

const EIGHT_BIT: &[u8] = "Subject: Halo\r\n\r\nSelamat pagi ☀\r\n".as_bytes();

#[tokio::test]
async fn they_arrive_where_they_are_welcome() {
    let server = Running::plain().await;
    let mut connection = Connection::connect(&server.target(Security::None)).await.unwrap();
    connection.send(&People::to("用户@example.org").envelope(), EIGHT_BIT).await.unwrap();
    let [message] = &server.handler.messages()[..] else { panic!() };
    assert_eq!(message.rcpt_to, ["用户@example.org"]);
    assert!(message.smtp_utf8);
    assert_eq!(&message.data[..], EIGHT_BIT);
}

#[tokio::test]
async fn they_are_announced_only_when_needed() {
    for (recipient, message, wanted) in [
        ("ana@example.org", MESSAGE, ""),
        ("ana@example.org", EIGHT_BIT, " BODY=8BITMIME"),
        ("用户@example.org", MESSAGE, " SMTPUTF8"),
    ] {
        let (address, scene) = Script::play(|mut server| async move {
            server.welcome("250-8BITMIME\r\n250-SMTPUTF8\r\n").await;
            server.hear("MAIL").await
        })
        .await;
        let mut connection = Connection::connect(&target(address, Security::None)).await.unwrap();
        connection.send(&People::to(recipient).envelope(), message).await.unwrap_err();
        assert_eq!(scene.await.unwrap(), format!("MAIL FROM:<news@example.com>{wanted}\r\n"));
    }
}

#[tokio::test]
async fn a_server_that_cannot_take_them_is_not_given_them() {
    let config = Config { eight_bit: false, ..Config::new("relay.test") };
    let server = Running::start(config, Keep::default()).await;
    let mut connection = Connection::connect(&server.target(Security::None)).await.unwrap();
    let error = connection.send(&People::new().envelope(), EIGHT_BIT).await.unwrap_err();
    assert!(matches!(error.fault, Fault::EightBitNotOffered), "{error}");
    for message in [MESSAGE, EIGHT_BIT] {
        let error = connection.send(&People::to("用户@example.org").envelope(), message).await.unwrap_err();
        assert!(matches!(error.fault, Fault::SmtpUtf8NotOffered), "{error}");
    }
    assert_eq!(error.phase, Phase::Mail);
    connection.send(&People::new().envelope(), MESSAGE).await.unwrap();
}
