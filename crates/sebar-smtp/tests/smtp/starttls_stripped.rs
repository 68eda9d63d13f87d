//! Somebody on the way removes STARTTLS from the server's offers.
use sebar_domain::{Phase, Security};
use sebar_smtp::{Connection, Credentials, Fault};

use crate::common::{Running, Script, target};

#[tokio::test]
async fn nothing_is_said_to_a_server_that_does_not_offer_the_required_tls() {
    let (address, scene) = Script::play(|mut server| async move {
        server.welcome("250-AUTH PLAIN\r\n").await;
        server.hear_rest().await
    })
    .await;
    let target = target(address, Security::StartTls).with_credentials(Credentials::password("budi", "x"));
    let error = Connection::connect(&target).await.unwrap_err();
    assert_eq!(error.phase, Phase::Tls);
    assert!(matches!(error.fault, Fault::StartTlsNotOffered));
    assert_eq!(scene.await.unwrap(), "", "neither password nor mail");
}

#[tokio::test]
async fn a_server_of_old_that_knows_only_helo_has_no_tls_either() {
    let (address, scene) = Script::play(|mut server| async move {
        server.say("220 old\r\n").await;
        server.hear("EHLO").await;
        server.say("500 What?\r\n").await;
        server.hear("HELO").await;
        server.say("250 old\r\n").await;
        server.hear_rest().await
    })
    .await;
    let error = Connection::connect(&target(address, Security::StartTls)).await.unwrap_err();
    assert!(matches!(error.fault, Fault::StartTlsNotOffered));
    assert_eq!(scene.await.unwrap(), "");
}

#[tokio::test]
async fn starttls_that_is_offered_and_then_refused_ends_the_attempt() {
    let (address, scene) = Script::play(|mut server| async move {
        server.welcome("250-STARTTLS\r\n").await;
        server.hear("STARTTLS").await;
        server.say("454 4.7.0 TLS not available\r\n").await;
        server.hear_rest().await
    })
    .await;
    let error = Connection::connect(&target(address, Security::StartTls)).await.unwrap_err();
    assert_eq!((error.phase, error.reply().unwrap().code), (Phase::Tls, 454));
    assert_eq!(scene.await.unwrap(), "");
}

#[tokio::test]
async fn a_server_of_ours_without_a_certificate_does_not_offer_tls() {
    let server = Running::plain().await;
    let error = Connection::connect(&server.target(Security::StartTls)).await.unwrap_err();
    assert!(matches!(error.fault, Fault::StartTlsNotOffered));
}
