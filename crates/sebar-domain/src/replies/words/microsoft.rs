//! Microsoft 365, Exchange and Outlook.com.

use crate::replies::condition::Condition::{
    self, ContentRefused, DomainUnknown, Listed, LoginNeeded, MailboxBusy, MailboxFull, Policy, QuotaUsedUp,
    RecipientUnknown, RelayingDenied, SenderRefused, SystemBusy, Throttled,
};
use crate::replies::line::{Codes, Line, Section};

const fn line(says: &'static [&'static str], means: Condition) -> Line {
    Line::words(Section::Microsoft, says, means)
}

const X_4_1: Codes = Codes::Enhanced(Some(5), 4, 1, 1);
const X_1_10: Codes = Codes::Enhanced(Some(5), 1, 10, 10);

pub(super) const TABLE: &[Line] = &[
    // As a relay: logins, quotas, whom we may send as.
    line(&["smtpclientauthentication is disabled"], LoginNeeded),
    line(&["basic authentication is disabled"], LoginNeeded),
    line(&["authentication unsuccessful"], LoginNeeded),
    line(&["client not authenticated to send"], LoginNeeded),
    line(&["client was not authenticated"], LoginNeeded),
    line(&["submission quota exceeded"], QuotaUsedUp),
    line(&["reached your daily limit for message recipients"], QuotaUsedUp),
    line(&["exceeded", "recipient rate limit"], QuotaUsedUp),
    line(&["client does not have permissions to send as"], SenderRefused),
    line(&["sendasdenied"], SenderRefused),
    line(&["bad outbound sender"], SenderRefused),
    line(&["tenant has exceeded threshold"], SenderRefused),
    line(&["traffic not accepted from this ip"], SenderRefused),
    line(&["tenantattribution"], RelayingDenied),
    line(&["concurrent connections limit exceeded"], Throttled),
    line(&["sender thread limit exceeded"], Throttled),
    line(&["message submission rate", "exceeded"], Throttled),
    // As where mail goes: rates.
    line(&["recipient thread limit exceeded"], MailboxBusy),
    line(&["temporarily rate limited due to ip reputation"], Throttled),
    line(&["server busy"], SystemBusy),
    line(&["please retry later", "rate"], Throttled),
    // 5.1.10 is RFC 7505's null MX, and Exchange's word for an unknown recipient.
    line(&["recipientnotfound"], RecipientUnknown),
    line(&["recipient not found by smtp address lookup"], RecipientUnknown).with(X_1_10),
    line(&["recipient address rejected: access denied"], RecipientUnknown).with(X_4_1),
    line(&["quotaexceededexception"], MailboxFull),
    line(&["does not exist", "dns domain"], DomainUnknown),
    // The host that sends: block lists by name (S3140, S3150 …) and by range.
    line(&["banned sending ip"], Listed),
    line(&["part of their network is on our block list"], Listed),
    line(&["blocked using", "customer block list"], Listed),
    line(&["access denied, spam abuse detected"], Listed),
    line(&["banned sender"], Listed),
    line(&["(s3140)"], Listed),
    line(&["(s3150)"], Listed),
    line(&["exceeded permitted limits"], Throttled),
    line(&["bad helo"], Listed),
    // Who we are, and whom the recipient lets in.
    line(&["does not pass dmarc"], Policy),
    line(&["doesn't meet the required authentication level"], Policy),
    line(&["senderfilteragent"], Policy),
    line(&["authentication required for relay"], Policy).with(Codes::Enhanced(Some(5), 7, 124, 136)),
    line(&["banned recipient"], Policy),
    line(&["mailpolicy"], Policy),
    // The message.
    line(&["message contains invalid", "smtp"], ContentRefused),
    line(&["content filter", "rejected"], ContentRefused),
];
