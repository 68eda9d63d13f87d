//! Whatever the message holds, the same octets come out at the other side.
use std::cell::RefCell;

use proptest::prelude::*;
use sebar_domain::Security;
use sebar_smtp::Connection;
use sebar_smtp::server::Config;

use crate::common::{Certificates, Keep, People, Running};

/// Messages of lines that are mostly dots, CRLF between them, any other octets within them.
fn messages() -> impl Strategy<Value = Vec<u8>> {
    let octet = prop_oneof![
        3 => Just(b'.'),
        1 => any::<u8>().prop_filter("line ends come between lines", |byte| !b"\r\n".contains(byte)),
    ];
    prop::collection::vec(prop::collection::vec(octet, 0..6), 0..12).prop_map(|lines| {
        let mut message = lines.join(&b"\r\n"[..]);
        message.extend_from_slice(b"\r\n");
        message
    })
}

#[test]
fn any_message_of_lines_arrives_as_it_was_sent() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(Running::plain());
    let target = server.target(Security::None);
    let connection = RefCell::new(runtime.block_on(Connection::connect(&target)).unwrap());
    let people = People::new();
    proptest!(ProptestConfig::with_cases(300), |(message in messages())| {
        runtime.block_on(connection.borrow_mut().send(&people.envelope(), &message)).unwrap();
        let received = server.handler.received.lock().unwrap().pop().unwrap();
        prop_assert_eq!(&received.data[..], &message[..]);
    });
}

#[tokio::test]
async fn a_last_line_without_end_gets_one_and_an_empty_message_stays_empty() {
    let server = Running::plain().await;
    let mut connection = Connection::connect(&server.target(Security::None)).await.unwrap();
    for (sent, received) in [("", ""), ("a", "a\r\n"), (".", ".\r\n"), ("a\r\n.", "a\r\n.\r\n")] {
        connection.send(&People::new().envelope(), sent.as_bytes()).await.unwrap();
        let message = server.handler.received.lock().unwrap().pop().unwrap();
        assert_eq!(&message.data[..], received.as_bytes(), "{sent:?}");
    }
}

#[tokio::test]
async fn under_tls_it_is_no_different() {
    let certificates = Certificates::for_name("127.0.0.1");
    let tls = Some(certificates.server.clone());
    let server = Running::start(Config { tls, ..Config::new("relay.test") }, Keep::default()).await;
    let target = server.target(Security::StartTls).with_tls(certificates.trusted());
    let mut connection = Connection::connect(&target).await.unwrap();
    // More than one TLS record and one block, with dots on their seams.
    let message = b"\r\n.\r\n..\r\n...".repeat(100_000);
    connection.send(&People::new().envelope(), &message).await.unwrap();
    let received = server.handler.received.lock().unwrap().pop().unwrap();
    assert_eq!(received.data[..message.len()], message);
    assert_eq!(received.data[message.len()..], b"\r\n"[..]);
}
