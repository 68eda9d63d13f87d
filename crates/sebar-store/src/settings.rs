//! What holds for the whole installation.

use chrono::{DateTime, Utc};
use sebar_domain::{Address, Policy, Stream, Tracking};
use sqlx::PgExecutor;

/// The one row of settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Name of the company, as its customers know it.
    pub company: String,
    /// Postal address for the footer of mails (many laws want it).
    pub company_address: String,
    /// IANA time zone in which the company works.
    pub time_zone: String,
    /// Sender's name that new campaigns begin with.
    pub from_name: String,
    /// Sender's address that new campaigns begin with.
    pub from_email: String,
    /// Tracking that new campaigns begin with.
    pub tracking: Tracking,
}

/// Reads the settings.
pub async fn get(db: impl PgExecutor<'_>) -> sqlx::Result<Settings> {
    let row = sqlx::query!(
        "SELECT company, company_address, time_zone, from_name, from_email, tracking FROM settings"
    )
    .fetch_one(db)
    .await?;
    Ok(Settings {
        company: row.company,
        company_address: row.company_address,
        time_zone: row.time_zone,
        from_name: row.from_name,
        from_email: row.from_email,
        // The CHECK on the column allows no other word.
        tracking: row.tracking.parse().unwrap_or(Tracking::Off),
    })
}

/// Stores the settings.
pub async fn set(db: impl PgExecutor<'_>, settings: &Settings) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE settings
            SET company = $1, company_address = $2, time_zone = $3, from_name = $4, from_email = $5,
                tracking = $6, updated_at = now()",
        settings.company,
        settings.company_address,
        settings.time_zone,
        settings.from_name,
        settings.from_email,
        settings.tracking.as_str()
    )
    .execute(db)
    .await?;
    Ok(())
}

/// How the installation sends, whatever the campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// For mail of campaigns.
    pub campaigns: Policy,
    /// For single mails: those of programs, and tests.
    pub single: Policy,
    /// A campaign pauses itself when so many in a hundred of its latest answers are refusals by
    /// policy. `None`: never.
    pub block_percent: Option<i16>,
    /// For how many months messages are kept. `None`: for ever.
    pub keep_months: Option<i16>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            campaigns: Policy::AtMostOnce,
            single: Policy::AtLeastOnce,
            block_percent: Some(20),
            keep_months: None,
        }
    }
}

impl Rules {
    /// The policy of a stream.
    pub fn policy(&self, stream: Stream) -> Policy {
        match stream {
            Stream::Campaign => self.campaigns,
            Stream::Transactional | Stream::Test => self.single,
        }
    }
}

/// Reads how the installation sends.
pub async fn rules(db: impl PgExecutor<'_>) -> sqlx::Result<Rules> {
    let row = sqlx::query!("SELECT campaign_policy, single_policy, block_percent, keep_months FROM settings")
        .fetch_one(db)
        .await?;
    Ok(Rules {
        // The CHECKs on the columns allow no other words.
        campaigns: row.campaign_policy.parse().unwrap_or(Policy::AtMostOnce),
        single: row.single_policy.parse().unwrap_or(Policy::AtMostOnce),
        block_percent: row.block_percent,
        keep_months: row.keep_months,
    })
}

/// Stores how the installation sends.
pub async fn set_rules(db: impl PgExecutor<'_>, rules: &Rules) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE settings
            SET campaign_policy = $1, single_policy = $2, block_percent = $3, keep_months = $4, updated_at = now()",
        rules.campaigns.as_str(),
        rules.single.as_str(),
        rules.block_percent,
        rules.keep_months
    )
    .execute(db)
    .await?;
    Ok(())
}

/// For so many days mail is taken for a return path that was left: servers try for five, and people come
/// back from a holiday.
const FORMER_DAYS: i32 = 30;
/// Of so many of them.
const FORMER_MOST: i64 = 20;

/// Where mail comes back to, and what follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Returns {
    /// Where mail that cannot be delivered goes back to. `None`: to the sender's address.
    pub return_path: Option<Address>,
    /// Whether each message has a mark of its own in it: `bounces+MARK@example.com`.
    pub marked: bool,
    /// So many soft bounces within [`Returns::soft_days`] suppress an address. `None`: never.
    pub soft_bounces: Option<i16>,
    /// Days within which soft bounces add up.
    pub soft_days: i16,
}

impl Default for Returns {
    fn default() -> Self {
        Self { return_path: None, marked: true, soft_bounces: Some(5), soft_days: 30 }
    }
}

/// Reads where mail comes back to, and what follows.
pub async fn returns(db: impl PgExecutor<'_>) -> sqlx::Result<Returns> {
    let row = sqlx::query!("SELECT return_path, return_path_marked, soft_bounces, soft_days FROM settings")
        .fetch_one(db)
        .await?;
    Ok(Returns {
        return_path: row.return_path.parse().ok(),
        marked: row.return_path_marked,
        soft_bounces: row.soft_bounces,
        soft_days: row.soft_days,
    })
}

/// Return paths that were left less than [`FORMER_DAYS`] ago, the last first, and until when mail is taken
/// for them.
pub async fn former_return_paths(db: impl PgExecutor<'_>) -> sqlx::Result<Vec<(Address, DateTime<Utc>)>> {
    let rows = sqlx::query!(
        r#"SELECT address, left_at + make_interval(days => $1) AS "until!" FROM former_return_paths
            WHERE left_at > now() - make_interval(days => $1) ORDER BY left_at DESC LIMIT $2"#,
        FORMER_DAYS,
        FORMER_MOST
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().filter_map(|row| Some((row.address.parse().ok()?, row.until))).collect())
}

/// Forgets return paths for which no mail is taken any more.
pub async fn forget_return_paths(db: impl PgExecutor<'_>) -> sqlx::Result<()> {
    sqlx::query!(
        "DELETE FROM former_return_paths WHERE left_at <= now() - make_interval(days => $1)",
        FORMER_DAYS
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Stores where mail comes back to, and what follows. The return path that it had is kept for the mails
/// that are on their way back to it.
pub async fn set_returns(db: impl PgExecutor<'_>, returns: &Returns) -> sqlx::Result<()> {
    sqlx::query!(
        "WITH before AS (SELECT return_path FROM settings),
              left_now AS (
                  INSERT INTO former_return_paths (address)
                  SELECT return_path FROM before WHERE return_path NOT IN ('', $1)
                  ON CONFLICT (address) DO UPDATE SET left_at = now()),
              taken_again AS (DELETE FROM former_return_paths WHERE address = $1)
         UPDATE settings
            SET return_path = $1, return_path_marked = $2, soft_bounces = $3, soft_days = $4, updated_at = now()",
        returns.return_path.as_ref().map_or("", Address::as_str),
        returns.marked,
        returns.soft_bounces,
        returns.soft_days
    )
    .execute(db)
    .await?;
    Ok(())
}
