//! The server closes down in the middle of our business with it (RFC 5321 §3.8).
use sebar_domain::{Phase, Security};
use sebar_smtp::Connection;
use sebar_smtp::server::{Answer, Config};

use crate::common::{Keep, MESSAGE, People, Running, Script, target};

#[tokio::test]
async fn at_any_step_it_ends_the_connection_and_leaves_no_doubt() {
    let busy = || Some(Answer::new(421, "4.3.2", "Closing down"));
    for pipelining in [true, false] {
        let config = Config { pipelining, ..Config::new("relay.test") };
        for (phase, keep) in [
            (Phase::Mail, Keep { refuse_mail: busy(), ..Keep::default() }),
            (Phase::Rcpt, Keep { refuse: vec![("ana@example.org", busy().unwrap())], ..Keep::default() }),
            (Phase::EndOfData, Keep { refuse_message: busy(), ..Keep::default() }),
        ] {
            let server = Running::start(config.clone(), keep).await;
            let mut connection = Connection::connect(&server.target(Security::None)).await.unwrap();
            let error = connection.send(&People::new().envelope(), MESSAGE).await.unwrap_err();
            assert_eq!((error.phase, error.reply().unwrap().code), (phase, 421), "{pipelining}");
            assert!(!error.in_doubt() && !connection.is_usable());
        }
    }
}

#[tokio::test]
async fn said_to_an_idle_connection_it_is_the_answer_to_the_next_message() {
    let (address, scene) = Script::play(|mut server| async move {
        server.welcome("250-PIPELINING\r\n").await;
        server.say("421 4.4.2 Idle for too long\r\n").await;
    })
    .await;
    let mut connection = Connection::connect(&target(address, Security::None)).await.unwrap();
    scene.await.unwrap();
    let error = connection.send(&People::new().envelope(), MESSAGE).await.unwrap_err();
    assert_eq!(error.phase, Phase::Mail);
    assert!(!error.in_doubt() && !connection.is_usable());
}
