//! Gmail and Google Workspace: support.google.com/a/answer/3726730.

use sebar_domain::Phase::{Auth, EndOfData, Mail, Rcpt};
use sebar_domain::Reason::{
    ContentRefused, MailboxFull, Policy, RecipientUnknown, Refused, TooBig, TryLater,
};
use sebar_domain::RelayTrouble::{Busy, Login, Quota, RelayingDenied, SenderRefused, Tls};
use sebar_domain::Verdict::{Fail, RelayFault, Retry, SlowDown};

use crate::{Row, elsewhere_or_fail, elsewhere_or_rest};

pub(crate) const TABLE: &[Row] = &[
    (
        Auth,
        "535 5.7.8 Username and Password not accepted. For more information, go to support.google.com",
        RelayFault(Login),
    ),
    (
        Auth,
        "534 5.7.9 Application-specific password required. For more information, go to support.google.com",
        RelayFault(Login),
    ),
    (Auth, "534 5.7.14 Please log in through your web browser and then try again.", RelayFault(Login)),
    (Auth, "454 4.7.0 Too many login attempts, please try again later.", RelayFault(Busy)),
    (
        Auth,
        "454 4.7.0 Cannot authenticate due to temporary system problem. Try again later.",
        RelayFault(Busy),
    ),
    (Mail, "530 5.7.0 Must issue a STARTTLS command first.", RelayFault(Tls)),
    (Rcpt, "421 4.7.0 TLS required for RCPT domain, closing connection.", SlowDown(Policy)),
    (EndOfData, "550 5.4.5 Daily user sending limit exceeded.", RelayFault(Quota)),
    (EndOfData, "550 5.4.5 Daily sending quota exceeded.", RelayFault(Quota)),
    (Mail, "550 5.4.5 Daily SMTP relay sending limit exceeded for this user.", RelayFault(Quota)),
    (EndOfData, "550 5.7.1 Email quota exceeded.", RelayFault(Quota)),
    (Mail, "450 4.2.1 Peak SMTP relay limit exceeded for customer.", SlowDown(TryLater)),
    (
        Mail,
        "550 5.7.1 Invalid credentials for relay for one of the domains in the From header.",
        elsewhere_or_rest(RelayingDenied),
    ),
    (Rcpt, "550 5.7.0 Mail relay denied.", elsewhere_or_rest(RelayingDenied)),
    (
        Mail,
        "550 5.7.0 Mail Sending denied. The user is not allowed to use this relay.",
        elsewhere_or_rest(SenderRefused),
    ),
    (Rcpt, "421 4.7.0 IP not in whitelist for RCPT domain, closing connection.", SlowDown(Policy)),
    (Rcpt, "450 4.2.1 The user you are trying to contact is receiving mail too quickly.", Retry(TryLater)),
    (
        Rcpt,
        "450 4.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages.",
        Retry(TryLater),
    ),
    (
        Rcpt,
        "550 5.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages.",
        Fail(Refused),
    ),
    (
        EndOfData,
        "421 4.7.28 Gmail has detected an unusual rate of unsolicited mail originating from your IP address.",
        SlowDown(TryLater),
    ),
    (
        EndOfData,
        "550 5.7.28 Gmail has detected an unusual rate of unsolicited mail originating from your IP address.",
        elsewhere_or_fail(Policy),
    ),
    (
        EndOfData,
        "421 4.7.27 Your email has been temporarily rate limited because SPF did not pass.",
        SlowDown(TryLater),
    ),
    (Rcpt, "451 4.3.0 Temporary System Problem. Try again later.", Retry(TryLater)),
    (
        Rcpt,
        "550 5.1.1 The email account that you tried to reach does not exist. Please double-check the address.",
        Fail(RecipientUnknown),
    ),
    (Rcpt, "550 5.2.1 The email account that you tried to reach is disabled.", Fail(RecipientUnknown)),
    (Rcpt, "550 5.2.1 The email account that you tried to reach is inactive.", Fail(RecipientUnknown)),
    (Rcpt, "452 4.2.2 The email account that you tried to reach is over quota.", Retry(MailboxFull)),
    (Rcpt, "452 4.2.2 The recipient's inbox is out of storage space.", Retry(MailboxFull)),
    (Rcpt, "552 5.2.2 The recipient's inbox is out of storage space and inactive.", Fail(MailboxFull)),
    (
        EndOfData,
        "550 5.7.26 Your email has been blocked because the sender is unauthenticated.",
        Fail(Policy),
    ),
    (
        EndOfData,
        "550 5.7.1 Unauthenticated email from example.com is not accepted due to domain's DMARC policy.",
        Fail(Policy),
    ),
    (
        EndOfData,
        "550 5.7.1 This message does not meet IPv6 sending guidelines regarding PTR records.",
        elsewhere_or_fail(Policy),
    ),
    (
        EndOfData,
        "550 5.7.1 The IP you're using to send mail is not authorized to send email directly to our servers.",
        elsewhere_or_fail(Policy),
    ),
    (
        EndOfData,
        "550 5.7.1 Gmail has detected that this message is suspicious due to the very low reputation of the sending domain.",
        Fail(Policy),
    ),
    (
        EndOfData,
        "550 5.7.1 The user or domain that you are sending to (or from) has a policy that prohibited the mail.",
        Fail(Policy),
    ),
    (
        EndOfData,
        "550 5.7.1 Our system has detected that this message is likely unsolicited mail.",
        Fail(ContentRefused),
    ),
    (EndOfData, "550 5.7.1 Gmail has detected that this message is likely suspicious.", Fail(ContentRefused)),
    (
        EndOfData,
        "552 5.7.0 This message was blocked because its content presents a potential security issue.",
        Fail(ContentRefused),
    ),
    (
        EndOfData,
        "550 5.7.1 This message is not RFC 5322 compliant. There are multiple From headers.",
        Fail(ContentRefused),
    ),
    (EndOfData, "554 5.6.0 Mail message is malformed. Not accepted.", Fail(ContentRefused)),
    (EndOfData, "552 5.2.3 Your message exceeded Google's message size limits.", elsewhere_or_fail(TooBig)),
];
