//! The server says nothing, for ever.
use std::time::{Duration, Instant};

use sebar_domain::{Phase, Security};
use sebar_smtp::{Connection, Fault, SendError, Timeouts};
use tokio::io::AsyncWriteExt;

use crate::common::{MESSAGE, People, SHORT, Script, target};

/// Plays to a client that is impatient at every step; the scene is not ended by it.
async fn meet<F>(scene: impl FnOnce(Script) -> F + Send + 'static) -> SendError
where
    F: Future<Output = ()> + Send,
{
    let (address, scene) = Script::play(scene).await;
    let target = target(address, Security::None).with_timeouts(Timeouts::every_step(SHORT));
    let begun = Instant::now();
    let error = match Connection::connect(&target).await {
        Err(error) => error,
        Ok(mut connection) => {
            let error = connection.send(&People::new().envelope(), MESSAGE).await.unwrap_err();
            assert!(!connection.is_usable());
            error
        }
    };
    assert!(begun.elapsed() < 15 * SHORT, "{:?}", begun.elapsed());
    assert!(matches!(error.fault, Fault::TimedOut), "{error:?}");
    scene.abort();
    error
}

async fn for_ever() {
    std::future::pending::<()>().await;
}

/// Keeps the connection open and says nothing.
async fn silence(server: Script) {
    for_ever().await;
    drop(server);
}

#[tokio::test]
async fn without_a_greeting() {
    assert_eq!(meet(silence).await.phase, Phase::Greeting);
}

#[tokio::test]
async fn with_a_greeting_that_drips_for_ever() {
    // The limit is for the whole reply, not for each octet of it.
    let error = meet(|mut server| async move {
        while server.stream.write_all(b"220-x\r\n").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
    assert_eq!(error.phase, Phase::Greeting);
}

#[tokio::test]
async fn without_an_answer_to_ehlo() {
    let error = meet(|mut server| async move {
        server.say("220 relay.test\r\n").await;
        for_ever().await;
    })
    .await;
    assert_eq!(error.phase, Phase::Ehlo);
}

#[tokio::test]
async fn in_the_envelope_it_leaves_no_doubt() {
    for (replies, phase) in
        [("", Phase::Mail), ("250 Ok\r\n", Phase::Rcpt), ("250 Ok\r\n250 Ok\r\n", Phase::Data)]
    {
        let error = meet(move |mut server| async move {
            server.welcome("250-PIPELINING\r\n").await;
            server.hear("MAIL").await;
            server.say(replies).await;
            for_ever().await;
        })
        .await;
        assert_eq!(error.phase, phase);
        assert!(!error.in_doubt());
    }
}

#[tokio::test]
async fn after_the_final_dot_it_leaves_a_doubt() {
    let error = meet(|mut server| async move {
        server.welcome("250-PIPELINING\r\n").await;
        server.hear("MAIL").await;
        server.say("250 Ok\r\n250 Ok\r\n354 Go on\r\n").await;
        for_ever().await;
    })
    .await;
    assert_eq!(error.phase, Phase::EndOfData);
    assert!(error.in_doubt());
}

#[tokio::test]
async fn in_a_tls_handshake() {
    let (address, _scene) = Script::play(silence).await;
    let target = target(address, Security::ImplicitTls)
        .with_tls(sebar_smtp::Tls::new(sebar_smtp::Trust::Anyone))
        .with_timeouts(Timeouts::every_step(SHORT));
    let error = Connection::connect(&target).await.unwrap_err();
    assert_eq!(error.phase, Phase::Tls);
    assert!(matches!(error.fault, Fault::TimedOut), "{error:?}");
}

#[test]
fn the_limits_are_those_of_rfc_5321() {
    // §4.5.3.2.1 to 4.5.3.2.6; MAIL and RCPT are commands, and so are EHLO, STARTTLS and AUTH.
    let limits = Timeouts::default();
    let minutes = |limit: Duration| limit.as_secs() / 60;
    assert_eq!(minutes(limits.greeting), 5, "the first 220");
    assert_eq!(minutes(limits.command), 5, "MAIL and RCPT");
    assert_eq!(minutes(limits.data), 2, "the 354");
    assert_eq!(minutes(limits.block), 3, "each block of the message");
    assert_eq!(minutes(limits.end_of_data), 10, "the answer to the final dot");
}

#[tokio::test]
async fn each_step_has_a_limit_of_its_own() {
    // Only the step in question is impatient: the others would wait for an hour.
    let patient = Timeouts::every_step(Duration::from_hours(1));
    for (limits, replies, phase) in [
        (Timeouts { command: SHORT, ..patient }, "", Phase::Mail),
        (Timeouts { command: SHORT, ..patient }, "250 Ok\r\n", Phase::Rcpt),
        (Timeouts { data: SHORT, ..patient }, "250 Ok\r\n250 Ok\r\n", Phase::Data),
        (Timeouts { end_of_data: SHORT, ..patient }, "250 Ok\r\n250 Ok\r\n354 Go on\r\n", Phase::EndOfData),
    ] {
        let (address, scene) = Script::play(move |mut server| async move {
            server.welcome("250-PIPELINING\r\n").await;
            server.hear("MAIL").await;
            server.say(replies).await;
            for_ever().await;
        })
        .await;
        // The welcome is a command too: it is there at once.
        let target = target(address, Security::None).with_timeouts(limits);
        let mut connection = Connection::connect(&target).await.unwrap();
        let error = connection.send(&People::new().envelope(), MESSAGE).await.unwrap_err();
        assert_eq!(error.phase, phase);
        assert!(matches!(error.fault, Fault::TimedOut), "{error:?}");
        scene.abort();
    }
}

#[tokio::test]
async fn while_the_login_waits() {
    let (address, scene) = Script::play(|mut server| async move {
        server.welcome("250-AUTH PLAIN\r\n").await;
        server.hear("AUTH PLAIN").await;
        for_ever().await;
    })
    .await;
    let target = target(address, Security::None)
        .with_credentials(sebar_smtp::Credentials::password("budi", "x"))
        .with_timeouts(Timeouts::every_step(SHORT));
    let error = Connection::connect(&target).await.unwrap_err();
    assert_eq!(error.phase, Phase::Auth);
    assert!(matches!(error.fault, Fault::TimedOut), "{error:?}");
    scene.abort();
}

#[tokio::test]
async fn while_a_block_of_the_message_is_not_taken() {
    let (address, scene) = Script::play(|mut server| async move {
        server.welcome("250-PIPELINING\r\n").await;
        server.hear("MAIL").await;
        server.say("250 Ok\r\n250 Ok\r\n354 Go on\r\n").await;
        // It reads no more: the buffers between the two fill up.
        for_ever().await;
        drop(server);
    })
    .await;
    let patient = Timeouts::every_step(Duration::from_secs(20));
    let target = target(address, Security::None).with_timeouts(Timeouts { block: SHORT, ..patient });
    let mut connection = Connection::connect(&target).await.unwrap();
    let message = [b"Subject: x\r\n\r\n".to_vec(), b"0123456789\r\n".repeat(4 << 20)].concat();
    let error = connection.send(&People::new().envelope(), &message).await.unwrap_err();
    assert_eq!(error.phase, Phase::Data);
    assert!(matches!(error.fault, Fault::TimedOut) && !error.in_doubt(), "{error:?}");
    scene.abort();
}
