//! Where tracked links lead, kept ready by content.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use sebar_compose::{LinkTarget, Person, Site};
use sebar_domain::FrozenContent;
use sebar_domain::id::MessageId;
use sebar_store::{contents, hits};
use sqlx::PgPool;

use crate::foundation::error::{Error, Result};

/// So many contents are kept; then the cache begins anew.
const KEPT: usize = 500;

struct Targets {
    site: Site,
    links: Vec<LinkTarget>,
}

/// The link targets of the contents that are being clicked.
#[derive(Default)]
pub(crate) struct Links(Mutex<HashMap<i64, Arc<Targets>>>);

impl Links {
    /// Where link `n` of a content leads for the recipient of `message`; without a message only if
    /// it leads everybody to the same place.
    pub(crate) async fn resolve(
        &self,
        db: &PgPool,
        content_no: i64,
        n: u32,
        message: Option<MessageId>,
    ) -> Result<String> {
        let targets = self.targets(db, content_no).await?;
        let link = targets.links.get(n as usize).ok_or(Error::NotFound)?;
        let (recipient, merge) = match message {
            Some(message) if !link.is_static() => {
                hits::merge_data(db, message).await?.ok_or(Error::NotFound)?
            }
            _ => ("nobody@invalid.example".to_owned(), serde_json::json!({})),
        };
        let email = recipient.parse().map_err(Error::internal)?;
        let person = Person { email: &email, name: None, merge: &merge };
        link.resolve(&targets.site, &person).map_err(|fault| {
            tracing::warn!(content_no, n, ?fault, "a tracked link leads nowhere");
            Error::NotFound
        })
    }

    async fn targets(&self, db: &PgPool, content_no: i64) -> Result<Arc<Targets>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&content_no).cloned();
        if let Some(targets) = kept {
            return Ok(targets);
        }
        let content = contents::get_by_no(db, content_no).await?.ok_or(Error::NotFound)?;
        let urls = contents::links(db, content.id).await?;
        let targets = Arc::new(Targets::new(&content, &urls)?);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(content_no, Arc::clone(&targets));
        Ok(targets)
    }
}

impl Targets {
    fn new(content: &FrozenContent, urls: &[String]) -> Result<Self> {
        let links = urls
            .iter()
            .map(|url| LinkTarget::compile(url))
            .collect::<Result<_, _>>()
            .map_err(|fault| Error::internal(format!("{fault:?}")))?;
        let site = serde_json::from_value(content.site.clone()).map_err(Error::internal)?;
        Ok(Self { site, links })
    }
}
