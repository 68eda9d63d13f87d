//! Microsoft 365, Exchange and Outlook.com: their lists of codes in non-delivery reports.

use sebar_domain::Phase::{Auth, EndOfData, Mail, Rcpt};
use sebar_domain::Reason::{ContentRefused, DomainUnknown, MailboxFull, Policy, RecipientUnknown, TryLater};
use sebar_domain::RelayTrouble::{Blocked, Login, Quota, RelayingDenied, SenderRefused};
use sebar_domain::Verdict::{Fail, RelayFault, Retry, SlowDown};

use crate::{Row, elsewhere_or_fail, elsewhere_or_rest};

pub(crate) const TABLE: &[Row] = &[
    (
        Auth,
        "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.",
        RelayFault(Login),
    ),
    (Auth, "535 5.7.139 Authentication unsuccessful, basic authentication is disabled.", RelayFault(Login)),
    (Auth, "535 5.7.3 Authentication unsuccessful", RelayFault(Login)),
    (Mail, "530 5.7.57 Client not authenticated to send mail.", RelayFault(Login)),
    (
        Mail,
        "530 5.7.57 SMTP; Client was not authenticated to send anonymous mail during MAIL FROM",
        RelayFault(Login),
    ),
    (EndOfData, "550 5.2.2 Submission quota exceeded", RelayFault(Quota)),
    (
        EndOfData,
        "550 5.1.90 Your message can't be sent because you've reached your daily limit for message recipients",
        RelayFault(Quota),
    ),
    (
        EndOfData,
        "554 5.2.0 STOREDRV.Submission.Exception: The mailbox exceeded its recipient rate limit",
        RelayFault(Quota),
    ),
    (
        EndOfData,
        "550 5.7.60 SMTP; Client does not have permissions to send as this sender",
        elsewhere_or_rest(SenderRefused),
    ),
    (
        EndOfData,
        "554 5.2.252 SendAsDenied; news@kopi.example not allowed to send as owner@kopi.example",
        elsewhere_or_rest(SenderRefused),
    ),
    (EndOfData, "550 5.1.8 Access denied, bad outbound sender", elsewhere_or_rest(SenderRefused)),
    (EndOfData, "550 5.7.705 Access denied, tenant has exceeded threshold", elsewhere_or_rest(SenderRefused)),
    (
        EndOfData,
        "550 5.7.708 Access denied, traffic not accepted from this IP",
        elsewhere_or_rest(SenderRefused),
    ),
    (Rcpt, "550 5.7.64 TenantAttribution; Relay Access Denied", elsewhere_or_rest(RelayingDenied)),
    (Mail, "432 4.3.2 Concurrent connections limit exceeded.", SlowDown(TryLater)),
    (EndOfData, "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded", SlowDown(TryLater)),
    (
        Mail,
        "421 4.4.2 Message submission rate for this client has exceeded the configured limit",
        SlowDown(TryLater),
    ),
    (EndOfData, "432 4.3.2 STOREDRV.Deliver; recipient thread limit exceeded", Retry(TryLater)),
    (
        Rcpt,
        "451 4.7.650 The mail server has been temporarily rate limited due to IP reputation.",
        SlowDown(TryLater),
    ),
    (EndOfData, "451 4.7.500 Server busy. Please try again later from [192.0.2.1].", SlowDown(TryLater)),
    (
        Rcpt,
        "451 4.7.652 The mail server has exceeded what it may send; please retry later at a lower rate.",
        SlowDown(TryLater),
    ),
    (Rcpt, "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found", Fail(RecipientUnknown)),
    (Rcpt, "550 5.1.10 Recipient not found by SMTP address lookup", Fail(RecipientUnknown)),
    (Rcpt, "550 5.4.1 Recipient address rejected: Access denied.", Fail(RecipientUnknown)),
    (
        EndOfData,
        "554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException",
        Fail(MailboxFull),
    ),
    (EndOfData, "550 5.4.310 DNS domain kopi.example does not exist", Fail(DomainUnknown)),
    (Rcpt, "550 5.7.606 Access denied, banned sending IP [192.0.2.1].", elsewhere_or_fail(Policy)),
    (
        Mail,
        "550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Part of their network is on our block list.",
        RelayFault(Blocked),
    ),
    (
        Rcpt,
        "550 5.7.513 Service unavailable, Client host blocked using Customer Block list",
        elsewhere_or_fail(Policy),
    ),
    (Rcpt, "550 5.7.501 Access denied, spam abuse detected", elsewhere_or_fail(Policy)),
    (Rcpt, "550 5.7.511 Access denied, banned sender [192.0.2.1].", elsewhere_or_fail(Policy)),
    (Mail, "550 5.7.1 Messages from [192.0.2.1] were not taken (S3140).", RelayFault(Blocked)),
    (Mail, "550 5.7.1 Messages from [192.0.2.1] were not taken (S3150).", RelayFault(Blocked)),
    (
        Rcpt,
        "550 5.7.508 Access denied, [192.0.2.1] has exceeded permitted limits within a range.",
        SlowDown(TryLater),
    ),
    (Mail, "550 5.7.506 Access Denied, Bad HELO", RelayFault(Blocked)),
    (
        EndOfData,
        "550 5.7.509 Access denied, sending domain kopi.example does not pass DMARC verification",
        Fail(Policy),
    ),
    (
        EndOfData,
        "550 5.7.515 Access denied, sending domain kopi.example doesn't meet the required authentication level.",
        Fail(Policy),
    ),
    (EndOfData, "554 5.7.105 SenderFilterAgent; Sender denied", Fail(Policy)),
    (Rcpt, "550 5.7.133 authentication required for relay to this group", Fail(Policy)),
    (Rcpt, "550 5.7.505 Access denied, banned recipient", Fail(Policy)),
    (EndOfData, "554 5.2.3 MailPolicy violation", Fail(Policy)),
    (
        EndOfData,
        "550 5.6.11 The message contains invalid characters that SMTP does not allow",
        Fail(ContentRefused),
    ),
    (
        EndOfData,
        "550 5.7.0 rejected by the organisation's content filter: message rejected",
        Fail(ContentRefused),
    ),
];
