//! Gmail and Google Workspace, as a relay and as where mail goes.

use crate::replies::condition::Condition::{
    self, ContentRefused, Listed, LoginNeeded, MailboxBusy, MailboxFull, Passing, Policy, QuotaUsedUp,
    RecipientUnknown, RelayingDenied, SenderRefused, SystemBusy, Throttled, TlsNeeded, TooBigHere,
};
use crate::replies::line::{Codes, Line, Section};

const fn line(says: &'static [&'static str], means: Condition) -> Line {
    Line::words(Section::Gmail, says, means)
}

pub(super) const TABLE: &[Line] = &[
    // As a relay: logins and quotas.
    line(&["username and password not accepted"], LoginNeeded),
    line(&["application-specific password required"], LoginNeeded),
    line(&["please log in", "web browser"], LoginNeeded),
    line(&["too many login attempts"], SystemBusy),
    line(&["cannot authenticate due to temporary system problem"], SystemBusy),
    line(&["must issue a starttls command first"], TlsNeeded),
    line(&["tls required for rcpt domain"], Policy),
    line(&["daily user sending", "exceeded"], QuotaUsedUp),
    line(&["daily sending quota exceeded"], QuotaUsedUp),
    line(&["daily smtp relay", "exceeded"], QuotaUsedUp),
    line(&["email quota exceeded"], QuotaUsedUp),
    line(&["peak smtp relay limit exceeded"], Throttled),
    line(&["invalid credentials for relay"], RelayingDenied),
    line(&["mail relay denied"], RelayingDenied),
    line(&["mail sending denied"], SenderRefused),
    line(&["ip not in whitelist for rcpt domain"], Listed),
    // As where mail goes: rates.
    line(&["receiving mail too quickly"], MailboxBusy),
    line(&["receiving mail at a rate"], MailboxBusy),
    line(&["unusual rate of unsolicited mail"], Throttled).with(Codes::Reply(&[421, 450, 451, 452])),
    line(&["unusual rate of unsolicited mail"], Listed),
    line(&["temporarily rate limited"], Throttled),
    line(&["temporary system problem"], Passing),
    // Recipients.
    line(&["email account that you tried to reach does not exist"], RecipientUnknown),
    line(&["email account that you tried to reach is disabled"], RecipientUnknown),
    line(&["email account that you tried to reach is inactive"], RecipientUnknown),
    line(&["email account that you tried to reach is over quota"], MailboxFull),
    line(&["inbox is out of storage space"], MailboxFull),
    // Who we are.
    line(&["blocked because the sender is unauthenticated"], Policy),
    line(&["unauthenticated email from", "dmarc policy"], Policy),
    line(&["does not meet", "ipv6 sending guidelines"], Listed),
    line(&["not authorized to send email directly to our servers"], Listed),
    line(&["very low reputation of the sending"], Policy),
    line(&["user or domain that you are sending to (or from) has a policy"], Policy),
    // The message.
    line(&["likely unsolicited mail"], ContentRefused),
    line(&["likely suspicious"], ContentRefused),
    line(&["content presents a potential security issue"], ContentRefused),
    line(&["not rfc 5322 compliant"], ContentRefused),
    line(&["mail message is malformed"], ContentRefused),
    line(&["message exceeded google's message size limits"], TooBigHere),
];
