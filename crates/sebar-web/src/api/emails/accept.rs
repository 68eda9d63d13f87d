//! Emails of requests that come together are stored together: one transaction, one commit.

use std::collections::BTreeMap;

use sebar_store::blobs;
use sebar_store::emails::{self, Answered, Idempotency, NewEmail};
use sebar_together::Together;
use serde_json::Value;
use sqlx::PgPool;

use super::check::Checked;
use super::send::refused_or;
use crate::api::error::{Refusal, Result};
use crate::foundation::app::App;

/// Groups under way at once. With more each would be smaller, and a transaction costs as much as some
/// ten emails in it; and transactions that notify commit one after the other.
const AT_ONCE: usize = 1;
/// What one group brings to the database at most, in bytes, unless one request alone brings more.
const MOST: usize = 8 << 20;
/// What an email takes beside its own bytes.
const BESIDE: usize = 4 << 10;

/// A request whose emails are checked.
pub(crate) struct Handed {
    checked: Vec<Checked>,
    request: Option<Idempotency>,
    answer: Value,
}

/// Stores the emails of requests.
pub(crate) type Accepting = Together<Handed, Result<Value>>;

/// As [`App`] holds it.
pub(crate) fn accepting() -> Accepting {
    Together::new(AT_ONCE, MOST, |handed| {
        let files = |one: &Checked| one.files.iter().map(|file| file.content.len()).sum::<usize>();
        handed.checked.iter().map(|one| BESIDE + one.email.mime.len() + files(one)).sum()
    })
}

/// Stores checked emails and the answer to their request, all or nothing, and gives that answer; or the
/// one that the same request had before.
pub(super) async fn carry_out(
    app: &App,
    request: Option<Idempotency>,
    checked: Vec<Checked>,
    answer: Value,
) -> Result<Value> {
    let db = app.accepting_db.clone();
    let work = move |group: Vec<Handed>| {
        let db = db.clone();
        async move { accept(&db, &group).await }
    };
    let done = app.accepting.ask(Handed { checked, request, answer }, work).await;
    done.ok_or_else(|| Refusal::internal("emails could not be stored"))?
}

/// Answers a group. What fails together is tried one by one: nobody suffers for another's email.
async fn accept(db: &PgPool, group: &[Handed]) -> Vec<Result<Value>> {
    let mut answers = Vec::with_capacity(group.len());
    match store(db, group).await {
        Ok(known) => answers.extend(group.iter().zip(known).map(answer)),
        Err(fault) if group.len() > 1 => {
            tracing::warn!(%fault, "emails cannot be stored together, and are stored one by one");
            for handed in group {
                let known = store(db, std::slice::from_ref(handed)).await;
                let known = known.map(|known| known.into_iter().next().unwrap_or(Answered::New));
                answers.push(known.map_err(Refusal::from).and_then(|known| answer((handed, known))));
            }
        }
        Err(fault) => answers.push(Err(fault.into())),
    }
    answers
}

fn answer((handed, known): (&Handed, Answered)) -> Result<Value> {
    Ok(refused_or(known)?.unwrap_or_else(|| handed.answer.clone()))
}

/// Stores those requests of a group that are new. What was known of each.
async fn store(db: &PgPool, group: &[Handed]) -> sqlx::Result<Vec<Answered>> {
    let is_plain = |one: &Handed| one.request.is_none() && one.checked.iter().all(|one| one.files.is_empty());
    if group.iter().all(is_plain) {
        // One statement is a transaction by itself.
        let mails: Vec<&NewEmail> =
            group.iter().flat_map(|one| &one.checked).map(|checked| &checked.email).collect();
        emails::accept(&mut *db.acquire().await?, &mails).await?;
        return Ok(vec![Answered::New; group.len()]);
    }
    let mut tx = db.begin().await?;
    let requests: Vec<&Idempotency> = group.iter().filter_map(|handed| handed.request.as_ref()).collect();
    let mut known = emails::look_up(&mut tx, &requests).await?.into_iter();
    let known: Vec<Answered> = group
        .iter()
        .map(|handed| handed.request.as_ref().and_then(|_| known.next()).unwrap_or(Answered::New))
        .collect();
    let new = || group.iter().zip(&known).filter(|(_, known)| **known == Answered::New).map(|(one, _)| one);
    let files = new().flat_map(|handed| &handed.checked).flat_map(|one| &one.files);
    let files: BTreeMap<_, _> = files.map(|file| (file.digest, file.content.as_slice())).collect();
    blobs::keep(&mut tx, &files).await?;
    let mails: Vec<&NewEmail> =
        new().flat_map(|handed| &handed.checked).map(|checked| &checked.email).collect();
    if !mails.is_empty() {
        emails::accept(&mut tx, &mails).await?;
    }
    let answers: Vec<_> =
        new().filter_map(|handed| Some((handed.request.as_ref()?, &handed.answer))).collect();
    emails::store(&mut *tx, &answers).await?;
    tx.commit().await?;
    Ok(known)
}
