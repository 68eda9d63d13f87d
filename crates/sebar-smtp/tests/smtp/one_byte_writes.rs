//! The other side sends octet by octet, each in a packet of its own.
use std::net::SocketAddr;

use sebar_domain::Security;
use sebar_smtp::Connection;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::common::{MESSAGE, People, Running, Script, target};

/// Sends each octet by itself.
async fn drip(stream: &mut (impl AsyncWriteExt + Unpin), text: &[u8]) {
    for octet in text {
        stream.write_all(&[*octet]).await.unwrap();
        stream.flush().await.unwrap();
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_dripping_server_is_understood() {
    let (address, scene) = Script::play(|mut server| async move {
        drip(&mut server.stream, b"220-relay.test\r\n220 ESMTP\r\n").await;
        server.hear("EHLO").await;
        drip(&mut server.stream, b"250-relay.test\r\n250-PIPELINING\r\n250 8BITMIME\r\n").await;
        server.hear("MAIL").await;
        server.hear("RCPT").await;
        server.hear("DATA").await;
        drip(&mut server.stream, b"250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n354 Go on\r\n").await;
        server.hear_message().await;
        drip(&mut server.stream, b"250-2.0.0 Taken\r\n250 2.0.0 as 42\r\n").await;
    })
    .await;
    let mut connection = Connection::connect(&target(address, Security::None)).await.unwrap();
    let reply = connection.send(&People::new().envelope(), MESSAGE).await.unwrap();
    assert_eq!(reply.text, "Taken\nas 42");
    scene.await.unwrap();
}

async fn converse(address: SocketAddr, text: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    drip(&mut stream, text).await;
    let mut heard = String::new();
    stream.read_to_string(&mut heard).await.unwrap();
    heard
}

#[tokio::test]
async fn a_dripping_client_is_understood() {
    let server = Running::plain().await;
    let heard = converse(
        server.address,
        b"EHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<ana@example.org>\r\nDATA\r\n..dot\r\n\r\n..\r\n.\r\nQUIT\r\n",
    )
    .await;
    assert!(heard.ends_with("221 2.0.0 Goodbye\r\n"), "{heard}");
    let [message] = &server.handler.messages()[..] else { panic!("{heard}") };
    assert_eq!(&message.data[..], b".dot\r\n\r\n.\r\n");
    assert_eq!(message.mail_from, None);
}
