//! Postgres: every SQL statement of the project, one module per subject.
//!
//! Functions take an executor (`&PgPool`, `&mut PgConnection`) and say by their name what the
//! caller wants. Statements are checked against the schema when this crate is compiled; the
//! answers of that check are committed in `.sqlx`, so that building needs no database.
pub mod actor;
pub mod api_keys;
pub mod archive;
pub mod audience;
pub mod audit;
pub mod blobs;
pub mod campaigns;
pub mod caught;
pub mod consent;
pub mod contact_events;
pub mod contacts;
pub mod contents;
pub mod control;
pub mod conversations;
pub mod domain_rules;
pub mod emails;
pub mod hits;
pub mod hooks;
pub mod imports;
pub mod keys;
mod like;
pub mod lists;
pub mod mailboxes;
pub mod overview;
pub mod pace;
pub mod partitions;
pub mod plan;
pub mod queue;
pub mod record;
pub mod recount;
pub mod relays;
pub mod report;
pub mod returned;
pub mod routing;
pub mod senders;
pub mod sending;
pub mod sessions;
pub mod settings;
pub mod suppressions;
pub mod templates;
pub mod users;
pub mod webhooks;

use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::PgPoolOptions;
use sqlx::{Connection as _, PgPool};

/// The schema's history, in `migrations/`.
pub static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations");

/// After this long a connection may have gone without our knowing.
const IDLE: Duration = Duration::from_secs(1);

/// Opens a pool of at most `connections` connections.
///
/// # Errors
/// When no connection can be made within ten seconds.
pub async fn connect(url: &str, connections: u32) -> sqlx::Result<PgPool> {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(10))
        .connect(url)
        .await
}

/// A second pool on the same database, for the sender alone and for accepting emails: a busy dashboard
/// cannot keep them waiting.
///
/// Its statements are planned once, perhaps while the tables are nearly empty, and must hold when
/// they are full: so scans of whole tables are out of the question, and so is compiling a plan.
pub fn pool_with_fixed_plans(db: &PgPool, connections: u32) -> PgPool {
    let options = db.connect_options().as_ref().clone();
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(10))
        // A connection that was in use a moment ago is not asked whether it stands.
        .test_before_acquire(false)
        .before_acquire(|connection, about| {
            Box::pin(async move {
                if about.idle_for > IDLE {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_lazy_with(options.options([
            ("enable_seqscan", "off"),
            ("plan_cache_mode", "force_generic_plan"),
            ("jit", "off"),
        ]))
}

/// Brings the schema up to date. Safe to call from several processes at once.
pub async fn migrate(db: &PgPool) -> Result<(), MigrateError> {
    MIGRATIONS.run(db).await
}

/// Whether the database answers, within two seconds.
pub async fn ping(db: &PgPool) -> sqlx::Result<()> {
    let answer = sqlx::query_scalar!(r#"SELECT 1 AS "one!""#).fetch_one(db);
    match tokio::time::timeout(Duration::from_secs(2), answer).await {
        Ok(answer) => answer.map(|_| ()),
        Err(_) => Err(sqlx::Error::PoolTimedOut),
    }
}
