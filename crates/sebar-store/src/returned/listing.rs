use chrono::{DateTime, Utc};
use sebar_domain::id::{BounceId, CampaignId, MessageId, ReturnedMailId};
use sebar_domain::{BounceKind, BounceReason, MatchedBy, Road};
use sqlx::{PgExecutor, PgPool};
use uuid::Uuid;

use super::{Bounce, Mail};
use crate::archive::planned_anew;
use crate::like;

/// Of one address or message so many are shown.
const MOST_OF_ONE: i64 = 100;

struct Row {
    id: Uuid,
    kind: String,
    reason: String,
    confidence: i16,
    at: DateTime<Utc>,
    road: String,
    source: String,
    mail_id: Option<Uuid>,
    matched_by: Option<String>,
    message_id: Option<Uuid>,
    campaign_id: Option<Uuid>,
    campaign_name: Option<String>,
    contact_id: Option<Uuid>,
    trusted: bool,
    counts_as: Option<String>,
    address: String,
    final_address: String,
    enhanced_code: Option<String>,
    reply_code: Option<i16>,
    reply: String,
    reporting_mta: String,
    remote_mta: String,
}

impl From<Row> for Bounce {
    fn from(row: Row) -> Self {
        Self {
            id: BounceId(row.id),
            // The CHECKs on the columns allow no other words.
            kind: row.kind.parse().unwrap_or(BounceKind::Other),
            reason: row.reason.parse().unwrap_or(BounceReason::Unknown),
            confidence: row.confidence,
            at: row.at,
            road: row.road.parse().unwrap_or(Road::Smtp),
            source: row.source,
            mail: row.mail_id.map(ReturnedMailId),
            matched_by: row.matched_by.and_then(|by| by.parse::<MatchedBy>().ok()),
            message: row.message_id.map(MessageId),
            campaign: row.campaign_id.map(CampaignId),
            campaign_name: row.campaign_name,
            contact: row.contact_id.map(Into::into),
            trusted: row.trusted,
            counts_as: row.counts_as.and_then(|kind| kind.parse().ok()),
            address: row.address,
            final_address: row.final_address,
            enhanced_code: row.enhanced_code,
            reply_code: row.reply_code,
            reply: row.reply,
            reporting_mta: row.reporting_mta,
            remote_mta: row.remote_mta,
        }
    }
}

/// Which bounces are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// What they say.
    pub kind: Option<BounceKind>,
    /// Why.
    pub reason: Option<BounceReason>,
    /// The beginning of the address, or with an `@` before it the whole domain; empty: all.
    pub address: String,
    /// Of this campaign.
    pub campaign: Option<CampaignId>,
    /// Heard of at this time or later.
    pub from: Option<DateTime<Utc>>,
    /// Heard of before this time.
    pub until: Option<DateTime<Utc>>,
    /// Only those whose message was not found.
    pub unmatched: bool,
}

/// From where a page is read: the newest come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position<T> {
    /// The newest.
    Start,
    /// Those after (older than) this one.
    After(T),
    /// Those just before (newer than) this one.
    Before(T),
}

impl<T> Position<T> {
    /// Whether the page is read backwards, and from where.
    fn split(self) -> (bool, Option<T>) {
        match self {
            Self::Start => (false, None),
            Self::After(id) => (false, Some(id)),
            Self::Before(id) => (true, Some(id)),
        }
    }
}

/// Up to `limit` bounces from a position on, the newest first.
pub async fn listing(
    db: &PgPool,
    filter: &Filter,
    position: Position<BounceId>,
    limit: i64,
) -> sqlx::Result<Vec<Bounce>> {
    let mut db = planned_anew(db).await?;
    let address = filter.address.trim().to_lowercase();
    let (domain, prefix) = match address.strip_prefix('@') {
        Some(domain) => (Some(domain), None),
        None => (None, (!address.is_empty()).then(|| format!("{}%", like::literal(&address)))),
    };
    let (backwards, from) = position.split();
    let ids = sqlx::query_scalar!(
        "SELECT id FROM bounces
          WHERE ($1::text IS NULL OR kind = $1) AND ($2::text IS NULL OR reason = $2)
            AND ($3::text IS NULL OR domain = $3) AND ($4::text IS NULL OR address LIKE $4)
            AND ($5::uuid IS NULL OR campaign_id = $5)
            AND ($6::timestamptz IS NULL OR id >= uuid_floor($6))
            AND ($7::timestamptz IS NULL OR id < uuid_floor($7))
            AND (NOT $8 OR message_id IS NULL)
            AND ($9::uuid IS NULL OR CASE WHEN $10 THEN id > $9 ELSE id < $9 END)
          ORDER BY CASE WHEN $10 THEN id END, CASE WHEN NOT $10 THEN id END DESC LIMIT $11",
        filter.kind.map(BounceKind::as_str),
        filter.reason.map(BounceReason::as_str),
        domain,
        prefix,
        filter.campaign.map(|campaign| campaign.0),
        filter.from,
        filter.until,
        filter.unmatched,
        from.map(|id| id.0),
        backwards,
        limit
    )
    .fetch_all(&mut *db)
    .await?;
    let bounces = all(&mut *db, &ids).await?;
    db.commit().await?;
    Ok(bounces)
}

/// Bounces by their ids, the newest first.
async fn all(db: impl PgExecutor<'_>, ids: &[Uuid]) -> sqlx::Result<Vec<Bounce>> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT b.id, b.kind, b.reason, b.confidence, b.at, b.road, b.source, b.mail_id, b.matched_by, b.message_id,
                  b.campaign_id, c.name AS "campaign_name?", b.contact_id, b.trusted, b.counts_as, b.address,
                  b.final_address, b.enhanced_code, b.reply_code, b.reply, b.reporting_mta, b.remote_mta
             FROM bounces b LEFT JOIN campaigns c ON c.id = b.campaign_id
            WHERE b.id = ANY($1) ORDER BY b.id DESC"#,
        ids
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Bounce::from).collect())
}

/// One bounce.
pub async fn find(db: impl PgExecutor<'_>, id: BounceId) -> sqlx::Result<Option<Bounce>> {
    Ok(all(db, &[id.0]).await?.pop())
}

/// What a bounce names and is there still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct There {
    /// Its message: months that are over are dropped.
    pub message: bool,
    /// Its contact.
    pub contact: bool,
}

/// What a bounce names and is there still.
pub async fn there(db: impl PgExecutor<'_>, bounce: &Bounce) -> sqlx::Result<There> {
    sqlx::query_as!(
        There,
        r#"SELECT EXISTS (SELECT FROM messages WHERE id = $1) AS "message!",
                  EXISTS (SELECT FROM contacts WHERE id = $2) AS "contact!""#,
        bounce.message.map(|id| id.0),
        bounce.contact.map(|id| id.0)
    )
    .fetch_one(db)
    .await
}

/// What came back about a message, the oldest first.
pub async fn of_message(db: impl PgExecutor<'_> + Copy, id: MessageId) -> sqlx::Result<Vec<Bounce>> {
    let ids = sqlx::query_scalar!(
        "SELECT id FROM bounces WHERE message_id = $1 ORDER BY id LIMIT $2",
        id.0,
        MOST_OF_ONE
    );
    let mut bounces = all(db, &ids.fetch_all(db).await?).await?;
    bounces.reverse();
    Ok(bounces)
}

/// What came back from an address, the newest first.
pub async fn of_address(db: impl PgExecutor<'_> + Copy, email: &str) -> sqlx::Result<Vec<Bounce>> {
    let ids = sqlx::query_scalar!(
        "SELECT id FROM bounces WHERE address = lower($1) ORDER BY id DESC LIMIT $2",
        email,
        MOST_OF_ONE
    );
    all(db, &ids.fetch_all(db).await?).await
}

/// What a mail said, address by address.
pub async fn of_mail(db: impl PgExecutor<'_> + Copy, id: ReturnedMailId) -> sqlx::Result<Vec<Bounce>> {
    let ids = sqlx::query_scalar!(
        "SELECT id FROM bounces WHERE mail_id = $1 ORDER BY id LIMIT $2",
        id.0,
        MOST_OF_ONE
    );
    all(db, &ids.fetch_all(db).await?).await
}

struct MailRow {
    id: Uuid,
    road: String,
    kind: String,
    envelope_to: String,
    sender: String,
    subject: String,
    size: i64,
}

impl From<MailRow> for Mail {
    fn from(row: MailRow) -> Self {
        Self {
            id: ReturnedMailId(row.id),
            road: row.road.parse().unwrap_or(Road::Smtp),
            kind: row.kind.parse().unwrap_or(BounceKind::NotBounce),
            envelope_to: row.envelope_to,
            sender: row.sender,
            subject: row.subject,
            size: row.size,
        }
    }
}

/// Up to `limit` mails of a kind, the newest first: [`BounceKind::NotBounce`] are those that were not
/// recognised as anything, kept for a person to read.
pub async fn mails(
    db: &PgPool,
    kind: Option<BounceKind>,
    position: Position<ReturnedMailId>,
    limit: i64,
) -> sqlx::Result<Vec<Mail>> {
    let mut db = planned_anew(db).await?;
    let (backwards, from) = position.split();
    let rows = sqlx::query_as!(
        MailRow,
        r#"SELECT id AS "id!", road AS "road!", kind AS "kind!", envelope_to AS "envelope_to!", sender AS "sender!",
                  subject AS "subject!", octet_length(raw)::bigint AS "size!"
             FROM (SELECT * FROM returned_mails
                    WHERE ($1::text IS NULL OR kind = $1)
                      AND ($2::uuid IS NULL OR CASE WHEN $3 THEN id > $2 ELSE id < $2 END)
                    ORDER BY CASE WHEN $3 THEN id END, CASE WHEN NOT $3 THEN id END DESC LIMIT $4) page
            ORDER BY id DESC"#,
        kind.map(BounceKind::as_str),
        from.map(|id| id.0),
        backwards,
        limit
    )
    .fetch_all(&mut *db)
    .await?;
    db.commit().await?;
    Ok(rows.into_iter().map(Mail::from).collect())
}

/// One mail.
pub async fn mail(db: impl PgExecutor<'_>, id: ReturnedMailId) -> sqlx::Result<Option<Mail>> {
    let row = sqlx::query_as!(
        MailRow,
        r#"SELECT id, road, kind, envelope_to, sender, subject, octet_length(raw)::bigint AS "size!"
             FROM returned_mails WHERE id = $1"#,
        id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(Mail::from))
}

/// The bytes of a mail, as they came.
pub async fn raw(db: impl PgExecutor<'_>, id: ReturnedMailId) -> sqlx::Result<Option<Vec<u8>>> {
    sqlx::query_scalar!("SELECT raw FROM returned_mails WHERE id = $1", id.0).fetch_optional(db).await
}
