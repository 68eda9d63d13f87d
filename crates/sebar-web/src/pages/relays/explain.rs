//! What is wrong with a relay, in words that say what to do.

use sebar_domain::{Authentication, Failure, Otherwise, Phase, Reason, RelayTrouble, Reply, Verdict, judge};
use sebar_oauth::TokenError;
use sebar_smtp::{Fault, SendError, TlsFault};

/// What is wrong, in a word for which the locales have a sentence that says what to do.
pub(crate) fn refusal(error: &SendError, login: Authentication) -> &'static str {
    let by_token = login == Authentication::OAuth2;
    match &error.fault {
        Fault::Dns(_) => "relays-fault-dns",
        Fault::Io(io) if io.kind() == std::io::ErrorKind::ConnectionRefused => "relays-fault-refused",
        Fault::TimedOut => "relays-fault-timeout",
        Fault::StartTlsNotOffered => "relays-fault-no-starttls",
        Fault::Tls(TlsFault::NotTls) => "relays-fault-not-tls",
        Fault::Tls(TlsFault::UnknownAuthority | TlsFault::WrongName | TlsFault::NotValidNow) => {
            "relays-fault-certificate"
        }
        Fault::Tls(_) => "relays-fault-tls",
        Fault::AuthNotOffered { .. } if by_token => "relays-fault-no-token-auth",
        Fault::AuthNotOffered { .. } => "relays-fault-no-auth",
        Fault::Challenge(_) => "relays-fault-challenge",
        Fault::Refused(reply) => refused(error.phase, reply, by_token),
        Fault::Closed => "relays-fault-closed",
        _ => "relays-fault-other",
    }
}

/// The same for a provider that gave no access token.
pub(crate) fn token(fault: &TokenError) -> &'static str {
    match fault {
        TokenError::Grant(_) | TokenError::Refused(_) => "relays-fault-token",
        TokenError::Client(_) => "relays-fault-token-client",
        TokenError::Server(_) => "relays-fault-token-server",
        TokenError::Address(_) => "relays-fault-token-url",
        TokenError::Tls(_) => "relays-fault-tls",
    }
}

/// The same for what the server said no to, by the table that the sender acts on.
fn refused(phase: Phase, reply: &Reply, by_token: bool) -> &'static str {
    let verdict = judge(phase, Failure::Refused(reply), true, false);
    match (verdict.relay_trouble(), verdict) {
        (Some(RelayTrouble::Login), _) if by_token => "relays-fault-token-login",
        (Some(RelayTrouble::Login), _) => "relays-fault-password",
        (Some(RelayTrouble::Tls), _) => "relays-fault-tls",
        (Some(RelayTrouble::SenderRefused), _) => "relays-fault-sender",
        (Some(RelayTrouble::RelayingDenied), _) => "relays-fault-relaying",
        (Some(RelayTrouble::Blocked), _) => "relays-fault-rejected",
        (Some(RelayTrouble::Quota), _) => "relays-trouble-quota",
        (Some(RelayTrouble::Busy), _) | (None, Verdict::SlowDown(_)) => "relays-trouble-busy",
        (None, Verdict::Retry(_)) => "relays-fault-later",
        (None, Verdict::Fail(reason) | Verdict::OtherRelay(Otherwise::Fail(reason))) => match reason {
            Reason::TooBig | Reason::ContentRefused => "relays-fault-content",
            // Who may not send from here, or to there, is most often one who sends a first mail.
            Reason::Policy if phase == Phase::Rcpt => "relays-fault-relaying",
            Reason::Policy => "relays-fault-sender",
            _ => "relays-fault-recipient",
        },
        _ => "relays-fault-other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_relay_says_no_to_is_told_by_what_can_be_done() {
        use Phase::{Auth, EndOfData, Greeting, Mail, Rcpt};
        for (phase, code, enhanced, text, key) in [
            (Greeting, 554, "", "No service for you", "relays-fault-rejected"),
            (Greeting, 421, "", "Too many connections", "relays-trouble-busy"),
            (Auth, 535, "5.7.8", "No", "relays-fault-password"),
            (Mail, 530, "5.7.0", "Must issue a STARTTLS command first", "relays-fault-tls"),
            (Mail, 553, "5.1.8", "Not yours", "relays-fault-sender"),
            (Rcpt, 554, "5.7.1", "Relay access denied", "relays-fault-relaying"),
            (Rcpt, 550, "5.7.1", "Not allowed", "relays-fault-relaying"),
            (Rcpt, 550, "5.1.1", "User unknown", "relays-fault-recipient"),
            (Rcpt, 450, "", "Greylisted", "relays-fault-later"),
            (EndOfData, 554, "", "Message rejected: Email address is not verified.", "relays-fault-sender"),
            (EndOfData, 454, "", "Throttling failure: Daily message quota exceeded.", "relays-trouble-quota"),
            (EndOfData, 550, "5.7.26", "Unauthenticated", "relays-fault-sender"),
            (EndOfData, 554, "", "Looks like spam", "relays-fault-content"),
            (EndOfData, 552, "5.3.4", "Too big", "relays-fault-content"),
        ] {
            let reply = Reply { code, enhanced: enhanced.parse().ok(), text: text.to_owned() };
            assert_eq!(refused(phase, &reply, false), key, "{phase} {reply}");
        }
        let reply = Reply { code: 535, enhanced: None, text: String::new() };
        assert_eq!(refused(Auth, &reply, true), "relays-fault-token-login");
    }
}
