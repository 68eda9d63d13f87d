//! Postfix: the texts of postconf(5), access(5) and postscreen(8).

use sebar_domain::Phase::{Data, EndOfData, Greeting, Mail, Rcpt};
use sebar_domain::Reason::{
    AddressInvalid, ContentRefused, DomainUnknown, Policy, RecipientUnknown, Refused, TooBig, TryLater,
};
use sebar_domain::RelayTrouble::{Blocked, Login, RelayingDenied, SenderRefused};
use sebar_domain::Verdict::{Fail, RelayFault, Retry, SlowDown};

use crate::{Row, elsewhere_or_fail, elsewhere_or_rest};

pub(crate) const TABLE: &[Row] = &[
    (Rcpt, "554 5.7.1 <budi@example.org>: Relay access denied", elsewhere_or_rest(RelayingDenied)),
    (Rcpt, "454 4.7.1 <budi@example.org>: Relay access denied", elsewhere_or_rest(RelayingDenied)),
    (
        Rcpt,
        "553 5.7.1 <news@kopi.example>: Sender address rejected: not owned by user kopi",
        elsewhere_or_rest(SenderRefused),
    ),
    (Rcpt, "553 5.7.1 <news@kopi.example>: Sender address rejected: not logged in", RelayFault(Login)),
    (Rcpt, "450 4.1.8 <news@kopi.example>: Sender address rejected: Domain not found", Retry(Policy)),
    (
        Mail,
        "554 5.7.1 <news@kopi.example>: Sender address rejected: Access denied",
        elsewhere_or_rest(SenderRefused),
    ),
    (Rcpt, "450 4.7.25 Client host rejected: cannot find your hostname, [192.0.2.1]", SlowDown(Policy)),
    (
        Rcpt,
        "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org",
        elsewhere_or_rest(Blocked),
    ),
    (Rcpt, "554 5.7.1 <unknown[192.0.2.1]>: Client host rejected: Access denied", elsewhere_or_rest(Blocked)),
    (
        Rcpt,
        "504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname",
        elsewhere_or_rest(Blocked),
    ),
    (Greeting, "521 5.7.1 Service unavailable; blocked using bl.example", RelayFault(Blocked)),
    (Greeting, "421 4.7.0 relay.example Error: too many connections from 192.0.2.1", SlowDown(TryLater)),
    (Rcpt, "421 4.7.0 relay.example Error: too many errors", SlowDown(TryLater)),
    (EndOfData, "421 4.4.2 relay.example Error: timeout exceeded", SlowDown(TryLater)),
    (Greeting, "421 4.3.2 All server ports are busy", SlowDown(TryLater)),
    (Greeting, "450 4.3.2 Service currently unavailable", SlowDown(TryLater)),
    (Mail, "452 4.3.1 Insufficient system storage", SlowDown(TryLater)),
    (EndOfData, "451 4.3.0 Error: queue file write error", Retry(TryLater)),
    (Rcpt, "451 4.3.5 Server configuration problem", Retry(TryLater)),
    (Rcpt, "451 4.3.0 <budi@example.org>: Temporary lookup failure", Retry(TryLater)),
    (Greeting, "421 4.3.2 The mail system is going down", SlowDown(TryLater)),
    (
        Rcpt,
        "550 5.1.1 <budi@example.org>: Recipient address rejected: User unknown in local recipient table",
        Fail(RecipientUnknown),
    ),
    (
        Rcpt,
        "450 4.1.2 <budi@example.org>: Recipient address rejected: Domain not found",
        Retry(DomainUnknown),
    ),
    (
        Rcpt,
        "504 5.5.2 <budi@example>: Recipient address rejected: need fully-qualified address",
        Fail(AddressInvalid),
    ),
    (
        Rcpt,
        "550 5.1.1 <budi@example.org>: Recipient address rejected: undeliverable address: host mx said: 550 spam",
        Fail(RecipientUnknown),
    ),
    (
        Rcpt,
        "450 4.1.1 <budi@example.org>: Recipient address rejected: unverified address: Address verification in progress",
        Retry(TryLater),
    ),
    (
        Rcpt,
        "550 5.1.0 <budi@example.org>: Recipient address rejected: Malformed DNS server reply",
        Fail(DomainUnknown),
    ),
    (Rcpt, "556 5.1.10 Domain example.org does not accept mail (nullMX)", Fail(DomainUnknown)),
    (Rcpt, "554 5.4.6 mail for example.org loops back to myself", Fail(Refused)),
    (EndOfData, "554 5.4.0 Error: too many hops", Fail(Refused)),
    (Mail, "552 5.3.4 Message size exceeds fixed limit", elsewhere_or_fail(TooBig)),
    (EndOfData, "552 5.3.4 Error: message file too big", elsewhere_or_fail(TooBig)),
    (EndOfData, "550 5.7.1 message content rejected", Fail(ContentRefused)),
    (Data, "550 5.5.3 <DATA>: Data command rejected: Multi-recipient bounce", Fail(Policy)),
];
