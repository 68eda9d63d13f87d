//! Opens and clicks: recorded in batches, counted as they come.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};
use sebar_domain::EventKind;
use sebar_domain::id::MessageId;
use serde_json::json;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::webhooks::{self, NewEvent};

/// An open or a click by a known recipient.
#[derive(Clone, Debug)]
pub struct Hit {
    /// The message whose token came back.
    pub message: MessageId,
    /// `None`: its pixel was loaded; else the number of the link that was followed.
    pub link: Option<i32>,
    /// When.
    pub at: DateTime<Utc>,
    /// What the browser or mail reader calls itself.
    pub user_agent: String,
}

/// An open or a click by nobody in particular.
#[derive(Clone, Debug)]
pub struct AnonymousHit {
    /// The content's short name from the token.
    pub content_no: i64,
    /// As in [`Hit`].
    pub link: Option<i32>,
    /// When.
    pub at: DateTime<Utc>,
}

#[derive(Clone, Copy, Default)]
struct CampaignDelta {
    opened: i64,
    clicked: i64,
    opens: i64,
    clicks: i64,
}

/// Records a batch of hits, with the counters of their campaigns and links, in the caller's transaction.
///
/// A click counts as an open too: who follows a link has the mail open, shown pictures or not.
/// Hits of messages that are no longer stored are dropped.
pub async fn record(db: &mut PgConnection, hits: &[Hit]) -> sqlx::Result<()> {
    if hits.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = hits.iter().map(|hit| hit.message.0).collect::<HashSet<_>>().into_iter().collect();
    // Locked in order, so that two processes with the same messages wait instead of deadlocking;
    // under the lock, "first open" and "first click of this link" are exact.
    let messages = sqlx::query!(
        "SELECT id, campaign_id, content_id, opened_at, clicked_at
           FROM messages WHERE id = ANY($1) ORDER BY id FOR UPDATE",
        &ids
    )
    .fetch_all(&mut *db)
    .await?;
    let seen = sqlx::query!(
        r#"SELECT DISTINCT message_id, link AS "link!"
             FROM message_events WHERE message_id = ANY($1) AND kind = 'click' AND link IS NOT NULL"#,
        &ids
    )
    .fetch_all(&mut *db)
    .await?;
    let mut seen: HashSet<(Uuid, i32)> = seen.into_iter().map(|row| (row.message_id, row.link)).collect();
    let mut messages: HashMap<Uuid, _> = messages.into_iter().map(|row| (row.id, row)).collect();

    let mut campaigns: BTreeMap<Uuid, CampaignDelta> = BTreeMap::new();
    let mut hours = Hours::default();
    let mut links: BTreeMap<(Uuid, i32), (i64, i64)> = BTreeMap::new();
    let mut changed = HashSet::new();
    let mut events = Events::default();
    let mut told = Vec::new();
    for hit in hits {
        let Some(message) = messages.get_mut(&hit.message.0) else { continue };
        events.push(hit);
        told.push(event(hit, message.campaign_id.is_some()));
        let mut ignored = CampaignDelta::default();
        let campaign = match message.campaign_id {
            Some(id) => campaigns.entry(id).or_default(),
            None => &mut ignored,
        };
        let before = *campaign;
        if message.opened_at.is_none() {
            message.opened_at = Some(hit.at);
            changed.insert(message.id);
            campaign.opened += 1;
        }
        match hit.link {
            None => campaign.opens += 1,
            Some(link) => {
                campaign.clicks += 1;
                if message.clicked_at.is_none() {
                    message.clicked_at = Some(hit.at);
                    changed.insert(message.id);
                    campaign.clicked += 1;
                }
                let (clicks, people) = links.entry((message.content_id, link)).or_default();
                *clicks += 1;
                *people += i64::from(seen.insert((message.id, link)));
            }
        }
        if let Some(id) = message.campaign_id {
            hours.add(id, hour_of(hit.at), &before, campaign);
        }
    }

    events.insert(db).await?;
    webhooks::tell(&mut *db, &told).await?;
    hours.upsert(db).await?;
    let (ids, (opened, clicked)): (Vec<_>, (Vec<_>, Vec<_>)) =
        changed.iter().map(|id| (*id, (messages[id].opened_at, messages[id].clicked_at))).unzip();
    sqlx::query!(
        "UPDATE messages m SET opened_at = c.opened_at, clicked_at = c.clicked_at
           FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) AS c (id, opened_at, clicked_at)
          WHERE m.id = c.id AND m.id = ANY($1)",
        &ids,
        &opened as &[Option<DateTime<Utc>>],
        &clicked as &[Option<DateTime<Utc>>]
    )
    .execute(&mut *db)
    .await?;
    for (id, delta) in campaigns {
        sqlx::query!(
            "UPDATE campaign_counts
                SET opened = opened + $2, clicked = clicked + $3, opens = opens + $4, clicks = clicks + $5
              WHERE campaign_id = $1",
            id,
            delta.opened,
            delta.clicked,
            delta.opens,
            delta.clicks
        )
        .execute(&mut *db)
        .await?;
    }
    count_links(db, links).await
}

/// Adds to the counters of links.
async fn count_links(db: &mut PgConnection, links: BTreeMap<(Uuid, i32), (i64, i64)>) -> sqlx::Result<()> {
    // In the order of the map, so that two processes never wait for each other in a circle.
    for ((content, link), (clicks, people)) in links {
        sqlx::query!(
            "UPDATE content_links SET clicks = clicks + $3, people = people + $4 WHERE content_id = $1 AND n = $2",
            content,
            link,
            clicks,
            people
        )
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

/// What webhooks are told of a hit.
fn event(hit: &Hit, of_campaign: bool) -> NewEvent {
    let kind = if hit.link.is_some() { EventKind::EmailClicked } else { EventKind::EmailOpened };
    let facts = json!({ "link": hit.link, "user_agent": hit.user_agent });
    NewEvent { kind, message: hit.message, of_campaign, at: hit.at, facts }
}

/// What a batch adds to `campaign_hours`.
#[derive(Default)]
struct Hours(BTreeMap<(Uuid, DateTime<Utc>), CampaignDelta>);

impl Hours {
    fn add(&mut self, campaign: Uuid, hour: DateTime<Utc>, before: &CampaignDelta, after: &CampaignDelta) {
        let delta = self.0.entry((campaign, hour)).or_default();
        delta.opened += after.opened - before.opened;
        delta.clicked += after.clicked - before.clicked;
        delta.opens += after.opens - before.opens;
        delta.clicks += after.clicks - before.clicks;
    }

    async fn upsert(&self, db: &mut PgConnection) -> sqlx::Result<()> {
        let (campaigns, hours): (Vec<Uuid>, Vec<DateTime<Utc>>) = self.0.keys().copied().unzip();
        let column = |value: fn(&CampaignDelta) -> i64| self.0.values().map(value).collect::<Vec<_>>();
        // In the order of the map, so that two processes never wait for each other in a circle. A
        // campaign may have been deleted meanwhile.
        sqlx::query!(
            "INSERT INTO campaign_hours AS h (campaign_id, hour, opens, clicks, opened, clicked)
             SELECT d.* FROM unnest($1::uuid[], $2::timestamptz[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
                       AS d (campaign_id, hour, opens, clicks, opened, clicked)
              WHERE EXISTS (SELECT FROM campaigns c WHERE c.id = d.campaign_id)
              ORDER BY campaign_id, hour
             ON CONFLICT (campaign_id, hour) DO UPDATE
                SET opens = h.opens + excluded.opens, clicks = h.clicks + excluded.clicks,
                    opened = h.opened + excluded.opened, clicked = h.clicked + excluded.clicked",
            &campaigns,
            &hours,
            &column(|delta| delta.opens),
            &column(|delta| delta.clicks),
            &column(|delta| delta.opened),
            &column(|delta| delta.clicked)
        )
        .execute(db)
        .await?;
        Ok(())
    }
}

fn hour_of(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp(at.timestamp().div_euclid(3600) * 3600, 0).unwrap_or(at)
}

/// Columns of `message_events`, for one insert of many rows.
#[derive(Default)]
struct Events {
    message_ids: Vec<Uuid>,
    ids: Vec<Uuid>,
    links: Vec<Option<i32>>,
    times: Vec<DateTime<Utc>>,
    user_agents: Vec<String>,
}

impl Events {
    fn push(&mut self, hit: &Hit) {
        self.message_ids.push(hit.message.0);
        self.ids.push(Uuid::now_v7());
        self.links.push(hit.link);
        self.times.push(hit.at);
        self.user_agents.push(hit.user_agent.clone());
    }

    async fn insert(&self, db: &mut PgConnection) -> sqlx::Result<()> {
        sqlx::query!(
            "INSERT INTO message_events (message_id, id, kind, at, link, user_agent)
             SELECT message_id, id, CASE WHEN link IS NULL THEN 'open' ELSE 'click' END, at, link, user_agent
               FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::timestamptz[], $5::text[])
                    AS e (message_id, id, link, at, user_agent)",
            &self.message_ids,
            &self.ids,
            &self.links as &[Option<i32>],
            &self.times,
            &self.user_agents
        )
        .execute(db)
        .await?;
        Ok(())
    }
}

/// Records a batch of hits that tell nobody, in the caller's transaction.
pub async fn record_anonymous(db: &mut PgConnection, hits: &[AnonymousHit]) -> sqlx::Result<()> {
    let mut counts: BTreeMap<(i64, i32, DateTime<Utc>), i64> = BTreeMap::new();
    for hit in hits {
        *counts.entry((hit.content_no, hit.link.unwrap_or(-1), hour_of(hit.at))).or_default() += 1;
    }
    for ((no, link, hour), n) in counts {
        // In the order of the map, so that two processes never wait for each other in a circle.
        sqlx::query!(
            "WITH content AS (SELECT id FROM contents WHERE no = $1),
                  hit AS (
                      INSERT INTO anonymous_hits (content_id, hour, link, hits)
                      SELECT id, $2, $3, $4 FROM content
                      ON CONFLICT (content_id, hour, link) DO UPDATE SET hits = anonymous_hits.hits + $4),
                  link AS (
                      UPDATE content_links l SET clicks = clicks + $4
                        FROM content WHERE l.content_id = content.id AND l.n = $3)
             UPDATE campaign_counts c
                SET opens = opens + CASE WHEN $3 < 0 THEN $4 ELSE 0 END,
                    clicks = clicks + CASE WHEN $3 < 0 THEN 0 ELSE $4 END
               FROM campaigns k JOIN content ON k.content_id = content.id
              WHERE c.campaign_id = k.id",
            no,
            hour,
            link,
            n
        )
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

/// The merge data of a message, for a link whose address depends on it.
pub async fn merge_data(
    db: impl PgExecutor<'_>,
    id: MessageId,
) -> sqlx::Result<Option<(String, serde_json::Value)>> {
    let row =
        sqlx::query!("SELECT recipient, merge FROM messages WHERE id = $1", id.0).fetch_optional(db).await?;
    Ok(row.map(|row| (row.recipient, row.merge)))
}
