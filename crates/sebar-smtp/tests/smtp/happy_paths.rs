//! What must work before misfortunes matter: messages arrive as they were sent.

use crate::common::{Certificates, Keep, MESSAGE, People, Running, with_auth};
use sebar_domain::Security;
use sebar_smtp::server::{AuthPolicy, Config};
use sebar_smtp::{Connection, Credentials, Event, probe};

#[tokio::test]
async fn a_message_arrives_with_its_envelope() {
    let server = Running::plain().await;
    let mut connection = Connection::connect(&server.target(Security::None)).await.unwrap();
    let reply = connection.send(&People::new().envelope(), MESSAGE).await.unwrap();
    assert_eq!((reply.code, reply.text.as_str()), (250, "Kept as 1"));
    connection.quit().await;
    let [message] = &server.handler.messages()[..] else { panic!() };
    assert_eq!(message.mail_from.as_deref(), Some("news@example.com"));
    assert_eq!(message.rcpt_to, ["ana@example.org"]);
    assert_eq!(&message.data[..], MESSAGE);
    assert_eq!(message.peer.hello.as_deref(), Some("client.test"));
    assert!(!message.peer.tls && message.peer.auth.is_none());
}

#[tokio::test]
async fn one_connection_carries_many_messages() {
    for pipelining in [true, false] {
        let config = Config { pipelining, ..Config::new("relay.test") };
        let server = Running::start(config, Keep::default()).await;
        let target = server.target(Security::None);
        // In a task of its own: senders need futures that are `Send`.
        let sender = tokio::spawn(async move {
            let mut connection = Connection::connect(&target).await.unwrap();
            for number in 0..100 {
                let people = People::to(&format!("person{number}@example.org"));
                connection.send(&people.envelope(), MESSAGE).await.unwrap();
            }
            let usable = connection.is_usable();
            connection.quit().await;
            usable
        });
        assert!(sender.await.unwrap());
        assert_eq!(server.handler.messages().len(), 100);
    }
}

#[tokio::test]
async fn starttls_and_implicit_tls_encrypt_and_log_in() {
    let certificates = Certificates::for_name("127.0.0.1");
    for security in [Security::StartTls, Security::ImplicitTls] {
        let config = Config {
            tls: Some(certificates.server.clone()),
            implicit_tls: security == Security::ImplicitTls,
            auth: AuthPolicy::Required,
            ..Config::new("relay.test")
        };
        let server = Running::start(config, Keep { password: Some("secret"), ..Keep::default() }).await;
        let target = server
            .target(security)
            .with_tls(certificates.trusted())
            .with_credentials(Credentials::password("budi", "secret"));
        let mut connection = Connection::connect(&target).await.unwrap();
        assert!(connection.is_encrypted());
        connection.send(&People::new().envelope(), MESSAGE).await.unwrap();
        let [message] = &server.handler.messages()[..] else { panic!() };
        assert!(message.peer.tls, "{security}");
        assert_eq!(message.peer.auth.as_deref(), Some("budi"));
    }
}

#[tokio::test]
async fn the_probe_shows_the_conversation_and_no_secret() {
    let keep = Keep { password: Some("open sesame"), ..Keep::default() };
    let server = Running::start(with_auth(AuthPolicy::Required), keep).await;
    let target = server.target(Security::None).with_credentials(Credentials::password("budi", "open sesame"));
    let probe = probe(&target, &People::new().envelope(), MESSAGE).await;
    assert_eq!(probe.outcome.unwrap().code, 250);
    let events: Vec<Event> = probe.transcript.entries().into_iter().map(|entry| entry.event).collect();
    assert!(events.contains(&Event::Sent("AUTH PLAIN ***".into())), "{events:?}");
    assert!(events.contains(&Event::Sent("RCPT TO:<ana@example.org>".into())));
    assert!(events.contains(&Event::SentMessage(MESSAGE.len())));
    assert_eq!(events.last(), Some(&Event::Received("221 2.0.0 Goodbye".into())));
    let shown = format!("{events:?}");
    assert!(!shown.contains("sesame") && !shown.contains("AGJ1ZGkAb3Blbi") && !shown.contains("Apa kabar"));
}
