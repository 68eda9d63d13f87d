//! Yahoo and AOL: senders.yahooinc.com/smtp-error-codes.

use sebar_domain::Phase::{EndOfData, Greeting, Mail, Rcpt};
use sebar_domain::Reason::{Policy, RecipientUnknown, TryLater};
use sebar_domain::RelayTrouble::Blocked;
use sebar_domain::Verdict::{Fail, RelayFault, Retry, SlowDown};

use crate::Row;

pub(crate) const TABLE: &[Row] = &[
    (Rcpt, "451 4.7.1 [GL01] Message from 192.0.2.1 temporarily deferred", Retry(TryLater)),
    (
        Mail,
        "553 5.7.1 [TSS09] All messages from 192.0.2.1 will be permanently deferred; Retrying will NOT succeed.",
        RelayFault(Blocked),
    ),
    (
        Mail,
        "421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints",
        SlowDown(TryLater),
    ),
    (Mail, "421 4.7.0 [TS01] Messages from 192.0.2.1 put off", SlowDown(TryLater)),
    (Mail, "421 4.7.1 [IPTS04] Messages from 192.0.2.1 put off", SlowDown(TryLater)),
    (Mail, "421 4.7.1 [RL01] Message put off", SlowDown(TryLater)),
    (
        EndOfData,
        "421 4.7.0 Messages are deferred due to unexpected volume or user complaints",
        SlowDown(TryLater),
    ),
    (EndOfData, "421 4.7.0 Messages are deferred due to user complaints", SlowDown(TryLater)),
    (Mail, "421 4.7.1 All messages from 192.0.2.1 will be permanently deferred", SlowDown(Policy)),
    (Rcpt, "451 VS1-IP Excessive unknown recipients - possible Open Relay", SlowDown(TryLater)),
    (
        EndOfData,
        "451 4.3.2 Resources temporarily not available - Please try again later [#4.16.5].",
        SlowDown(TryLater),
    ),
    (EndOfData, "451 Message temporarily deferred due to unresolvable RFC.5321 from domain", Retry(Policy)),
    (EndOfData, "451 Message temporarily deferred - [160]", Retry(TryLater)),
    (Rcpt, "450 User is receiving mail too quickly", Retry(TryLater)),
    (
        EndOfData,
        "554 delivery error: dd This user doesn't have a yahoo.com account (budi@yahoo.com) [0]",
        Fail(RecipientUnknown),
    ),
    (
        EndOfData,
        "554 delivery error: dd This account has been disabled or discontinued [#102].",
        Fail(RecipientUnknown),
    ),
    (EndOfData, "554 delivery error: dd The account is not active", Fail(RecipientUnknown)),
    (EndOfData, "552 1 Requested mail action aborted, mailbox not found", Fail(RecipientUnknown)),
    (
        EndOfData,
        "554 30 Sorry, your message to budi@yahoo.com cannot be delivered. This mailbox is disabled (554.30).",
        Fail(RecipientUnknown),
    ),
    (
        Rcpt,
        "550 We are not able to deliver to budi@aol.com: the mailbox is not available",
        Fail(RecipientUnknown),
    ),
    (Greeting, "553 5.7.1 [BL21] Connections will not be accepted from 192.0.2.1", RelayFault(Blocked)),
    (
        Greeting,
        "553 5.7.1 Connections will not be accepted from 192.0.2.1, because the ip is in a list",
        RelayFault(Blocked),
    ),
    (Greeting, "553 5.7.1 Connections not accepted from servers without a name", RelayFault(Blocked)),
    (EndOfData, "554 Message not allowed - [PH01] Email not accepted for policy reasons.", Fail(Policy)),
    (EndOfData, "554 5.7.9 Message not accepted for policy reasons.", Fail(Policy)),
    (EndOfData, "554 5.7.1 Yahoo is unable to fulfil the request: DMARC of the domain", Fail(Policy)),
    (Mail, "553 Mail from 192.0.2.1 not allowed - [10]", RelayFault(Blocked)),
];
