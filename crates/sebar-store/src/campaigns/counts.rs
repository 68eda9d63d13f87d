use sebar_domain::id::CampaignId;
use sqlx::PgExecutor;

/// What became of a campaign's messages so far, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Messages made, in whatever state.
    pub planned: i64,
    /// Taken by a relay.
    pub sent: i64,
    /// Given up.
    pub failed: i64,
    /// Held back because the address was suppressed or unsubscribed meanwhile.
    pub suppressed: i64,
    /// Held back because the campaign was cancelled.
    pub cancelled: i64,
    /// Perhaps sent: nobody can know.
    pub in_doubt: i64,
    /// People who opened (individual tracking).
    pub opened: i64,
    /// People who clicked (individual tracking).
    pub clicked: i64,
    /// Opens, however often.
    pub opens: i64,
    /// Clicks, however often.
    pub clicks: i64,
    /// People who unsubscribed by it.
    pub unsubscribed: i64,
    /// Messages that came back.
    pub bounced: i64,
    /// People who complained.
    pub complained: i64,
}

impl Counts {
    /// Messages to which nothing more happens by itself.
    pub fn done(&self) -> i64 {
        self.sent + self.failed + self.suppressed + self.cancelled + self.in_doubt
    }
}

/// The numbers of one campaign; all zero before its first message is planned.
pub async fn counts(db: impl PgExecutor<'_>, id: CampaignId) -> sqlx::Result<Counts> {
    let counts = sqlx::query_as!(
        Counts,
        "SELECT planned, sent, failed, suppressed, cancelled, in_doubt, opened, clicked, opens, clicks, unsubscribed,
                bounced, complained
           FROM campaign_counts WHERE campaign_id = $1",
        id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(counts.unwrap_or_default())
}
