//! What comes back: mails, what they say of addresses, and what follows.
//!
//! Every road ends in [`record`]: our listener, mailboxes, providers' webhooks and the refusals that
//! the sender meets.
mod consequences;
mod forget;
mod listing;
mod matching;
mod numbers;
mod record;

use chrono::{DateTime, Utc};
use sebar_domain::id::{BounceId, CampaignId, ContactId, MailboxId, MessageId, ReturnedMailId};
use sebar_domain::{BounceKind, BounceReason, EnhancedCode, MatchedBy, Road};

use crate::blobs::Digest;

pub use forget::{forget_old, forget_unrecognised};
pub use listing::{
    Filter, Position, There, find, listing, mail, mails, of_address, of_mail, of_message, raw, there,
};
pub use numbers::{Day, Line, by_day, by_domain, by_kind, by_reason, forget_old_counts};
pub use record::{Recorded, record};

/// A mail that came back.
#[derive(Clone, Debug)]
pub struct NewMail {
    /// SHA-256 of its bytes: it is stored once, whichever roads it comes by.
    pub digest: Digest,
    /// How it came.
    pub road: Road,
    /// The mailbox that it was in.
    pub mailbox: Option<MailboxId>,
    /// The address that it was sent to, where that is known.
    pub envelope_to: String,
    /// What it says as a whole.
    pub kind: BounceKind,
    /// Whom its From names.
    pub sender: String,
    /// Its subject.
    pub subject: String,
    /// Its bytes.
    pub raw: Vec<u8>,
}

/// A Message-ID of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quoted {
    /// The message; of a mail to several the first.
    pub message: MessageId,
    /// Whether it is signed: only who knows the mail can quote it.
    pub signed: bool,
}

/// What a mail, a provider or a relay says of one address.
#[derive(Clone, Debug)]
pub struct NewBounce {
    /// SHA-256 of what tells it from all others: however often it comes, it is recorded once.
    pub key: Digest,
    /// What it says. [`BounceKind::NotBounce`] is not recorded.
    pub kind: BounceKind,
    /// Why.
    pub reason: BounceReason,
    /// How sure kind and reason are, in percent.
    pub confidence: u8,
    /// When it happened, as far as that is told; else when it came.
    pub at: DateTime<Utc>,
    /// How we heard of it.
    pub road: Road,
    /// Which webhook, mailbox or relay said so: a name for people.
    pub source: String,
    /// The digest of the mail that says so; it is stored already, or among the mails that come with it.
    pub mail: Option<Digest>,
    /// The message, where its mark or the relay names it.
    pub message: Option<(MatchedBy, MessageId)>,
    /// The messages whose Message-IDs it quotes.
    pub quoted: Vec<Quoted>,
    /// Whether the road itself proves who says so, as a provider's signature does.
    pub proven: bool,
    /// The address as the message was sent to it.
    pub address: Option<String>,
    /// Where the message went in the end.
    pub final_address: Option<String>,
    /// The enhanced status code (RFC 3463).
    pub status: Option<EnhancedCode>,
    /// The reply code (RFC 5321 §4.2).
    pub reply_code: Option<u16>,
    /// What was replied, or told.
    pub reply: String,
    /// The server that reports.
    pub reporting_mta: String,
    /// The server that refused.
    pub remote_mta: String,
}

/// A recorded bounce.
#[derive(Clone, Debug)]
pub struct Bounce {
    /// Its id: when we heard of it.
    pub id: BounceId,
    /// What it says.
    pub kind: BounceKind,
    /// Why.
    pub reason: BounceReason,
    /// How sure that is, in percent.
    pub confidence: i16,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// How we heard of it.
    pub road: Road,
    /// Which webhook, mailbox or relay said so.
    pub source: String,
    /// The mail that says so.
    pub mail: Option<ReturnedMailId>,
    /// How its message was found; `None`: it was not.
    pub matched_by: Option<MatchedBy>,
    /// The message.
    pub message: Option<MessageId>,
    /// Its campaign.
    pub campaign: Option<CampaignId>,
    /// Its campaign's name.
    pub campaign_name: Option<String>,
    /// Its contact.
    pub contact: Option<ContactId>,
    /// Whether it counts for the address.
    pub trusted: bool,
    /// What it counts as for the address.
    pub counts_as: Option<BounceKind>,
    /// The address, in its normal form; empty where none is told.
    pub address: String,
    /// Where the message went in the end.
    pub final_address: String,
    /// The enhanced status code.
    pub enhanced_code: Option<String>,
    /// The reply code.
    pub reply_code: Option<i16>,
    /// What was replied, or told.
    pub reply: String,
    /// The server that reports.
    pub reporting_mta: String,
    /// The server that refused.
    pub remote_mta: String,
}

/// A stored mail, without its bytes.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Its id: when it came.
    pub id: ReturnedMailId,
    /// How it came.
    pub road: Road,
    /// What it says as a whole.
    pub kind: BounceKind,
    /// The address that it was sent to.
    pub envelope_to: String,
    /// Whom its From names.
    pub sender: String,
    /// Its subject.
    pub subject: String,
    /// Its size in octets.
    pub size: i64,
}
