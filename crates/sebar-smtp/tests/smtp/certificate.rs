//! The relay shows a certificate that we must not trust, or none.
use sebar_domain::{Phase, Security};
use sebar_smtp::server::Config;
use sebar_smtp::{Connection, Fault, Tls, TlsFault, Trust};

use crate::common::{Certificates, Keep, MESSAGE, People, Running, Script, target};

async fn server(certificates: &Certificates, implicit_tls: bool) -> Running {
    let tls = Some(certificates.server.clone());
    Running::start(Config { tls, implicit_tls, ..Config::new("relay.test") }, Keep::default()).await
}

/// Connects in both ways of TLS; gives the fault, which must be the same in both.
async fn fault(certificates: &Certificates, tls: Tls) -> TlsFault {
    let mut faults = Vec::new();
    for security in [Security::StartTls, Security::ImplicitTls] {
        let server = server(certificates, security == Security::ImplicitTls).await;
        let error = Connection::connect(&server.target(security).with_tls(tls.clone())).await.unwrap_err();
        assert_eq!(error.phase, Phase::Tls, "{error}");
        let Fault::Tls(fault) = error.fault else { panic!("{error}") };
        faults.push(fault);
    }
    assert_eq!(faults[0], faults[1]);
    faults.remove(0)
}

#[tokio::test]
async fn an_unknown_authority_is_not_trusted() {
    let certificates = Certificates::for_name("127.0.0.1");
    let others = Certificates::for_name("mail.example.com");
    assert_eq!(fault(&certificates, others.trusted()).await, TlsFault::UnknownAuthority);
    let of_the_same_name = Certificates::for_name("127.0.0.1");
    assert_eq!(fault(&certificates, of_the_same_name.trusted()).await, TlsFault::UnknownAuthority);
    assert_eq!(fault(&certificates, Tls::default()).await, TlsFault::UnknownAuthority);
}

#[tokio::test]
async fn a_certificate_that_signed_itself_is_trusted_by_nobody() {
    let others = Certificates::for_name("mail.example.com");
    for authority in [false, true] {
        let certificates = Certificates::self_signed("127.0.0.1", authority);
        assert_eq!(fault(&certificates, others.trusted()).await, TlsFault::UnknownAuthority);
    }
}

#[tokio::test]
async fn the_certificate_of_another_host_is_not_trusted() {
    let certificates = Certificates::for_name("mail.example.com");
    assert_eq!(fault(&certificates, certificates.trusted()).await, TlsFault::WrongName);
}

#[tokio::test]
async fn an_expired_certificate_is_not_trusted() {
    let certificates = Certificates::valid("127.0.0.1", 2020..2021);
    assert_eq!(fault(&certificates, certificates.trusted()).await, TlsFault::NotValidNow);
}

#[tokio::test]
async fn anyone_is_trusted_only_when_asked_for() {
    let certificates = Certificates::for_name("mail.example.com");
    let server = server(&certificates, true).await;
    let target = server.target(Security::ImplicitTls).with_tls(Tls::new(Trust::Anyone));
    let mut connection = Connection::connect(&target).await.unwrap();
    connection.send(&People::new().envelope(), MESSAGE).await.unwrap();
    assert!(connection.is_encrypted());
}

#[tokio::test]
async fn plain_text_where_tls_should_be_is_named() {
    let server = Running::plain().await;
    let tls = Tls::new(Trust::Anyone);
    let target = server.target(Security::ImplicitTls).with_tls(tls);
    let error = Connection::connect(&target).await.unwrap_err();
    assert!(matches!(error.fault, Fault::Tls(TlsFault::NotTls)), "{error}");
}

#[tokio::test]
async fn a_server_that_hangs_up_in_the_handshake_is_a_fault_of_tls() {
    let (address, _scene) = Script::play(|mut server| async move {
        server.welcome("250-STARTTLS\r\n").await;
        server.hear("STARTTLS").await;
        server.say("220 Go ahead\r\n").await;
    })
    .await;
    let target = target(address, Security::StartTls).with_tls(Tls::new(Trust::Anyone));
    let error = Connection::connect(&target).await.unwrap_err();
    assert_eq!(error.phase, Phase::Tls);
    assert!(matches!(error.fault, Fault::Closed), "{error:?}");
}

#[tokio::test]
async fn authorities_that_are_no_pem_are_a_fault_of_the_settings() {
    let certificates = Certificates::for_name("127.0.0.1");
    let server = server(&certificates, true).await;
    let tls = Tls::new(Trust::Authorities("nonsense".into()));
    let error = Connection::connect(&server.target(Security::ImplicitTls).with_tls(tls)).await.unwrap_err();
    assert!(matches!(error.fault, Fault::Settings(_)), "{error}");
}
