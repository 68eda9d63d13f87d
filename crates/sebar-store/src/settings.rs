//! What holds for the whole installation.

use sebar_domain::Tracking;
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
