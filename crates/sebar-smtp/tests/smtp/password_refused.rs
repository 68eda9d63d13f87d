//! The relay does not take our password, or no password at all.
use sebar_domain::{Phase, Security};
use sebar_smtp::server::AuthPolicy;
use sebar_smtp::{Connection, Credentials, Fault, Target};

use crate::common::{Keep, MESSAGE, People, Running, Script, target, with_auth};

fn budi(target: Target) -> Target {
    target.with_credentials(Credentials::password("budi", "wrong"))
}

#[tokio::test]
async fn a_wrong_password_is_a_refusal_of_the_login() {
    let keep = Keep { password: Some("right"), ..Keep::default() };
    let server = Running::start(with_auth(AuthPolicy::Optional), keep).await;
    let error = Connection::connect(&budi(server.target(Security::None))).await.unwrap_err();
    assert_eq!((error.phase, error.reply().unwrap().code), (Phase::Auth, 535));
    assert_eq!(error.reply().unwrap().enhanced.unwrap().to_string(), "5.7.8");
    assert!(!error.in_doubt());
}

#[tokio::test]
async fn a_relay_without_login_is_told_no_password() {
    let server = Running::plain().await;
    let error = Connection::connect(&budi(server.target(Security::None))).await.unwrap_err();
    assert!(matches!(error.fault, Fault::AuthNotOffered { ref offered } if offered.is_empty()), "{error}");
}

#[tokio::test]
async fn mechanisms_that_we_do_not_know_are_named_in_the_error() {
    let (address, scene) = Script::play(|mut server| async move {
        server.welcome("250-AUTH GSSAPI SCRAM-SHA-256\r\n").await;
        server.hear_rest().await
    })
    .await;
    let error = Connection::connect(&budi(target(address, Security::None))).await.unwrap_err();
    assert_eq!(error.phase, Phase::Auth);
    assert!(matches!(error.fault, Fault::AuthNotOffered { ref offered } if offered.len() == 2), "{error}");
    assert_eq!(scene.await.unwrap(), "", "nothing was said");
}

#[tokio::test]
async fn login_is_used_where_plain_is_not_offered_or_not_meant() {
    for plain_fails in [false, true] {
        let (address, scene) = Script::play(move |mut server| async move {
            if plain_fails {
                server.welcome("250-AUTH PLAIN LOGIN\r\n").await;
                server.hear("AUTH PLAIN ").await;
                server.say("504 5.5.4 Not really\r\n").await;
            } else {
                server.welcome("250-AUTH=LOGIN\r\n").await;
            }
            server.hear("AUTH LOGIN").await;
            server.say("334 VXNlcm5hbWU6\r\n").await;
            server.hear("YnVkaQ==\r\n").await;
            server.say("334 UGFzc3dvcmQ6\r\n").await;
            server.hear("d3Jvbmc=\r\n").await;
            server.say("235 2.7.0 Welcome\r\n").await;
        })
        .await;
        assert!(Connection::connect(&budi(target(address, Security::None))).await.unwrap().is_usable());
        scene.await.unwrap();
    }
}

#[tokio::test]
async fn a_server_that_asks_again_for_the_plain_response_gets_it() {
    let (address, scene) = Script::play(|mut server| async move {
        server.welcome("250-AUTH PLAIN\r\n").await;
        server.hear("AUTH PLAIN AGJ1ZGkAd3Jvbmc=").await;
        server.say("334 \r\n").await;
        server.hear("AGJ1ZGkAd3Jvbmc=\r\n").await;
        server.say("235 Welcome\r\n").await;
    })
    .await;
    Connection::connect(&budi(target(address, Security::None))).await.unwrap();
    scene.await.unwrap();
}

#[tokio::test]
async fn our_server_takes_no_mail_before_the_login_that_it_requires() {
    let server = Running::start(with_auth(AuthPolicy::Required), Keep::default()).await;
    let mut connection = Connection::connect(&server.target(Security::None)).await.unwrap();
    let error = connection.send(&People::new().envelope(), MESSAGE).await.unwrap_err();
    assert_eq!((error.phase, error.reply().unwrap().code), (Phase::Mail, 530));
    assert!(connection.is_usable());
    assert!(server.handler.messages().is_empty());
}
