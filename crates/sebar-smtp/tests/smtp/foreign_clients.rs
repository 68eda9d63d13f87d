//! Clients that others wrote, against our server.
use std::process::Stdio;

use lettre::transport::smtp::authentication::Credentials;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use sebar_smtp::server::{AuthPolicy, Config};

use crate::common::{Certificates, Keep, Running, with_auth};

const DOTS: &str = "Subject: Halo\r\n\r\n.one\r\n..two\r\n.\r\nlast\r\n";

fn keep() -> Keep {
    Keep { password: Some("secret"), ..Keep::default() }
}

/// Runs Python with `lines` behind a connected `client`; `None`, said aloud, where there is none.
async fn smtplib(server: &Running, lines: &str) -> Option<()> {
    let program = format!(
        "import smtplib, ssl\n\
         client = smtplib.SMTP('127.0.0.1', {}, local_hostname='python.test', timeout=10)\n\
         {lines}\n\
         client.quit()\n",
        server.address.port()
    );
    let run = tokio::process::Command::new("python3")
        .args(["-c", &program])
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await;
    match run {
        Ok(output) => {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            Some(())
        }
        Err(error) => {
            eprintln!("SKIPPED: python3 could not be run: {error}");
            None
        }
    }
}

#[tokio::test]
async fn python_sends_a_message_to_several() {
    let server = Running::plain().await;
    let lines = format!("client.sendmail('a@b.example', ['c@d.example', 'e@f.example'], {DOTS:?})");
    if smtplib(&server, &lines).await.is_some() {
        let [message] = &server.handler.messages()[..] else { panic!() };
        assert_eq!(message.rcpt_to, ["c@d.example", "e@f.example"]);
        assert_eq!(&message.data[..], DOTS.as_bytes());
        assert_eq!(message.peer.hello.as_deref(), Some("python.test"));
    }
}

#[tokio::test]
async fn python_logs_in_by_each_mechanism_under_starttls() {
    let certificates = Certificates::for_name("127.0.0.1");
    let config = Config {
        tls: Some(certificates.server.clone()),
        auth: AuthPolicy::Required,
        ..Config::new("relay.test")
    };
    for mechanism in ["plain", "login"] {
        for initial in ["True", "False"] {
            let server = Running::start(config.clone(), keep()).await;
            let lines = format!(
                "client.starttls(context=ssl.create_default_context(cadata={:?}))\n\
                 client.ehlo()\n\
                 client.user, client.password = 'budi', 'secret'\n\
                 client.auth({mechanism:?}, client.auth_{mechanism}, initial_response_ok={initial})\n\
                 client.sendmail('a@b.example', ['c@d.example'], {DOTS:?})",
                certificates.authority_pem
            );
            if smtplib(&server, &lines).await.is_some() {
                let [message] = &server.handler.messages()[..] else { panic!("{mechanism} {initial}") };
                assert!(message.peer.tls);
                assert_eq!(message.peer.auth.as_deref(), Some("budi"));
            }
        }
    }
}

#[tokio::test]
async fn python_hears_that_its_password_is_wrong() {
    let server = Running::start(with_auth(AuthPolicy::Required), keep()).await;
    let lines = "try: client.login('budi', 'guess'); raise SystemExit('let in')\n\
                 except smtplib.SMTPAuthenticationError as error: assert error.smtp_code == 535";
    smtplib(&server, lines).await;
}

#[tokio::test]
async fn lettre_logs_in_and_sends() {
    let server = Running::start(with_auth(AuthPolicy::Required), keep()).await;
    let transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous("127.0.0.1")
        .port(server.address.port())
        .credentials(Credentials::new("budi".into(), "secret".into()))
        .build();
    let address = |text: &str| text.parse::<Address>().unwrap();
    let envelope =
        lettre::address::Envelope::new(Some(address("a@b.example")), vec![address("c@d.example")]).unwrap();
    for _ in 0..3 {
        transport.send_raw(&envelope, DOTS.as_bytes()).await.unwrap();
    }
    let messages = server.handler.messages();
    assert_eq!(messages.len(), 3);
    for message in messages {
        // lettre puts CRLF before the final dot even where the message already ends in one.
        assert_eq!(String::from_utf8_lossy(&message.data), format!("{DOTS}\r\n"));
    }
}
