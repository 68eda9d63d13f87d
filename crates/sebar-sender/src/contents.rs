//! Contents made ready for composing, kept for the messages to come.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use sebar_compose::{Composed, TokenKey};
use sebar_domain::Address;
use sebar_domain::id::ContentId;
use sebar_store::queue::Claimed;
use sebar_store::{contents, emails};
use sqlx::PgExecutor;

/// Most contents that are kept; a content takes a few times the size of its HTML.
const KEPT: usize = 32;

/// A content, ready to be filled in.
#[derive(Debug)]
pub(crate) struct Ready {
    content: sebar_compose::Ready,
    /// Whom its mails are from, in the envelope too.
    pub(crate) from: Arc<Address>,
    /// The variables that its messages need a value for.
    pub(crate) merge_keys: Vec<String>,
}

/// Why a content cannot be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ContentError {
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error("{0}")]
    Unusable(String),
}

/// The contents in use.
#[derive(Debug, Default)]
pub(crate) struct Contents(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    by_id: HashMap<ContentId, (Arc<Ready>, u64)>,
    /// Counts the look-ups: the least recently used content goes first.
    uses: u64,
}

impl Contents {
    pub(crate) async fn get(
        &self,
        db: impl PgExecutor<'_>,
        id: ContentId,
    ) -> Result<Arc<Ready>, ContentError> {
        if let Some(ready) = self.kept(id) {
            return Ok(ready);
        }
        let frozen = contents::get(db, id).await?;
        let frozen = frozen.ok_or_else(|| ContentError::Unusable("it is gone".to_owned()))?;
        let content =
            sebar_compose::Ready::new(&frozen).map_err(|fault| ContentError::Unusable(fault.to_string()))?;
        let merge_keys = content.merge_keys();
        let ready = Arc::new(Ready { content, from: Arc::new(frozen.from_email), merge_keys });
        self.keep(id, &ready);
        Ok(ready)
    }

    fn kept(&self, id: ContentId) -> Option<Arc<Ready>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.uses += 1;
        let now = kept.uses;
        let (ready, last_use) = kept.by_id.get_mut(&id)?;
        *last_use = now;
        Some(Arc::clone(ready))
    }

    fn keep(&self, id: ContentId, ready: &Arc<Ready>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.by_id.len() >= KEPT
            && let Some(oldest) =
                kept.by_id.iter().min_by_key(|(_, (_, last_use))| *last_use).map(|(id, _)| *id)
        {
            kept.by_id.remove(&oldest);
        }
        let now = kept.uses;
        kept.by_id.insert(id, (Arc::clone(ready), now));
    }
}

/// A single mail as it was accepted, and whom it is from. It is read for each of its messages anew:
/// most go to one person.
pub(crate) async fn letter(
    db: impl PgExecutor<'_> + Copy,
    message: &Claimed,
) -> Result<(Arc<Address>, Composed), ContentError> {
    let parts = match &message.parts {
        Some(parts) => Some(Arc::clone(parts)),
        None => emails::parts(db, message.content).await?.map(Arc::new),
    };
    let parts = parts.ok_or_else(|| ContentError::Unusable("it is gone".to_owned()))?;
    let mail = sebar_compose::assemble(&parts.mime, parts.dated_at, &parts.contents());
    Ok((Arc::new(parts.from.clone()), mail))
}

impl Ready {
    /// Makes the mail of one message. The error says, for a person, what its recipient lacks.
    pub(crate) fn compose(
        &self,
        tokens: &TokenKey,
        message: &Claimed,
        to: &Address,
    ) -> Result<Composed, String> {
        self.content
            .compose(tokens, message.id, to, &message.merge, message.mailing)
            .map_err(|fault| fault.to_string())
    }
}
