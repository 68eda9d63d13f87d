//! Exim: the texts of its default configuration and its source.

use sebar_domain::Phase::{Auth, EndOfData, Mail, Rcpt};
use sebar_domain::Reason::{
    ContentRefused, DomainUnknown, Policy, RecipientUnknown, Refused, TooBig, TryLater,
};
use sebar_domain::RelayTrouble::{Blocked, Login, RelayingDenied, SenderRefused};
use sebar_domain::Verdict::{Fail, RelayFault, Retry, SlowDown};

use crate::{Row, elsewhere_or_fail, elsewhere_or_rest};

pub(crate) const TABLE: &[Row] = &[
    (Rcpt, "550 relay not permitted", elsewhere_or_rest(RelayingDenied)),
    (Auth, "535 Incorrect authentication data", RelayFault(Login)),
    (Rcpt, "550 Sender verify failed", elsewhere_or_rest(SenderRefused)),
    (Rcpt, "451 Could not complete sender verify", Retry(TryLater)),
    (Rcpt, "451 Could not complete recipient verify callout", Retry(TryLater)),
    (Rcpt, "550 host is in a black list at bl.example", elsewhere_or_rest(Blocked)),
    (Mail, "421 too many messages in one connection", SlowDown(TryLater)),
    (Rcpt, "554 SMTP synchronization error", Fail(Refused)),
    (Mail, "452 space shortage, please try later", SlowDown(TryLater)),
    (Rcpt, "451 Temporary local problem - please try later", Retry(TryLater)),
    (Rcpt, "450 host lookup did not complete", Retry(TryLater)),
    (Rcpt, "550 Unrouteable address", Fail(RecipientUnknown)),
    (Rcpt, "550 Unrouteable mail domain \"kopi.example\"", Fail(DomainUnknown)),
    (Rcpt, "550 all relevant MX records point to non-existent hosts", Fail(DomainUnknown)),
    (Rcpt, "550 lowest numbered MX record points to local host", Fail(DomainUnknown)),
    (Rcpt, "451 retry time not reached for any host", Retry(TryLater)),
    (Rcpt, "550 retry timeout exceeded", Fail(Refused)),
    (Mail, "552 Message size exceeds maximum permitted", elsewhere_or_fail(TooBig)),
    (
        Rcpt,
        "550 The mail server could not deliver mail to budi@example.org. The account or domain may not exist, they may be blacklisted",
        Fail(Refused),
    ),
    (EndOfData, "550 This message scored 12.3 spam points.", Fail(ContentRefused)),
    (Rcpt, "550 restricted characters in address", Fail(Policy)),
    (Rcpt, "550 Administrative prohibition", Fail(Policy)),
];
