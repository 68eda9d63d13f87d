//! Mailboxes that are looked into for what came back.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use sebar_domain::id::MailboxId;
use sebar_domain::{MailProtocol, MailboxSettings, Security};
use sqlx::{PgConnection, PgExecutor, PgPool};
use uuid::Uuid;

use crate::keys::{KeyError, MasterKey};

/// Ids of one statement.
const FORGOTTEN_TOGETHER: usize = 1_000;

/// A mailbox, and how it fares.
#[derive(Clone, Debug)]
pub struct Mailbox {
    /// Its id.
    pub id: MailboxId,
    /// How to look into it.
    pub settings: MailboxSettings,
    /// When it was looked into last, with or without success.
    pub polled_at: Option<DateTime<Utc>>,
    /// When that went well.
    pub succeeded_at: Option<DateTime<Utc>>,
    /// What went wrong last, in English; empty: nothing.
    pub fault: String,
    /// Mails that were taken from it so far.
    pub taken: i64,
    sealed: Vec<u8>,
}

impl Mailbox {
    /// Its password.
    pub fn password(&self, key: &MasterKey) -> Result<String, KeyError> {
        key.open(&place(self.id), &self.sealed)
    }
}

fn place(id: MailboxId) -> String {
    format!("mailbox:{id}")
}

struct Row {
    id: Uuid,
    name: String,
    protocol: String,
    host: String,
    port: i32,
    security: String,
    username: String,
    password: Vec<u8>,
    ca: String,
    folder: String,
    done_folder: String,
    keep: bool,
    every_seconds: i32,
    enabled: bool,
    polled_at: Option<DateTime<Utc>>,
    succeeded_at: Option<DateTime<Utc>>,
    fault: String,
    taken: i64,
}

impl From<Row> for Mailbox {
    fn from(row: Row) -> Self {
        Self {
            id: MailboxId(row.id),
            settings: MailboxSettings {
                name: row.name,
                // The CHECKs on the columns allow no other words and numbers.
                protocol: row.protocol.parse().unwrap_or(MailProtocol::Imap),
                host: row.host,
                port: u16::try_from(row.port).unwrap_or_default(),
                security: row.security.parse().unwrap_or(Security::ImplicitTls),
                username: row.username,
                ca: row.ca,
                folder: row.folder,
                done_folder: row.done_folder,
                keep: row.keep,
                every_seconds: u32::try_from(row.every_seconds).unwrap_or(60),
                enabled: row.enabled,
            },
            polled_at: row.polled_at,
            succeeded_at: row.succeeded_at,
            fault: row.fault,
            taken: row.taken,
            sealed: row.password,
        }
    }
}

/// All mailboxes, by name.
pub async fn all(db: impl PgExecutor<'_>) -> sqlx::Result<Vec<Mailbox>> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT id, name, protocol, host, port, security, username, password, ca, folder, done_folder, keep,
                every_seconds, enabled, polled_at, succeeded_at, fault, taken
           FROM mailboxes ORDER BY lower(name), id"
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Mailbox::from).collect())
}

/// One mailbox.
pub async fn find(db: impl PgExecutor<'_>, id: MailboxId) -> sqlx::Result<Option<Mailbox>> {
    let row = sqlx::query_as!(
        Row,
        "SELECT id, name, protocol, host, port, security, username, password, ca, folder, done_folder, keep,
                every_seconds, enabled, polled_at, succeeded_at, fault, taken
           FROM mailboxes WHERE id = $1",
        id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(Mailbox::from))
}

/// Adds a mailbox.
///
/// # Errors
/// When the password cannot be sealed, or by the database.
pub async fn add(
    db: &mut PgConnection,
    key: &MasterKey,
    settings: &MailboxSettings,
    password: &str,
) -> Result<MailboxId, StoreError> {
    let id = MailboxId::new();
    let sealed = key.seal(&place(id), password)?;
    sqlx::query!(
        "INSERT INTO mailboxes (id, name, protocol, host, port, security, username, password, ca, folder, done_folder,
                                keep, every_seconds, enabled)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        id.0,
        settings.name,
        settings.protocol.as_str(),
        settings.host,
        i32::from(settings.port),
        settings.security.as_str(),
        settings.username,
        sealed,
        settings.ca,
        settings.folder,
        settings.done_folder,
        settings.keep,
        i32::try_from(settings.every_seconds).unwrap_or(i32::MAX),
        settings.enabled
    )
    .execute(db)
    .await?;
    Ok(id)
}

/// Changes a mailbox; without a password it keeps the one that it has. `false`: there is none such.
/// It is looked into anew at once; who is looking into it as it was has lost the lease.
///
/// # Errors
/// When the password cannot be sealed, or by the database.
pub async fn change(
    db: &mut PgConnection,
    key: &MasterKey,
    id: MailboxId,
    settings: &MailboxSettings,
    password: Option<&str>,
) -> Result<bool, StoreError> {
    let sealed = password.map(|password| key.seal(&place(id), password)).transpose()?;
    let Some(was) = find(&mut *db, id).await? else { return Ok(false) };
    let done = sqlx::query!(
        "UPDATE mailboxes
            SET name = $2, protocol = $3, host = $4, port = $5, security = $6, username = $7,
                password = coalesce($8, password), ca = $9, folder = $10, done_folder = $11, keep = $12,
                every_seconds = $13, enabled = $14, polled_at = NULL, fault = '',
                leased_until = NULL, leased_by = NULL
          WHERE id = $1",
        id.0,
        settings.name,
        settings.protocol.as_str(),
        settings.host,
        i32::from(settings.port),
        settings.security.as_str(),
        settings.username,
        sealed,
        settings.ca,
        settings.folder,
        settings.done_folder,
        settings.keep,
        i32::try_from(settings.every_seconds).unwrap_or(i32::MAX),
        settings.enabled
    )
    .execute(&mut *db)
    .await?;
    // The ids of another folder are not these. What is taken twice is stored once.
    if !settings.has_mails_of(&was.settings) {
        sqlx::query!("DELETE FROM mailbox_seen WHERE mailbox_id = $1", id.0).execute(&mut *db).await?;
        sqlx::query!("UPDATE mailboxes SET uid_validity = NULL, last_uid = NULL WHERE id = $1", id.0)
            .execute(&mut *db)
            .await?;
    }
    Ok(done.rows_affected() > 0)
}

/// Why a mailbox could not be stored.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The password could not be sealed.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// Deletes a mailbox; what came from it stays. `false`: there is none such.
pub async fn delete(db: impl PgExecutor<'_>, id: MailboxId) -> sqlx::Result<bool> {
    let done = sqlx::query!("DELETE FROM mailboxes WHERE id = $1", id.0).execute(db).await?;
    Ok(done.rows_affected() > 0)
}

/// That a process looks into a mailbox, and no other does. Who was too slow and has lost it to another
/// changes nothing any more.
#[derive(Clone, Copy, Debug)]
pub struct Lease {
    mailbox: MailboxId,
    /// Another one for each taking.
    token: Uuid,
}

/// Takes a mailbox that is due, for `seconds`: meanwhile no other process looks into it.
pub async fn lease(db: impl PgExecutor<'_>, seconds: f64) -> sqlx::Result<Option<(Mailbox, Lease)>> {
    let token = Uuid::now_v7();
    let row = sqlx::query_as!(
        Row,
        "UPDATE mailboxes SET leased_until = now() + make_interval(secs => $1), leased_by = $2
          WHERE id = (SELECT id FROM mailboxes
                       WHERE enabled AND (leased_until IS NULL OR leased_until < now())
                         AND (polled_at IS NULL OR polled_at + make_interval(secs => every_seconds) <= now())
                       ORDER BY polled_at NULLS FIRST LIMIT 1 FOR UPDATE SKIP LOCKED)
         RETURNING id, name, protocol, host, port, security, username, password, ca, folder, done_folder, keep,
                   every_seconds, enabled, polled_at, succeeded_at, fault, taken",
        seconds,
        token
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| {
        let lease = Lease { mailbox: MailboxId(row.id), token };
        (Mailbox::from(row), lease)
    }))
}

/// Holds a lease for `seconds` more. `false`: it is lost to another, or the mailbox was changed or deleted.
pub async fn hold(db: impl PgExecutor<'_>, lease: &Lease, seconds: f64) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE mailboxes SET leased_until = now() + make_interval(secs => $3) WHERE id = $1 AND leased_by = $2",
        lease.mailbox.0,
        lease.token,
        seconds
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Gives a lease back. `false`: it was lost, as by [`hold`].
pub async fn release(db: impl PgExecutor<'_>, lease: &Lease) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE mailboxes SET leased_until = NULL, leased_by = NULL WHERE id = $1 AND leased_by = $2",
        lease.mailbox.0,
        lease.token
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Notes how a look went: mails that were taken, and the fault that ended it. The lease stays. `false`: it
/// was lost, as by [`hold`], and nothing is noted.
pub async fn note(
    db: impl PgExecutor<'_>,
    lease: &Lease,
    taken: i64,
    fault: Option<&str>,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE mailboxes
            SET polled_at = now(), taken = taken + $3, fault = coalesce($4, ''),
                succeeded_at = CASE WHEN $4::text IS NULL THEN now() ELSE succeeded_at END
          WHERE id = $1 AND leased_by = $2",
        lease.mailbox.0,
        lease.token,
        taken,
        fault
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Up to where all mail of an IMAP folder is done with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reached {
    /// How long its unique ids are valid (RFC 9051 §2.3.1.1): with another, they are other mails'.
    pub validity: u32,
    /// The unique id of the last mail that is done with.
    pub uid: u32,
}

/// Up to where the mailbox's folder is done with.
pub async fn reached(db: impl PgExecutor<'_>, id: MailboxId) -> sqlx::Result<Option<Reached>> {
    let row = sqlx::query!("SELECT uid_validity, last_uid FROM mailboxes WHERE id = $1", id.0)
        .fetch_optional(db)
        .await?;
    Ok(row.and_then(|row| {
        let validity = u32::try_from(row.uid_validity?).ok()?;
        Some(Reached { validity, uid: u32::try_from(row.last_uid?).ok()? })
    }))
}

/// Notes up to where it is done with now. `false`: the lease was lost, as by [`hold`].
pub async fn reach(db: impl PgExecutor<'_>, lease: &Lease, reached: Reached) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE mailboxes SET uid_validity = $3, last_uid = $4 WHERE id = $1 AND leased_by = $2",
        lease.mailbox.0,
        lease.token,
        i64::from(reached.validity),
        i64::from(reached.uid)
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// The ids, as their server has them, of mails that were stored and may stand there still.
pub async fn seen(db: impl PgExecutor<'_>, id: MailboxId) -> sqlx::Result<HashSet<String>> {
    let uids = sqlx::query_scalar!("SELECT uid FROM mailbox_seen WHERE mailbox_id = $1", id.0);
    Ok(uids.fetch_all(db).await?.into_iter().collect())
}

/// Notes that these mails are stored.
pub async fn note_seen(db: impl PgExecutor<'_>, id: MailboxId, uids: &[String]) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO mailbox_seen (mailbox_id, uid) SELECT $1, * FROM unnest($2::text[]) ON CONFLICT DO NOTHING",
        id.0,
        uids
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Forgets mails that stand on the server no more, or that it does not show any more.
pub async fn forget_seen(db: &PgPool, id: MailboxId, uids: &[String]) -> sqlx::Result<()> {
    for some in uids.chunks(FORGOTTEN_TOGETHER) {
        sqlx::query!("DELETE FROM mailbox_seen WHERE mailbox_id = $1 AND uid = ANY($2)", id.0, some)
            .execute(db)
            .await?;
    }
    Ok(())
}
