//! Amazon SES: its guide's list of SMTP response codes.

use sebar_domain::Phase::{Auth, EndOfData, Greeting, Rcpt};
use sebar_domain::Reason::{AddressInvalid, ContentRefused, RelaySuppressed, TooBig, TryLater};
use sebar_domain::RelayTrouble::{Login, Quota, SenderRefused};
use sebar_domain::Verdict::{Fail, RelayFault, Retry, SlowDown};

use crate::{Row, elsewhere_or_fail, elsewhere_or_rest};

pub(crate) const TABLE: &[Row] = &[
    (EndOfData, "454 Throttling failure: Maximum sending rate exceeded.", SlowDown(TryLater)),
    (EndOfData, "454 Throttling failure: Daily message quota exceeded.", RelayFault(Quota)),
    (EndOfData, "454 Throttling failure", SlowDown(TryLater)),
    (Greeting, "421 Too many concurrent SMTP connections", SlowDown(TryLater)),
    (EndOfData, "451 Temporary service failure", Retry(TryLater)),
    (EndOfData, "451 4.4.2 Timeout waiting for data from client.", Retry(TryLater)),
    (Auth, "535 Authentication Credentials Invalid", RelayFault(Login)),
    (
        EndOfData,
        "554 Message rejected: Email address is not verified. The following identities failed the check in region EU-WEST-1",
        elsewhere_or_rest(SenderRefused),
    ),
    (
        EndOfData,
        "554 Access denied: User `arn` is not authorized to perform `ses:SendRawEmail'",
        elsewhere_or_rest(SenderRefused),
    ),
    (
        EndOfData,
        "554 Message rejected: Sending suspended for this account.",
        elsewhere_or_rest(SenderRefused),
    ),
    (EndOfData, "554 Message rejected: Sending paused for this account.", elsewhere_or_rest(SenderRefused)),
    (EndOfData, "554 Configuration set toko: sending is paused", elsewhere_or_rest(SenderRefused)),
    (EndOfData, "554 Message rejected: the address is on the suppression list", Fail(RelaySuppressed)),
    (EndOfData, "554 Message rejected: Address blacklisted.", Fail(RelaySuppressed)),
    (EndOfData, "554 Transaction failed: Missing final '@domain'", Fail(AddressInvalid)),
    (EndOfData, "554 Transaction failed: Domain contains illegal character", Fail(AddressInvalid)),
    (Rcpt, "554 Transaction failed: Local address contains control or whitespace", Fail(AddressInvalid)),
    (EndOfData, "554 Transaction failed: Invalid parameter value for header", Fail(ContentRefused)),
    (EndOfData, "552 Message length is more than 41943040 bytes long", elsewhere_or_fail(TooBig)),
];
