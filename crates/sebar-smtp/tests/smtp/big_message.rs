//! Messages near and over what a server takes (RFC 1870).
use sebar_domain::{Phase, Security};
use sebar_smtp::server::Config;
use sebar_smtp::{Connection, Fault};

use crate::common::{Keep, MESSAGE, People, Running, Script, target};

fn letter(octets: usize) -> Vec<u8> {
    let mut message = b"0123456789abcde\r\n".repeat(octets / 17);
    message.resize(octets - 2, b'x');
    message.extend_from_slice(b"\r\n");
    message
}

#[tokio::test]
async fn thirty_megabytes_arrive_whole() {
    let server = Running::plain().await;
    let mut connection = Connection::connect(&server.target(Security::None)).await.unwrap();
    let message = letter(30 * 1024 * 1024);
    connection.send(&People::new().envelope(), &message).await.unwrap();
    let [received] = &server.handler.messages()[..] else { panic!() };
    assert!(received.data == message);
}

#[tokio::test]
async fn what_the_server_will_not_take_is_not_sent() {
    let config = Config { max_message_size: 1000, ..Config::new("relay.test") };
    let server = Running::start(config, Keep::default()).await;
    let mut connection = Connection::connect(&server.target(Security::None)).await.unwrap();
    let error = connection.send(&People::new().envelope(), &letter(1001)).await.unwrap_err();
    assert_eq!(error.phase, Phase::Mail);
    assert!(matches!(error.fault, Fault::TooBig { size: 1001, limit: 1000 }), "{error}");
    assert!(connection.is_usable() && !error.in_doubt());
    connection.send(&People::new().envelope(), &letter(1000)).await.unwrap();
}

#[tokio::test]
async fn the_size_is_told_in_advance() {
    let (address, scene) = Script::play(|mut server| async move {
        server.welcome("250-SIZE\r\n").await;
        let mail = server.hear("MAIL").await;
        server.say("552 5.3.4 Too big for me\r\n").await;
        mail
    })
    .await;
    let mut connection = Connection::connect(&target(address, Security::None)).await.unwrap();
    let error = connection.send(&People::new().envelope(), MESSAGE).await.unwrap_err();
    assert_eq!((error.phase, error.reply().unwrap().code), (Phase::Mail, 552));
    assert_eq!(scene.await.unwrap(), format!("MAIL FROM:<news@example.com> SIZE={}\r\n", MESSAGE.len()));
}
