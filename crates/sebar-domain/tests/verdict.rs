//! What follows from a delivery that ended without a refusal. What refusals mean is tested in
//! `replies/`.

use sebar_domain::Reason::{AddressInvalid, ConnectionLost, ContentRefused, TooBig};
use sebar_domain::RelayTrouble::{Blocked, Dns, Login, NotSmtp, Settings, Tls, Unreachable};
use sebar_domain::Verdict::{Fail, InDoubt, OtherRelay, Reconnect, RelayFault, Retry};
use sebar_domain::{Failure, Otherwise, Phase, RelayTrouble, Verdict, judge};

#[test]
fn faults_without_an_answer_are_the_relays_before_a_message_is_begun() {
    for (phase, failure, expected) in [
        (Phase::Connect, Failure::Dns, RelayFault(Dns)),
        (Phase::Connect, Failure::Unreachable, RelayFault(Unreachable)),
        (Phase::Greeting, Failure::NotSmtp, RelayFault(NotSmtp)),
        (Phase::Greeting, Failure::Lost, RelayFault(Unreachable)),
        (Phase::Tls, Failure::Tls, RelayFault(Tls)),
        (Phase::Auth, Failure::NoLogin, RelayFault(Login)),
        (Phase::Connect, Failure::Settings, RelayFault(Settings)),
        (Phase::Mail, Failure::TooBig, OtherRelay(Otherwise::Fail(TooBig))),
        (Phase::Mail, Failure::AddressNeedsUtf8, OtherRelay(Otherwise::Fail(AddressInvalid))),
        (Phase::Mail, Failure::NeedsEightBit, OtherRelay(Otherwise::Fail(ContentRefused))),
        (Phase::Data, Failure::Unfit, Fail(ContentRefused)),
    ] {
        assert_eq!(judge(phase, failure, true, false), expected, "{phase} {failure:?}");
    }
}

#[test]
fn the_end_of_a_used_connection_costs_the_message_nothing() {
    for phase in [Phase::Mail, Phase::Rcpt, Phase::Data] {
        assert_eq!(judge(phase, Failure::Lost, false, false), Reconnect);
        assert_eq!(judge(phase, Failure::Lost, true, false), Retry(ConnectionLost));
    }
}

#[test]
fn what_may_have_been_taken_is_in_doubt_however_it_was_lost() {
    for failure in [Failure::Lost, Failure::Unreachable, Failure::NotSmtp] {
        assert_eq!(judge(Phase::EndOfData, failure, false, true), InDoubt);
    }
}

#[test]
fn a_verdict_says_what_the_relay_rests_for() {
    let trouble = |verdict: Verdict| verdict.relay_trouble();
    assert_eq!(trouble(RelayFault(Login)), Some(Login));
    assert_eq!(trouble(OtherRelay(Otherwise::Rest(Blocked))), Some(Blocked));
    for verdict in [OtherRelay(Otherwise::Fail(TooBig)), Retry(ConnectionLost), Fail(TooBig), InDoubt] {
        assert_eq!(trouble(verdict), None::<RelayTrouble>);
    }
}
