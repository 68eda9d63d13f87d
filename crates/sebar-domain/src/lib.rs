//! The words of the field as types. No I/O, no async, no database.
//!
//! Parse at the border, then carry the proof in the type: begin with [`Address`],
//! [`CampaignState`], [`MessageState`] and the ids in [`id`].
mod address;
mod api_key;
mod bounce;
mod campaign;
mod campaign_pace;
mod contact;
mod content;
mod domain_rule;
pub mod id;
mod import;
mod language;
mod mailbox;
mod mailbox_settings;
pub mod merge;
mod message;
mod network;
mod phase;
mod provider;
mod relay;
pub mod replies;
mod reply;
pub mod retry;
mod role;
mod routing;
mod text_enum;
mod verdict;
mod warm_up;
mod webhook;

pub use address::{Address, AddressError};
pub use api_key::Scope;
pub use bounce::{BounceKind, BounceReason, MatchedBy, Road};
pub use campaign::{CampaignState, Tracking, WrongState};
pub use campaign_pace::{CampaignPace, Window};
pub use contact::{ContactEvent, ContactStatus, SuppressionReason};
pub use content::FrozenContent;
pub use domain_rule::DomainRule;
pub use import::{ImportState, OnKnown};
pub use language::Language;
pub use mailbox::Mailbox;
pub use mailbox_settings::{MailProtocol, MailboxSettings};
pub use message::{AttemptOutcome, MessageState, Policy, Stream};
pub use network::{BadNetwork, Network};
pub use phase::Phase;
pub use provider::{HookFault, Proof, Provider};
pub use relay::{Authentication, Security};
pub use reply::{EnhancedCode, Reply};
pub use role::Role;
pub use routing::{Member, Part, Pool, Route, Routing};
pub use text_enum::UnknownWord;
pub use verdict::{Failure, Otherwise, Reason, RelayTrouble, Verdict, judge};
pub use warm_up::{LONGEST_WARM_UP, WarmUp};
pub use webhook::{EventKind, EventState};
