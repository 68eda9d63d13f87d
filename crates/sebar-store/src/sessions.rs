//! Who is logged in, and who tries too often.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sebar_domain::id::UserId;
use serde_json::Value;
use sqlx::PgExecutor;

use crate::users::{Row, User};

/// Remembers a login until `expires_at`, under the SHA-256 of its cookie's token.
pub async fn create(
    db: impl PgExecutor<'_>,
    token_hash: &[u8],
    user: UserId,
    expires_at: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO sessions (token_hash, user_id, expires_at) VALUES ($1, $2, $3)",
        token_hash,
        user.0,
        expires_at
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The enabled user whose session this is, and the notice that waits for them, if any.
pub async fn find(db: impl PgExecutor<'_>, token_hash: &[u8]) -> sqlx::Result<Option<(User, Option<Value>)>> {
    let row = sqlx::query!(
        "SELECT u.id, u.email, u.name, u.role, u.language, u.time_zone, u.theme, u.created_at, u.disabled_at,
                s.flash
           FROM sessions s JOIN users u ON u.id = s.user_id
          WHERE s.token_hash = $1 AND s.expires_at > now() AND u.disabled_at IS NULL",
        token_hash
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| {
        let user = Row {
            id: row.id,
            email: row.email,
            name: row.name,
            role: row.role,
            language: row.language,
            time_zone: row.time_zone,
            theme: row.theme,
            created_at: row.created_at,
            disabled_at: row.disabled_at,
        };
        (user.into(), row.flash)
    }))
}

/// Keeps a session alive: moves its expiry, at most once a minute so that reading pages stays cheap.
pub async fn touch(
    db: impl PgExecutor<'_>,
    token_hash: &[u8],
    expires_at: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE sessions SET last_seen_at = now(), expires_at = $2
          WHERE token_hash = $1 AND last_seen_at < now() - interval '1 minute'",
        token_hash,
        expires_at
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Leaves a notice for the next page, or takes it away.
pub async fn set_flash(
    db: impl PgExecutor<'_>,
    token_hash: &[u8],
    flash: Option<&Value>,
) -> sqlx::Result<()> {
    sqlx::query!("UPDATE sessions SET flash = $2 WHERE token_hash = $1", token_hash, flash)
        .execute(db)
        .await?;
    Ok(())
}

/// Ends one session.
pub async fn delete(db: impl PgExecutor<'_>, token_hash: &[u8]) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM sessions WHERE token_hash = $1", token_hash).execute(db).await?;
    Ok(())
}

/// Ends all sessions of a user except the one that is kept.
pub async fn delete_others(db: impl PgExecutor<'_>, user: UserId, keep: &[u8]) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM sessions WHERE user_id = $1 AND token_hash <> $2", user.0, keep)
        .execute(db)
        .await?;
    Ok(())
}

/// How often each of two subjects (`email:…`, `ip:…`) failed to log in within the window.
pub async fn failures(
    db: impl PgExecutor<'_>,
    email: &str,
    ip: &str,
    window: Duration,
) -> sqlx::Result<(i64, i64)> {
    let row = sqlx::query!(
        r#"SELECT count(*) FILTER (WHERE subject = $1) AS "email!", count(*) FILTER (WHERE subject = $2) AS "ip!"
             FROM login_failures
            WHERE subject IN ($1, $2) AND at > now() - make_interval(secs => $3)"#,
        email,
        ip,
        window.as_secs_f64()
    )
    .fetch_one(db)
    .await?;
    Ok((row.email, row.ip))
}

/// Counts a failed login for both subjects.
pub async fn record_failure(db: impl PgExecutor<'_>, email: &str, ip: &str) -> sqlx::Result<()> {
    sqlx::query!("INSERT INTO login_failures (subject) VALUES ($1), ($2)", email, ip).execute(db).await?;
    Ok(())
}

/// Forgets the failures of a subject that has now logged in.
pub async fn forgive(db: impl PgExecutor<'_>, subject: &str) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM login_failures WHERE subject = $1", subject).execute(db).await?;
    Ok(())
}

/// Drops what has expired; called now and then.
pub async fn clean(db: impl PgExecutor<'_>) -> sqlx::Result<()> {
    sqlx::query!(
        "WITH old AS (DELETE FROM sessions WHERE expires_at < now())
         DELETE FROM login_failures WHERE at < now() - interval '1 day'"
    )
    .execute(db)
    .await?;
    Ok(())
}
