//! What comes back: a mail's bytes into what it says about the message that we sent.
//!
//! Begin with [`recognise`], a pure function, and [`Report`], what it returns. [`token_in`] looks
//! for a mark of ours in an address that a report shows, [`read_reply`] reads words that somebody quotes, and [`files`] reads mails from files,
//! Maildirs and mboxes for `sebar classify`.
//!
//! ```
//! use sebar_domain::{BounceKind, BounceReason};
//!
//! let mail = b"From: MAILER-DAEMON@mx.example\nTo: news@shop.example\nSubject: failure notice\n\n\
//!     Hi. This is the qmail-send program at mx.example.\n\n<ida@x.example>:\n\
//!     192.0.2.1 does not like recipient.\nRemote host said: 550 5.1.1 No such user here\n";
//! let report = sebar_inbound::recognise(mail);
//! assert_eq!(report.kind, BounceKind::Hard);
//! assert_eq!(report.recipients[0].address(), Some("ida@x.example"));
//! assert_eq!(report.recipients[0].reason, BounceReason::RecipientUnknown);
//! ```
//!
//! How it decides is told in `docs/bounces.md`.
mod address;
mod arf;
mod automatic;
mod class;
mod dsn;
pub mod files;
mod mime;
mod notification;
mod original;
mod recognise;
mod reply;
mod report;
mod signals;
mod sns;
mod text;
mod token;
mod words;

pub use class::{Reading, read_reply};
pub use original::Original;
pub use recognise::recognise;
pub use report::{Recipient, Report};
pub use token::token_in;
