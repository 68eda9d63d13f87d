//! What holds for every reply, whatever it says: a relay's fault is not the recipient's.

use proptest::prelude::*;
use sebar_domain::{Failure, Otherwise, Phase, Reason, Verdict, judge};

use crate::{ALL, reply};

const BEFORE_THE_RECIPIENT: [Phase; 6] =
    [Phase::Connect, Phase::Greeting, Phase::Ehlo, Phase::Tls, Phase::Auth, Phase::Mail];

/// Whether a message fails by it, and with which reason.
fn failure(verdict: Verdict) -> Option<Reason> {
    match verdict {
        Verdict::Fail(reason) | Verdict::OtherRelay(Otherwise::Fail(reason)) => Some(reason),
        _ => None,
    }
}

#[test]
fn before_rcpt_nothing_that_is_said_is_about_the_recipient() {
    // All that the tables know, said in the wrong phase.
    for (_, rows) in ALL {
        for (_, line, _) in *rows {
            for phase in BEFORE_THE_RECIPIENT {
                let verdict = judge(phase, Failure::Refused(&reply(line)), true, false);
                // Its size and its addresses were announced with MAIL (RFC 1870, RFC 6531).
                let about_the_message =
                    matches!(failure(verdict), None | Some(Reason::TooBig | Reason::AddressInvalid));
                assert!(about_the_message, "{phase} {line}: {verdict:?}");
                assert!(phase == Phase::Mail || failure(verdict).is_none(), "{phase} {line}: {verdict:?}");
            }
        }
    }
}

#[test]
fn a_refused_login_is_never_laid_to_a_recipient_or_a_message() {
    for phase in Phase::ALL.iter().copied().filter(|phase| *phase != Phase::Tls) {
        for line in
            ["530 5.7.0 Authentication required", "535 5.7.8 Wrong password", "535 No", "530 5.7.57 Log in"]
        {
            let verdict = judge(phase, Failure::Refused(&reply(line)), true, false);
            assert!(matches!(verdict, Verdict::RelayFault(_)), "{phase} {line}: {verdict:?}");
        }
    }
}

#[test]
fn a_temporary_reply_never_ends_a_message() {
    for (_, rows) in ALL {
        for (phase, line, _) in *rows {
            let reply = reply(line);
            if reply.is_temporary() {
                let verdict = judge(*phase, Failure::Refused(&reply), true, false);
                assert_eq!(failure(verdict), None, "{phase} {line}: {verdict:?}");
            }
        }
    }
}

#[test]
fn an_address_in_a_reply_is_not_read_as_words() {
    for name in ["spam", "blacklist", "over.quota", "user-unknown", "greylist", "policy"] {
        let line = format!("550 5.1.1 <{name}@{name}.example>: User unknown");
        let verdict = judge(Phase::Rcpt, Failure::Refused(&reply(&line)), true, false);
        assert_eq!(verdict, Verdict::Fail(Reason::RecipientUnknown), "{line}");
        let line = format!("451 <{name}@{name}.example> come back");
        let verdict = judge(Phase::Rcpt, Failure::Refused(&reply(&line)), true, false);
        assert_eq!(verdict, Verdict::Retry(Reason::TryLater), "{line}");
    }
}

#[test]
fn greylisting_is_a_retry_and_slows_nothing_down() {
    for line in [
        "450 4.2.0 <a@b.example>: Recipient address rejected: Greylisting in effect, please come back later",
        "451 4.7.1 Greylisting in action, please come back in 00:05:00",
        "450 4.7.1 Recipient address rejected: Policy restrictions; try later: greylisted",
        "421 4.7.1 You have been graylisted",
        "451 4.7.1 [GL01] Message temporarily deferred",
    ] {
        for phase in [Phase::Mail, Phase::Rcpt, Phase::Data, Phase::EndOfData] {
            let verdict = judge(phase, Failure::Refused(&reply(line)), true, false);
            assert_eq!(verdict, Verdict::Retry(Reason::TryLater), "{phase} {line}");
        }
    }
}

#[test]
fn a_421_ends_a_used_connection_and_not_the_message_unless_it_says_more() {
    for phase in [Phase::Mail, Phase::Rcpt, Phase::Data, Phase::EndOfData] {
        for line in
            ["421 Bye", "421 4.7.0 too many messages on this connection", "421 4.4.2 Error: timeout exceeded"]
        {
            assert_eq!(
                judge(phase, Failure::Refused(&reply(line)), false, false),
                Verdict::Reconnect,
                "{phase} {line}"
            );
            let fresh = judge(phase, Failure::Refused(&reply(line)), true, false);
            assert!(matches!(fresh, Verdict::SlowDown(_)), "{phase} {line}: {fresh:?}");
        }
        for line in
            ["421 4.7.0 [TSS04] put off", "421 4.7.28 An unusual rate of unsolicited mail", "421 Slow down"]
        {
            let verdict = judge(phase, Failure::Refused(&reply(line)), false, false);
            assert!(matches!(verdict, Verdict::SlowDown(_)), "{phase} {line}: {verdict:?}");
        }
    }
}

#[test]
fn the_codes_that_ask_for_a_slower_pace_get_it() {
    for line in
        ["421 Busy", "421 4.3.2 Not now", "451 4.3.2 Not now", "451 4.7.0 Not now", "450 4.7.28 Not now"]
    {
        for phase in [Phase::Rcpt, Phase::Data, Phase::EndOfData] {
            let verdict = judge(phase, Failure::Refused(&reply(line)), true, false);
            assert!(matches!(verdict, Verdict::SlowDown(_)), "{phase} {line}: {verdict:?}");
        }
    }
}

proptest! {
    #[test]
    fn any_reply_is_judged_and_no_phase_before_rcpt_blames_anybody(
        phase in prop::sample::select(Phase::ALL), code in 400u16..600, text in "([245]\\.[0-9]{1,2}\\.[0-9]{1,3} )?\\PC{0,80}",
    ) {
        let reply = reply(&format!("{code} {text}"));
        let verdict = judge(phase, Failure::Refused(&reply), true, false);
        prop_assert_ne!(verdict, Verdict::Sent);
        prop_assert_ne!(verdict, Verdict::InDoubt);
        if BEFORE_THE_RECIPIENT.contains(&phase) {
            prop_assert!(matches!(failure(verdict), None | Some(Reason::TooBig | Reason::AddressInvalid)), "{:?}", verdict);
        }
    }
}
