//! The table from replies to consequences, line by line: RFC 5321 §4.2.2, RFC 3463 §3, and the
//! words of the large providers and mail servers.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use sebar_domain::Reason::{
    AddressInvalid, ConnectionLost, ContentRefused, DomainUnknown, MailboxFull, Policy, RecipientUnknown,
    Refused, TooBig, TryLater,
};
use sebar_domain::RelayTrouble::{
    Blocked, Busy, Dns, Login, NotSmtp, Quota, RelayingDenied, SenderRefused, Settings, Tls, Unreachable,
};
use sebar_domain::Verdict::{Fail, InDoubt, Reconnect, RelayFault, Retry};
use sebar_domain::{Failure, Phase, Reply, Verdict, judge};

/// Reads `550 5.1.1 text` as a server's reply.
fn reply(line: &str) -> Reply {
    let (code, text) = line.split_once(' ').unwrap_or((line, ""));
    let enhanced = text.split(' ').next().and_then(|word| word.parse().ok());
    let text = if enhanced.is_some() { text.split_once(' ').map_or("", |(_, text)| text) } else { text };
    Reply { code: code.parse().unwrap(), enhanced, text: text.to_owned() }
}

fn check(table: &[(Phase, &str, Verdict)]) {
    for (phase, line, expected) in table {
        let verdict = judge(*phase, Failure::Refused(&reply(line)), true, false);
        assert_eq!(verdict, *expected, "{phase}: {line}");
    }
}

#[test]
fn plain_codes_mean_what_rfc_5321_says_in_their_phase() {
    use Phase::{Data, EndOfData, Greeting, Mail, Rcpt};
    check(&[
        (Greeting, "554 No SMTP service here", RelayFault(Blocked)),
        (Greeting, "450 Busy", RelayFault(Busy)),
        (Greeting, "421 Try again", RelayFault(Busy)),
        (Mail, "550 no such sender", RelayFault(SenderRefused)),
        (Mail, "553 sender address not allowed", RelayFault(SenderRefused)),
        (Mail, "451 local error", RelayFault(Busy)),
        (Mail, "452 insufficient system storage", RelayFault(Busy)),
        (Mail, "552 message size exceeds fixed maximum", Fail(TooBig)),
        (Mail, "530 Authentication required", RelayFault(Login)),
        (Rcpt, "550 No such user here", Fail(RecipientUnknown)),
        (Rcpt, "551 User not local; please try <x@y.example>", Fail(RecipientUnknown)),
        (Rcpt, "552 mailbox over quota", Fail(MailboxFull)),
        (Rcpt, "553 mailbox name not allowed", Fail(AddressInvalid)),
        (Rcpt, "554 transaction failed", Fail(Refused)),
        (Rcpt, "556 domain does not accept mail", Fail(DomainUnknown)),
        (Rcpt, "450 mailbox busy", Retry(TryLater)),
        (Rcpt, "451 local error in processing", Retry(TryLater)),
        (Rcpt, "452 mailbox quota exceeded", Retry(MailboxFull)),
        (Data, "554 no valid recipients", Fail(Refused)),
        (Data, "451 try again", Retry(TryLater)),
        (EndOfData, "554 transaction failed", Fail(ContentRefused)),
        (EndOfData, "552 too much mail data", Fail(TooBig)),
        (EndOfData, "451 error in processing", Retry(TryLater)),
    ]);
}

#[test]
fn enhanced_codes_mean_what_rfc_3463_says() {
    use Phase::{EndOfData, Mail, Rcpt};
    check(&[
        (Rcpt, "550 5.1.0 address status", Fail(RecipientUnknown)),
        (Rcpt, "550 5.1.1 bad destination mailbox", Fail(RecipientUnknown)),
        (Rcpt, "550 5.1.2 bad destination system", Fail(DomainUnknown)),
        (Rcpt, "501 5.1.3 bad destination syntax", Fail(AddressInvalid)),
        (Rcpt, "550 5.1.6 mailbox has moved", Fail(RecipientUnknown)),
        (Rcpt, "501 5.1.7 bad sender syntax", RelayFault(SenderRefused)),
        (EndOfData, "550 5.1.8 bad sender system", RelayFault(SenderRefused)),
        (Rcpt, "556 5.1.10 null MX", Fail(DomainUnknown)),
        (Rcpt, "550 5.2.1 mailbox disabled", Fail(RecipientUnknown)),
        (Rcpt, "450 4.2.1 receiving mail at too high a rate", Retry(TryLater)),
        (Rcpt, "552 5.2.2 mailbox full", Fail(MailboxFull)),
        (Rcpt, "452 4.2.2 mailbox full", Retry(MailboxFull)),
        (EndOfData, "552 5.2.3 longer than the limit", Fail(TooBig)),
        (EndOfData, "452 4.3.1 system full", Retry(TryLater)),
        (EndOfData, "451 4.3.2 not accepting messages", Retry(TryLater)),
        (Mail, "552 5.3.4 too big", Fail(TooBig)),
        (EndOfData, "552 5.3.4 too big", Fail(TooBig)),
        (Rcpt, "550 5.4.4 unable to route", Fail(DomainUnknown)),
        (Rcpt, "451 4.4.4 unable to route", Retry(TryLater)),
        (EndOfData, "554 5.4.6 routing loop", Fail(Refused)),
        (Rcpt, "452 4.5.3 too many recipients", Retry(TryLater)),
        (EndOfData, "554 5.6.0 media error", Fail(ContentRefused)),
        (Rcpt, "554 5.7.0 security status", Fail(Policy)),
        (Rcpt, "451 4.7.1 greylisted", Retry(Policy)),
        (Mail, "550 5.7.1 not authorised", RelayFault(Blocked)),
        (Mail, "451 4.7.1 slow down", RelayFault(Busy)),
        (Rcpt, "530 5.7.0 authentication required", RelayFault(Login)),
    ]);
}

#[test]
fn providers_are_understood_by_their_own_words() {
    use Phase::{Auth, EndOfData, Greeting, Mail, Rcpt};
    check(&[
        // Gmail
        (Auth, "535 5.7.8 Username and Password not accepted.", RelayFault(Login)),
        (Auth, "534 5.7.9 Application-specific password required.", RelayFault(Login)),
        (EndOfData, "550 5.4.5 Daily user sending limit exceeded.", RelayFault(Quota)),
        (Rcpt, "550 5.1.1 The email account that you tried to reach does not exist.", Fail(RecipientUnknown)),
        (Rcpt, "452 4.2.2 The recipient's inbox is out of storage space.", Retry(MailboxFull)),
        (
            EndOfData,
            "550 5.7.26 Your email has been blocked because the sender is unauthenticated.",
            Fail(Policy),
        ),
        (
            EndOfData,
            "550 5.7.1 Our system has detected that this message is likely unsolicited mail (spam).",
            Fail(ContentRefused),
        ),
        (
            EndOfData,
            "552 5.7.0 This message was blocked because its content presents a potential security issue.",
            Fail(Policy),
        ),
        // Microsoft 365 and Outlook
        (
            Auth,
            "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled",
            RelayFault(Login),
        ),
        (Mail, "530 5.7.57 Client not authenticated to send mail.", RelayFault(Login)),
        (
            EndOfData,
            "550 5.7.60 SMTP; Client does not have permissions to send as this sender",
            RelayFault(SenderRefused),
        ),
        (
            EndOfData,
            "554 5.2.252 SendAsDenied; a@b.example not allowed to send as c@d.example",
            RelayFault(SenderRefused),
        ),
        (Rcpt, "550 5.4.1 Recipient address rejected: Access denied.", Fail(RecipientUnknown)),
        (EndOfData, "550 5.1.8 Access denied, bad outbound sender", RelayFault(SenderRefused)),
        (Mail, "432 4.3.2 Concurrent connections limit exceeded.", RelayFault(Busy)),
        (
            Rcpt,
            "550 5.7.1 Service unavailable, client host blocked using Spamhaus. To be removed from the block list",
            Fail(ContentRefused),
        ),
        // Amazon SES
        (EndOfData, "554 Message rejected: Email address is not verified.", RelayFault(SenderRefused)),
        (EndOfData, "454 Throttling failure: Maximum sending rate exceeded.", RelayFault(Busy)),
        (EndOfData, "454 Throttling failure: Daily message quota exceeded.", RelayFault(Quota)),
        // Yahoo
        (
            Greeting,
            "553 5.7.1 [BL21] Connections will not be accepted, because the ip is in Spamhaus's list",
            RelayFault(Blocked),
        ),
        (Rcpt, "554 delivery error: dd This user doesn't have a yahoo.com account", Fail(Refused)),
        // Postfix
        (Rcpt, "554 5.7.1 <a@b.example>: Relay access denied", RelayFault(RelayingDenied)),
        (
            Rcpt,
            "550 5.1.1 <a@b.example>: Recipient address rejected: User unknown in local recipient table",
            Fail(RecipientUnknown),
        ),
        (Rcpt, "450 4.2.0 <a@b.example>: Recipient address rejected: Greylisted", Retry(TryLater)),
        (Rcpt, "450 4.1.2 <a@b.example>: Recipient address rejected: Domain not found", Retry(DomainUnknown)),
        (
            Rcpt,
            "553 5.7.1 <a@b.example>: Sender address rejected: not owned by user c",
            RelayFault(SenderRefused),
        ),
        // Exim
        (Rcpt, "550 relay not permitted", RelayFault(RelayingDenied)),
        (Rcpt, "550 Unrouteable address", Fail(RecipientUnknown)),
        (EndOfData, "550 This message was classified as spam", Fail(ContentRefused)),
    ]);
}

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
        (Phase::Mail, Failure::TooBig, Fail(TooBig)),
        (Phase::Mail, Failure::AddressNeedsUtf8, Fail(AddressInvalid)),
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
    let bye = reply("421 4.7.0 too many messages on this connection");
    assert_eq!(judge(Phase::Mail, Failure::Refused(&bye), false, false), Reconnect);
    assert_eq!(judge(Phase::Mail, Failure::Refused(&bye), true, false), RelayFault(Busy));
}

#[test]
fn what_may_have_been_taken_is_in_doubt_however_it_was_lost() {
    for failure in [Failure::Lost, Failure::Unreachable, Failure::NotSmtp] {
        assert_eq!(judge(Phase::EndOfData, failure, false, true), InDoubt);
    }
}

#[test]
fn no_answer_outside_rcpt_says_that_a_recipient_is_unknown() {
    for phase in [Phase::Connect, Phase::Greeting, Phase::Ehlo, Phase::Tls, Phase::Auth, Phase::Mail] {
        for code in (400..460).chain(500..560) {
            for enhanced in ["", "5.1.1 ", "5.2.1 ", "5.7.1 ", "4.2.2 "] {
                let reply = reply(&format!("{code} {enhanced}no"));
                let verdict = judge(phase, Failure::Refused(&reply), true, false);
                assert!(!matches!(verdict, Fail(reason) if reason != TooBig), "{phase} {reply}: {verdict:?}");
            }
        }
    }
}
