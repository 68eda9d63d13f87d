//! Three-digit codes where nothing else is said: RFC 5321 §4.2.2, §4.3.2, RFC 1870, 4954, 7504.

use super::condition::Condition::{
    AddressInvalid, ContentRefused, DomainUnknown, HostBlocked, Incapable, LoginNeeded, MailboxFull, Passing,
    RecipientUnknown, Refused, RelayingDenied, SenderRefused, SystemBusy, TlsNeeded, TooBigHere,
};
use super::line::Line;
use crate::Phase::{Auth, Connect, Data, Ehlo, EndOfData, Greeting, Mail, Quit, Rcpt, Tls};

pub(super) const TABLE: &[Line] = &[
    // RFC 4954 §6. 432 and 454 ask for patience; 535 at any time means that the login is no good.
    Line::plain(&[], &[530, 534, 535], LoginNeeded),
    Line::plain(&[], &[538], TlsNeeded),
    Line::plain(&[Auth], &[432, 454, 451, 421], SystemBusy),
    Line::plain(&[Auth], &[], LoginNeeded),
    // RFC 3207 §4: TLS is not available at the moment, or the command is unknown.
    Line::plain(&[Tls], &[], TlsNeeded),
    // RFC 5321 §3.8, RFC 7504 §3: no service here, or none now.
    Line::plain(&[Connect, Greeting, Ehlo, Quit], &[421, 450, 451, 452], SystemBusy),
    Line::plain(&[Connect, Greeting, Ehlo, Quit], &[], HostBlocked),
    // MAIL: 451, 452 are the server's; 552 is the announced size, 555 a parameter that it does not know.
    Line::plain(&[Mail], &[421, 450, 451, 452, 455], SystemBusy),
    Line::plain(&[Mail], &[552], TooBigHere),
    Line::plain(&[Mail], &[500, 501, 550, 551, 553, 554, 555], SenderRefused),
    // RCPT.
    Line::plain(&[Rcpt], &[450, 451, 452, 455], Passing),
    Line::plain(&[Rcpt], &[501, 553], AddressInvalid),
    Line::plain(&[Rcpt], &[550, 551, 511], RecipientUnknown),
    Line::plain(&[Rcpt], &[552], MailboxFull),
    // RFC 7504 §4: this host takes no mail at all, or none for that domain.
    Line::plain(&[Rcpt], &[521, 556], DomainUnknown),
    Line::plain(&[Rcpt], &[555], Incapable),
    // RFC 1846, and what some say for 550.
    Line::plain(&[Rcpt], &[571], RelayingDenied),
    // The message.
    Line::plain(&[Data, EndOfData], &[450, 451, 452], Passing),
    Line::plain(&[Data, EndOfData], &[552], TooBigHere),
    Line::plain(&[EndOfData], &[550, 554], ContentRefused),
    Line::plain(&[], &[421], SystemBusy),
    REST,
];

/// For whatever no other line covers.
pub(super) const REST: Line = Line::plain(&[], &[], Refused);
