//! Enhanced status codes: RFC 3463 §3 and IANA's registry (RFC 5248), with its additions by
//! RFC 4468, 4954, 6531, 6710, 7293, 7372, 7505, 8617 and 8689, and Microsoft's own details.

use super::condition::Condition::{
    AddressInvalid, ContentRefused, DomainUnknown, Incapable, Listed, LoginNeeded, MailboxBusy, MailboxFull,
    NeedsUtf8, Passing, Policy, RecipientUnknown, Refused, RelayingDenied, SenderRefused, SystemBusy,
    Throttled, TlsNeeded, TooBig, TooBigHere,
};
use super::line::Line;
use crate::Phase;

/// In the order of the registry; within a code, the class that differs comes first.
pub(super) const TABLE: &[Line] = &[
    // X.0: other.
    Line::code(0, 0, Refused).of_class(5).vague().at(&[Phase::Data]),
    Line::code(0, 0, Passing).of_class(4).vague(),
    // X.1: addresses.
    Line::code(1, 0, RecipientUnknown).vague().at(&[Phase::Rcpt]),
    Line::code(1, 1, RecipientUnknown),
    Line::code(1, 2, DomainUnknown),
    Line::code(1, 3, AddressInvalid),
    Line::code(1, 4, AddressInvalid),
    // 5 (valid) and 9 (passed to one that does not speak for itself) only come with success.
    Line::code(1, 5, Passing).of_class(4).vague(),
    Line::code(1, 5, Refused).of_class(5).vague(),
    Line::code(1, 6, RecipientUnknown),
    Line::code(1, 7, SenderRefused),
    Line::code(1, 8, SenderRefused),
    Line::code(1, 9, Passing).of_class(4).vague(),
    Line::code(1, 9, Refused).of_class(5).vague(),
    Line::code(1, 10, DomainUnknown),
    // X.2: mailboxes.
    Line::code(2, 0, RecipientUnknown).of_class(5).vague().at(&[Phase::Rcpt]),
    Line::code(2, 0, MailboxBusy).of_class(4).vague(),
    Line::code(2, 1, RecipientUnknown).of_class(5),
    Line::code(2, 1, MailboxBusy).of_class(4).vague(),
    Line::code(2, 2, MailboxFull),
    Line::code(2, 3, TooBig),
    Line::code(2, 4, Refused).of_class(5).vague(),
    Line::code(2, 4, Passing).of_class(4).vague(),
    // Microsoft: the mailbox gets more in an hour than it may.
    Line::code(2, 121, MailboxBusy).up_to(122),
    // X.3: systems.
    Line::code(3, 0, Refused).of_class(5).vague().at(&[Phase::Rcpt, Phase::Data, Phase::EndOfData]),
    Line::code(3, 0, Passing).of_class(4).vague(),
    Line::code(3, 1, SystemBusy),
    Line::code(3, 2, SystemBusy),
    Line::code(3, 3, Incapable),
    Line::code(3, 4, TooBigHere),
    Line::code(3, 5, Refused).of_class(5).vague().at(&[Phase::Rcpt, Phase::Data, Phase::EndOfData]),
    Line::code(3, 5, Passing).of_class(4),
    Line::code(3, 6, Passing).of_class(4).vague(),
    Line::code(3, 6, Refused).of_class(5).vague(),
    // X.4: networks and routes.
    Line::code(4, 0, Passing).of_class(4).vague(),
    Line::code(4, 0, Refused).of_class(5).vague(),
    Line::code(4, 1, Passing).of_class(4),
    Line::code(4, 1, Refused).of_class(5).vague(),
    Line::code(4, 2, Passing).of_class(4),
    Line::code(4, 2, Refused).of_class(5).vague(),
    Line::code(4, 3, Passing).of_class(4),
    Line::code(4, 3, Refused).of_class(5).vague(),
    Line::code(4, 4, DomainUnknown).of_class(5),
    Line::code(4, 4, Passing).of_class(4),
    Line::code(4, 5, SystemBusy),
    Line::code(4, 6, Refused).of_class(5),
    Line::code(4, 6, Passing).of_class(4),
    Line::code(4, 7, Refused).of_class(5),
    Line::code(4, 7, Passing).of_class(4),
    // Microsoft: too many hops; no such domain; no answer from its name servers.
    Line::code(4, 14, Refused).of_class(5),
    Line::code(4, 310, DomainUnknown).of_class(5),
    Line::code(4, 312, DomainUnknown).of_class(5),
    // X.5: the protocol.
    Line::code(5, 0, Passing).of_class(4).vague(),
    Line::code(5, 0, Refused).of_class(5).vague().at(&[Phase::Rcpt, Phase::Data, Phase::EndOfData]),
    Line::code(5, 1, Passing).of_class(4).vague(),
    Line::code(5, 1, Refused).of_class(5).vague(),
    Line::code(5, 2, Passing).of_class(4).vague(),
    Line::code(5, 2, Refused).of_class(5).vague(),
    Line::code(5, 3, Passing).of_class(4),
    Line::code(5, 3, Refused).of_class(5).vague(),
    Line::code(5, 4, Passing).of_class(4).vague(),
    Line::code(5, 4, Refused).of_class(5).vague(),
    Line::code(5, 5, Passing).of_class(4).vague(),
    Line::code(5, 5, Refused).of_class(5).vague(),
    // RFC 4954 §6: our answer in AUTH is too long for it.
    Line::code(5, 6, LoginNeeded),
    // X.6: content and media.
    Line::code(6, 0, ContentRefused).up_to(1),
    Line::code(6, 2, Incapable).up_to(5),
    // RFC 4468: a part that the message refers to cannot be had.
    Line::code(6, 6, ContentRefused),
    Line::code(6, 7, NeedsUtf8),
    Line::code(6, 8, NeedsUtf8),
    Line::code(6, 9, Incapable),
    Line::code(6, 10, NeedsUtf8),
    Line::code(6, 11, ContentRefused).up_to(999),
    // X.7: security and policy.
    Line::code(7, 0, Policy).vague(),
    Line::code(7, 1, Policy).vague(),
    Line::code(7, 2, Policy),
    Line::code(7, 3, Incapable),
    Line::code(7, 4, Incapable),
    Line::code(7, 5, ContentRefused),
    Line::code(7, 6, Incapable),
    Line::code(7, 7, ContentRefused),
    // RFC 4954 §6.
    Line::code(7, 8, LoginNeeded).of_class(5),
    Line::code(7, 8, Passing).of_class(4),
    Line::code(7, 9, Policy).at(&[Phase::Rcpt, Phase::Data, Phase::EndOfData]),
    Line::code(7, 9, LoginNeeded),
    Line::code(7, 10, TlsNeeded).up_to(11),
    Line::code(7, 12, LoginNeeded).up_to(13),
    Line::code(7, 14, Policy),
    // RFC 6710 §6: priorities.
    Line::code(7, 15, Throttled).of_class(4),
    Line::code(7, 15, Policy).of_class(5),
    Line::code(7, 16, TooBigHere),
    // RFC 7293 §14: the address was passed on to somebody else.
    Line::code(7, 17, RecipientUnknown).up_to(18),
    Line::code(7, 19, Passing).of_class(4),
    Line::code(7, 19, Policy).of_class(5),
    // RFC 7372 §3: DKIM, SPF, reverse DNS, several of them.
    Line::code(7, 20, Policy).up_to(24),
    Line::code(7, 25, Listed),
    Line::code(7, 26, Policy),
    // RFC 7505 §4.2: our sender's domain takes no mail.
    Line::code(7, 27, SenderRefused).at(&[Phase::Mail]),
    Line::code(7, 27, Policy),
    Line::code(7, 28, Throttled).of_class(4),
    Line::code(7, 28, Listed).of_class(5),
    // RFC 8617 §10.1: ARC.
    Line::code(7, 29, Policy),
    // RFC 8689 §5: REQUIRETLS. Gmail uses it for DKIM.
    Line::code(7, 30, Policy),
    Line::code(7, 31, Policy).up_to(56),
    // Microsoft: not logged in; may not send as; not a connector's; switched off.
    Line::code(7, 57, LoginNeeded),
    Line::code(7, 60, SenderRefused),
    Line::code(7, 64, RelayingDenied),
    Line::code(7, 124, Policy).up_to(136),
    Line::code(7, 139, LoginNeeded),
    Line::code(7, 321, Passing).of_class(4).up_to(325),
    Line::code(7, 500, Throttled).of_class(4).up_to(699),
    Line::code(7, 501, Listed).of_class(5).up_to(503),
    Line::code(7, 504, Policy).of_class(5).up_to(507),
    Line::code(7, 508, Throttled).of_class(5),
    Line::code(7, 509, Policy).of_class(5).up_to(510),
    Line::code(7, 511, Listed).of_class(5),
    Line::code(7, 512, ContentRefused).of_class(5),
    Line::code(7, 513, Listed).of_class(5),
    Line::code(7, 514, Policy).of_class(5).up_to(599),
    Line::code(7, 606, Listed).of_class(5).up_to(649),
    Line::code(7, 700, SenderRefused).of_class(5).up_to(750),
    Line::code(7, 850, Throttled).of_class(4).up_to(899),
    Line::code(7, 31, Policy).up_to(999).vague(),
];
