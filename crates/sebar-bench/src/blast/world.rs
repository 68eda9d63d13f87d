//! The world of the benchmark: a relay, an audience, a campaign of some 10 KB.

use std::fmt::Write as _;
use std::time::Duration;

use anyhow::{Context as _, Result};
use sebar_compose::{COMPOSER, Content};
use sebar_domain::id::{CampaignId, ContentId, ListId, UserId};
use sebar_domain::{Authentication, FrozenContent, Scope, Security, Tracking};
use sebar_store::api_keys::{self, NewApiKey, Secret};
use sebar_store::campaigns::{self, Campaign};
use sebar_store::keys::MasterKey;
use sebar_store::relays::{self, RelaySettings};
use sebar_store::{contents, recount};
use sqlx::PgPool;

use super::sender::KEY;

/// Adds the sink as a relay; without `per_second` it takes all that comes.
pub(crate) async fn add_relay(
    db: &PgPool,
    port: u16,
    connections: u32,
    per_second: Option<f64>,
) -> Result<()> {
    let settings = RelaySettings {
        name: "sink".to_owned(),
        preset: "custom".to_owned(),
        host: "127.0.0.1".to_owned(),
        port,
        security: Security::None,
        authentication: Authentication::None,
        username: String::new(),
        ca_pem: None,
        from_allowed: Vec::new(),
        per_second,
        per_minute: None,
        per_hour: None,
        per_day: None,
        connections,
        per_connection: relays::PER_CONNECTION,
        warm_up: None,
    };
    let mut tx = db.begin().await?;
    relays::create(&mut tx, &MasterKey::new(KEY), &settings, None).await?;
    tx.commit().await?;
    Ok(())
}

/// Makes a list of `p1@example.com` to `pN@example.com`, with attributes.
pub(crate) async fn add_people(db: &PgPool, n: u32) -> Result<ListId> {
    let list = ListId::new();
    // A fixture: the same rows as an import leaves, made in one statement each.
    sqlx::query("INSERT INTO lists (id, name) VALUES ($1, 'Bench')").bind(list.0).execute(db).await?;
    sqlx::query(
        "INSERT INTO contacts (id, email, name, attributes)
         SELECT gen_random_uuid(), 'p' || i || '@example.com', 'Budi Santoso ' || i,
                jsonb_build_object('city', 'Bogor', 'plan', 'gold', 'points', i, 'birthday', '1990-01-01')
           FROM generate_series(1, $1) i",
    )
    .bind(i32::try_from(n)?)
    .execute(db)
    .await?;
    sqlx::query("INSERT INTO list_members (list_id, contact_id) SELECT $1, id FROM contacts")
        .bind(list.0)
        .execute(db)
        .await?;
    sqlx::query("VACUUM ANALYZE contacts, list_members").execute(db).await?;
    Ok(list)
}

/// HTML of some 8 KB with five links and four variables; with its text part about 10 KB of mail.
fn html() -> String {
    let mut html = String::from(
        "<!doctype html><html><body style=\"font-family:sans-serif\"><h1>Halo {{ first_name }}</h1>\
         <p>Kota {{ city }}, paket {{ plan }}, poin {{ points }}.</p>",
    );
    for n in 1..=5 {
        // Writing to a String cannot fail.
        let _ = write!(html, "<p><a href=\"https://shop.example.com/item/{n}?from=mail\">Barang {n}</a></p>");
    }
    while html.len() < 7_000 {
        html.push_str("<p style=\"margin:0 0 12px\">Penawaran minggu ini: gratis ongkos kirim untuk semua pesanan.</p>\n");
    }
    html.push_str("<p><a href=\"{{ unsubscribe_url }}\">Berhenti berlangganan</a></p></body></html>");
    html
}

/// Starts the campaign.
pub(crate) async fn start_campaign(db: &PgPool, list: ListId, size: u32) -> Result<CampaignId> {
    let frozen = FrozenContent {
        id: ContentId::new(),
        no: 0,
        composer: COMPOSER,
        subject: "{{ first_name }}, penawaran minggu ini".to_owned(),
        preheader: "Gratis ongkos kirim".to_owned(),
        html: html(),
        text: None,
        from_name: "Toko Maju".to_owned(),
        from_email: "news@example.com".parse()?,
        reply_to: None,
        tracking: Tracking::Individual,
        site: serde_json::json!({
            "public_url": "https://mail.example.com", "company": "Toko Maju", "company_address": "Bogor",
            "message_id_domain": null, "unsubscribe_domain": null,
        }),
    };
    let compiled = Content::from(&frozen).compile(1).map_err(|faults| anyhow::anyhow!("{faults:?}"))?;
    let links: Vec<String> = compiled.links().iter().map(|link| link.template.clone()).collect();
    let campaign = campaigns::create(db, "Blast", None).await?;
    campaigns::set_audience(db, campaign, &[list], &[]).await?;
    let mut tx = db.begin().await?;
    let (content, _) = contents::freeze(&mut tx, &frozen, None, &links).await?;
    campaigns::start(&mut tx, campaign, content, size.into()).await?;
    tx.commit().await?;
    Ok(campaign)
}

/// Waits until the campaign is sent.
pub(crate) async fn until_sent(db: &PgPool, id: CampaignId) -> Result<Campaign> {
    loop {
        let campaign = campaigns::get(db, id).await?.context("the campaign is gone")?;
        if campaign.state.is_over() {
            let differences = recount::recount(db).await?.differences;
            anyhow::ensure!(differences.is_empty(), "the counters differ from a recount: {differences:?}");
            return Ok(campaign);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Seconds from the start to the last recorded outcome, and the mean size of a message.
pub(crate) async fn duration(db: &PgPool, id: CampaignId) -> Result<(f64, f64)> {
    Ok(sqlx::query_as(
        "SELECT extract(epoch FROM max(m.finished_at) - min(c.started_at))::float8, avg(m.size)::float8
           FROM messages m JOIN campaigns c ON c.id = m.campaign_id WHERE c.id = $1",
    )
    .bind(id.0)
    .fetch_one(db)
    .await?)
}

/// How many of these people got nothing although nothing says so: their message is neither in doubt
/// nor failed.
pub(crate) async fn unexplained(db: &PgPool, campaign: CampaignId, missing: &[u32]) -> Result<i64> {
    let emails: Vec<String> = missing.iter().map(|n| format!("p{n}@example.com")).collect();
    let explained: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM messages
          WHERE campaign_id = $1 AND state IN ('in_doubt', 'failed') AND recipient = ANY($2)",
    )
    .bind(campaign.0)
    .bind(&emails)
    .fetch_one(db)
    .await
    .context("the messages cannot be counted")?;
    Ok(i64::try_from(missing.len())? - explained)
}

/// A key with which a program may do everything.
pub(crate) async fn api_key(db: &PgPool) -> Result<String> {
    let secret = Secret::new()?;
    let key = NewApiKey {
        name: "bench".to_owned(),
        scopes: Scope::ALL.to_vec(),
        from_domains: Vec::new(),
        networks: Vec::new(),
        per_minute: None,
        expires_at: None,
    };
    api_keys::create(db, &secret, &key, UserId::new()).await?;
    Ok(secret.reveal().to_owned())
}
