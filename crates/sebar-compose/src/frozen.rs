//! How a stored message becomes a mail: one way, for the sender and for the archive that proves
//! what was sent.

use sebar_domain::id::{CampaignId, MessageId};
use sebar_domain::{Address, FrozenContent};
use serde_json::Value;

use crate::compile::{Compiled, Content};
use crate::fault::Fault;
use crate::mail::Composed;
use crate::site::{Envelope, Mailing, Person, Site};
use crate::token::TokenKey;

/// A frozen content, ready to be filled in for its messages.
#[derive(Debug)]
pub struct Ready {
    compiled: Compiled,
    site: Site,
    from: Address,
}

/// Why a frozen content cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum NotReady {
    /// What it says of the installation cannot be read.
    #[error("its site cannot be read: {0}")]
    Site(#[from] serde_json::Error),
    /// Its templates have faults; the first of them.
    #[error("{0}")]
    Content(Fault),
    /// Its templates could not be read, without a reason.
    #[error("its templates cannot be read")]
    Unknown,
}

impl Ready {
    /// Parses all templates of a content.
    pub fn new(frozen: &FrozenContent) -> Result<Self, NotReady> {
        let site = serde_json::from_value(frozen.site.clone())?;
        let mut compiled = Content::from(frozen)
            .compile(frozen.no)
            .map_err(|faults| faults.into_iter().next().map_or(NotReady::Unknown, NotReady::Content))?;
        compiled.composer = frozen.composer;
        Ok(Self { compiled, site, from: frozen.from_email.clone() })
    }

    /// Whom its mails are from, in the envelope too.
    pub fn from(&self) -> &Address {
        &self.from
    }

    /// The variables that its messages need a value for.
    pub fn merge_keys(&self) -> Vec<String> {
        self.compiled.merge_keys().into_iter().map(str::to_owned).collect()
    }

    /// Makes the mail of one message from what is stored of it: its id, its recipient, its merge
    /// data, and the campaign that its headers name (of a test, the campaign that it tests).
    ///
    /// # Errors
    /// What its recipient lacks.
    pub fn compose(
        &self,
        key: &TokenKey,
        id: MessageId,
        to: &Address,
        merge: &Value,
        mailing: Option<CampaignId>,
    ) -> Result<Composed, Fault> {
        let envelope = Envelope {
            id,
            to: Person { email: to, name: merge.get("name").and_then(Value::as_str), merge },
            mailing: mailing.map(|campaign| Mailing { campaign, list: None }),
        };
        self.compiled.compose(&self.site, key, &envelope)
    }
}
