//! Deals with what a sender held when it ended: by its journal where that is at hand.
//!
//! What ended is recorded as it ended; what had begun and did not end follows its stream (in doubt,
//! or sent again); the rest was shown to nobody and goes back to the queue at once. Without a journal,
//! or when it may lack its last lines, everything that did not end counts as begun.

use std::path::Path;

use chrono::Utc;
use sebar_domain::id::SenderId;
use sebar_domain::{AttemptOutcome, Phase, Reason};
use sebar_store::queue;
use sebar_store::record::{self, Attempt, Next, Outcome};
use sebar_store::returned;
use sebar_store::senders::{self, Held};
use sqlx::{PgConnection, PgPool};
use tracing::{error, warn};

use crate::journal::{self, Account, Begin, Entry};
use crate::refusals;

/// Most outcomes in one statement.
const BATCH: usize = 500;

/// Takes over, at once, from senders of this host that are dead.
pub(crate) async fn dead_neighbours(db: &PgPool, journals: &Path) -> sqlx::Result<()> {
    for sender in journal::all(journals).map_err(sqlx::Error::Io)? {
        let folder = journal::folder(journals, sender);
        let Some(_lock) = journal::take(&folder).map_err(sqlx::Error::Io)? else { continue };
        let mut tx = db.begin().await?;
        if !senders::end(&mut *tx, sender).await? {
            // Of another database.
            continue;
        }
        let in_doubt = settle(&mut tx, Some(journals), sender).await?;
        tx.commit().await?;
        warn!(%sender, in_doubt, "a sender on this host died; its journal was settled");
        forget(journals, sender);
    }
    Ok(())
}

/// Deals with what a sender held, whose lease has ended in this transaction. Returns how many of its
/// messages are in doubt.
pub(crate) async fn settle(
    db: &mut PgConnection,
    journals: Option<&Path>,
    sender: SenderId,
) -> sqlx::Result<u64> {
    let account = journals.and_then(|journals| account(journals, sender));
    let Some(account) = account else { return senders::release(db, sender).await };
    let mut in_doubt = 0;
    let mut outcomes = Vec::new();
    for held in senders::held(&mut *db, sender).await? {
        if let Some(outcome) = outcome(&held, &account) {
            in_doubt += u64::from(matches!(outcome.next, Next::InDoubt { .. }));
            outcomes.push(outcome);
        }
    }
    for batch in outcomes.chunks(BATCH) {
        record::record(&mut *db, sender, batch).await?;
        returned::record(&mut *db, &[], &refusals::of(batch, |_| String::new())).await?;
    }
    queue::wake(&mut *db).await?;
    Ok(in_doubt + senders::release(db, sender).await?)
}

fn account(journals: &Path, sender: SenderId) -> Option<Account> {
    match journal::read(&journal::folder(journals, sender)) {
        Ok(account) => account,
        Err(fault) => {
            error!(%fault, %sender, "its journal cannot be read: what it held counts as begun");
            None
        }
    }
}

/// Removes a journal that has been settled.
pub(crate) fn forget(journals: &Path, sender: SenderId) {
    if let Err(fault) = journal::remove(&journal::folder(journals, sender)) {
        warn!(%fault, %sender, "a journal cannot be removed");
    }
}

/// What becomes of a message; `None`: nothing tells whether it had begun.
fn outcome(held: &Held, account: &Account) -> Option<Outcome> {
    let back = Outcome { message: held.id, next: Next::Back, attempt: None };
    match account.last.get(&held.id) {
        // It may have been recorded, and the message claimed again since.
        Some(Entry::End(outcome)) if is_recorded(outcome, held) => Some(back),
        Some(Entry::End(outcome)) => Some(outcome.clone()),
        Some(Entry::Begin(begin)) => Some(unknown(held, begin)),
        None => account.complete.then_some(back),
    }
}

fn is_recorded(outcome: &Outcome, held: &Held) -> bool {
    outcome.attempt.as_ref().is_some_and(|attempt| Some(attempt.started_at) <= held.last_attempt)
}

fn unknown(held: &Held, begin: &Begin) -> Outcome {
    let next = if held.may_repeat {
        Next::Later { due_at: Utc::now(), reason: Reason::SenderDied }
    } else {
        Next::InDoubt { digest: begin.digest, size: begin.size }
    };
    Outcome { message: held.id, next, attempt: Some(open(begin)) }
}

/// The conversation that nobody saw the end of.
fn open(begin: &Begin) -> Attempt {
    Attempt {
        relay: begin.relay,
        started_at: begin.at,
        duration_ms: 0,
        outcome: AttemptOutcome::InDoubt,
        phase: Phase::EndOfData,
        reply: None,
        fault: "the sender was killed during the conversation".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use sebar_domain::id::{MessageId, RelayId};

    use super::*;

    #[test]
    fn what_a_dead_sender_held_ends_by_what_its_journal_says() {
        let begin =
            |message| Begin { message, relay: RelayId::new(), at: Utc::now(), digest: [1; 32], size: 10 };
        let (ended, open, untouched) = (MessageId::new(), MessageId::new(), MessageId::new());
        let next = Next::Sent { digest: [1; 32], size: 10 };
        let sent = Outcome { message: ended, next, attempt: Some(super::open(&begin(ended))) };
        let last = HashMap::from([(ended, Entry::End(sent)), (open, Entry::Begin(begin(open)))]);
        let said = |message, may_repeat, last_attempt, complete| {
            let account = Account { last: last.clone(), complete };
            match outcome(&Held { id: message, may_repeat, last_attempt }, &account).map(|of| of.next) {
                Some(Next::Sent { .. }) => "sent",
                Some(Next::InDoubt { .. }) => "in doubt",
                Some(Next::Later { .. }) => "later",
                Some(Next::Back | Next::Held { .. } | Next::Elsewhere { .. }) => "back",
                Some(Next::Failed { .. } | Next::Suppressed { .. }) => "failed",
                None => "unknown",
            }
        };
        for (complete, message, may_repeat, expected) in [
            (true, ended, false, "sent"),
            (false, ended, true, "sent"),
            (true, open, false, "in doubt"),
            (true, open, true, "later"),
            (false, open, false, "in doubt"),
            (true, untouched, false, "back"),
            (true, untouched, true, "back"),
            (false, untouched, false, "unknown"),
        ] {
            let said = said(message, may_repeat, None, complete);
            assert_eq!(said, expected, "complete {complete}, may repeat {may_repeat}");
        }
        assert_eq!(said(ended, false, Some(Utc::now()), true), "back", "recorded, and claimed again since");
    }
}
