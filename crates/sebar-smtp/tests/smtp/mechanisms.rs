//! Each way to log in, by the letter: what is said, what is never shown, and challenges that are none.
use sebar_domain::{Phase, Security};
use sebar_smtp::{Connection, Credentials, Fault, SendError, Transcript};

use crate::common::{Script, target};

/// Connects to a server that offers `mechanisms` and answers as `scene` says. What was heard from
/// AUTH on, and how it ended.
async fn log_in(
    mechanisms: &'static str,
    credentials: Credentials,
    answers: &'static [&'static str],
) -> (Vec<String>, Result<(), SendError>, Transcript) {
    let (address, scene) = Script::play(move |mut server| async move {
        server.welcome(&format!("250-AUTH {mechanisms}\r\n")).await;
        server.heard.clear();
        for answer in answers {
            server.hear("").await;
            server.say(&format!("{answer}\r\n")).await;
        }
        server.heard
    })
    .await;
    let transcript = Transcript::new();
    let target = target(address, Security::None).with_credentials(credentials);
    let outcome = Connection::connect_recorded(&target, transcript.clone()).await.map(drop);
    (scene.await.unwrap(), outcome, transcript)
}

fn tim() -> Credentials {
    Credentials::password("tim", "tanstaaftanstaaf")
}

fn token() -> Credentials {
    Credentials::bearer("tim@example.com", "ya29.sesame")
}

/// The example of RFC 2195 §2.
const CHALLENGE: &str = "334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+";
const RESPONSE: &str = "dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw";

#[tokio::test]
async fn cram_md5_proves_the_password_without_saying_it() {
    // In plain text it comes before PLAIN and LOGIN, which show the password.
    let (heard, outcome, transcript) =
        log_in("PLAIN LOGIN CRAM-MD5", tim(), &[CHALLENGE, "235 2.7.0 Welcome"]).await;
    outcome.unwrap();
    assert_eq!(heard, ["AUTH CRAM-MD5", RESPONSE]);
    assert!(!format!("{transcript:?}").contains(RESPONSE), "{transcript:?}");
}

#[tokio::test]
async fn a_refused_proof_is_a_refused_login_and_no_other_way_is_tried() {
    let (heard, outcome, _) = log_in("CRAM-MD5 PLAIN", tim(), &[CHALLENGE, "535 5.7.8 No"]).await;
    let error = outcome.unwrap_err();
    assert_eq!((error.phase, error.reply().unwrap().code), (Phase::Auth, 535));
    assert_eq!(heard.len(), 2, "{heard:?}");
}

#[tokio::test]
async fn a_mechanism_that_is_not_meant_gives_way_to_the_next() {
    let answers = &["504 5.5.4 Not really", "235 2.7.0 Welcome"];
    let (heard, outcome, _) = log_in("CRAM-MD5 PLAIN", tim(), answers).await;
    outcome.unwrap();
    assert!(heard[1].starts_with("AUTH PLAIN "), "{heard:?}");
    let (_, outcome, _) = log_in("CRAM-MD5", tim(), &["504 5.5.4 Not really"]).await;
    assert_eq!(outcome.unwrap_err().reply().unwrap().code, 504);
}

#[tokio::test]
async fn a_challenge_that_is_none_takes_the_login_back() {
    for challenge in ["334", "334 ", "334 not base64!", "334 <1896.697@postoffice.example>", "334 PDE4O"] {
        let (address, scene) = Script::play(move |mut server| async move {
            server.welcome("250-AUTH CRAM-MD5\r\n").await;
            server.hear("AUTH CRAM-MD5").await;
            server.say(&format!("{challenge}\r\n")).await;
            server.hear("*\r\n").await;
            server.say("501 5.7.0 Cancelled\r\n").await;
        })
        .await;
        let target = target(address, Security::None).with_credentials(tim());
        let error = Connection::connect(&target).await.unwrap_err();
        assert_eq!(error.phase, Phase::Auth);
        assert!(matches!(error.fault, Fault::Challenge("CRAM-MD5")), "{challenge:?}: {error}");
        scene.await.unwrap();
    }
}

#[tokio::test]
async fn xoauth2_carries_the_token_in_its_first_line() {
    let (heard, outcome, transcript) =
        log_in("PLAIN XOAUTH2 OAUTHBEARER", token(), &["235 2.7.0 Accepted"]).await;
    outcome.unwrap();
    assert_eq!(
        heard,
        ["AUTH XOAUTH2 dXNlcj10aW1AZXhhbXBsZS5jb20BYXV0aD1CZWFyZXIgeWEyOS5zZXNhbWUBAQ=="],
        "user=…^Aauth=Bearer …^A^A"
    );
    let shown = format!("{transcript:?}");
    assert!(shown.contains("AUTH XOAUTH2 ***") && !shown.contains("dXNlcj10"), "{shown}");
}

#[tokio::test]
async fn what_is_wrong_with_a_token_is_heard_out_and_the_refusal_follows() {
    const ERROR: &str = "334 eyJzdGF0dXMiOiI0MDAifQ==";
    let (heard, outcome, _) =
        log_in("XOAUTH2", token(), &[ERROR, "535 5.7.8 Username and Password not accepted"]).await;
    let refused = outcome.unwrap_err();
    assert_eq!((refused.phase, refused.reply().unwrap().code), (Phase::Auth, 535));
    assert_eq!(heard[1], "", "an empty line agrees to fail");
    let (heard, outcome, _) = log_in("OAUTHBEARER", token(), &[ERROR, "535 5.7.8 No"]).await;
    assert_eq!(outcome.unwrap_err().reply().unwrap().code, 535);
    assert_eq!(heard[1], "AQ==", "RFC 7628 §3.2.3");
}

#[tokio::test]
async fn oauthbearer_is_spoken_where_xoauth2_is_not() {
    let (heard, outcome, _) = log_in("OAUTHBEARER", token(), &["235 2.7.0 Accepted"]).await;
    outcome.unwrap();
    assert_eq!(
        heard,
        ["AUTH OAUTHBEARER bixhPXRpbUBleGFtcGxlLmNvbSwBYXV0aD1CZWFyZXIgeWEyOS5zZXNhbWUBAQ=="],
        "n,a=…,^Aauth=Bearer …^A^A"
    );
}

#[tokio::test]
async fn a_server_that_asks_for_the_token_again_gets_it_once() {
    let answers = &["334 ", "235 2.7.0 Accepted"];
    let (heard, outcome, _) = log_in("XOAUTH2", token(), answers).await;
    outcome.unwrap();
    assert_eq!(heard[0], format!("AUTH XOAUTH2 {}", heard[1]));
    // One that never stops asking is not followed for ever.
    let (heard, outcome, _) = log_in("XOAUTH2", token(), &["334 ", "334 ", "334 "]).await;
    assert_eq!(outcome.unwrap_err().reply().unwrap().code, 334);
    assert_eq!(heard.len(), 3);
}

#[tokio::test]
async fn a_token_is_not_given_to_a_server_that_takes_only_passwords() {
    let (heard, outcome, _) = log_in("PLAIN LOGIN CRAM-MD5", token(), &[]).await;
    assert!(matches!(outcome.unwrap_err().fault, Fault::AuthNotOffered { .. }));
    assert!(heard.is_empty());
    let (_, outcome, _) = log_in("XOAUTH2", tim(), &[]).await;
    assert!(matches!(outcome.unwrap_err().fault, Fault::AuthNotOffered { .. }));
}
