//! Pauses campaigns that are blocked by policy: to go on would only make our reputation worse.

use std::collections::{HashMap, VecDeque};

use sebar_domain::Reason;
use sebar_domain::id::CampaignId;
use sebar_store::campaigns::{self, Blocked};
use sebar_store::record::{Next, Outcome};
use tracing::{error, warn};

use crate::shared::Shared;

/// So many of a campaign's latest answers are looked at.
const RECENT: usize = 100;
/// Fewer say nothing.
const ENOUGH: usize = 30;

/// The latest answers of campaigns: whether they were refusals by policy, and the last of those.
#[derive(Debug, Default)]
pub(crate) struct Blocks(HashMap<CampaignId, (VecDeque<bool>, String)>);

impl Blocks {
    /// Notes what became of a message.
    pub(crate) fn note(&mut self, campaign: CampaignId, outcome: &Outcome) {
        let Some(attempt) = &outcome.attempt else { return };
        let is_blocked = matches!(
            outcome.next,
            Next::Failed { reason: Reason::Policy, .. } | Next::Later { reason: Reason::Policy, .. }
        );
        let (recent, last) = self.0.entry(campaign).or_default();
        if recent.len() == RECENT {
            recent.pop_front();
        }
        recent.push_back(is_blocked);
        if is_blocked {
            *last = attempt.reply.as_ref().map_or_else(|| attempt.fault.clone(), ToString::to_string);
        }
    }

    /// Takes out the campaigns of whose latest answers `percent` in a hundred were refusals by policy.
    fn too_many(&mut self, percent: i16) -> Vec<(CampaignId, Blocked)> {
        let percent = usize::try_from(percent).unwrap_or(100);
        let blocked = |recent: &VecDeque<bool>| recent.iter().filter(|is_blocked| **is_blocked).count();
        self.0
            .extract_if(|_, (recent, _)| {
                recent.len() >= ENOUGH && blocked(recent) * 100 >= percent * recent.len()
            })
            .map(|(campaign, (recent, answer))| {
                let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
                (campaign, Blocked { blocked: number(blocked(&recent)), of: number(recent.len()), answer })
            })
            .collect()
    }

    /// Pauses the campaigns that are blocked too often.
    pub(crate) async fn pause(&mut self, shared: &Shared) {
        let (percent, sending) = {
            let board = shared.board.borrow();
            (board.rules.block_percent, board.campaigns.iter().map(|one| one.id).collect::<Vec<_>>())
        };
        // One that is paused begins anew.
        self.0.retain(|campaign, _| sending.contains(campaign));
        let Some(percent) = percent else { return };
        for (campaign, why) in self.too_many(percent) {
            warn!(%campaign, blocked = why.blocked, of = why.of, why.answer, "blocked by policy: it is paused");
            if let Err(fault) = pause(shared, campaign, &why).await {
                error!(%fault, "a campaign that is blocked could not be paused");
            }
        }
    }
}

async fn pause(shared: &Shared, campaign: CampaignId, why: &Blocked) -> sqlx::Result<()> {
    let mut tx = shared.db.begin().await?;
    campaigns::pause_itself(&mut tx, campaign, why).await?;
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use chrono::Utc;
    use sebar_domain::id::{MessageId, RelayId};
    use sebar_domain::{AttemptOutcome, Phase};
    use sebar_store::record::Attempt;

    use super::*;

    fn outcome(next: Next) -> Outcome {
        let attempt = Attempt {
            relay: RelayId::new(),
            started_at: Utc::now(),
            duration_ms: 1,
            outcome: AttemptOutcome::Failed,
            phase: Phase::Rcpt,
            reply: None,
            fault: "550 5.7.1 Blocked".to_owned(),
        };
        Outcome { message: MessageId::new(), next, attempt: Some(attempt) }
    }

    #[test]
    fn only_the_latest_answers_count_and_few_say_nothing() {
        let (mut blocks, campaign) = (Blocks::default(), CampaignId::new());
        let note = |blocks: &mut Blocks, reason, times| {
            for _ in 0..times {
                blocks.note(campaign, &outcome(Next::Failed { reason, note: None }));
            }
        };
        note(&mut blocks, Reason::Policy, ENOUGH - 1);
        assert!(blocks.too_many(20).is_empty(), "too few to tell");
        note(&mut blocks, Reason::RecipientUnknown, 2 * RECENT);
        note(&mut blocks, Reason::Policy, 19);
        assert!(blocks.too_many(20).is_empty(), "long ago");
        note(&mut blocks, Reason::Policy, 1);
        let found = blocks.too_many(20);
        let why = Blocked { blocked: 20, of: 100, answer: "550 5.7.1 Blocked".to_owned() };
        assert_eq!(found, [(campaign, why)]);
        assert!(blocks.too_many(20).is_empty(), "it begins anew");
    }
}
