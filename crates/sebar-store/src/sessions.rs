//! Who is logged in, and who tries too often.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sebar_domain::id::UserId;
use serde_json::Value;
use sqlx::{PgExecutor, PgPool};

use crate::users::{Row, User};

/// Remembers a login until `expires_at`, under the SHA-256 of its cookie's token. `false` if the user
/// has been disabled, or has another password than the one that was verified, since.
///
/// The user's row is locked: who disables them or changes the password waits, and then ends this
/// session with the others.
pub async fn create(
    db: impl PgExecutor<'_>,
    token_hash: &[u8],
    user: UserId,
    password_hash: &str,
    expires_at: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "INSERT INTO sessions (token_hash, user_id, expires_at)
         SELECT $1, id, $3 FROM users
          WHERE id = $2 AND disabled_at IS NULL AND password_hash = $4 FOR SHARE",
        token_hash,
        user.0,
        expires_at,
        password_hash
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
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

/// Ends all sessions of a user, except one that is to be kept.
pub async fn delete_others(db: impl PgExecutor<'_>, user: UserId, keep: Option<&[u8]>) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM sessions WHERE user_id = $1 AND token_hash IS DISTINCT FROM $2", user.0, keep)
        .execute(db)
        .await?;
    Ok(())
}

/// One guess at a password, counted before it is checked.
#[derive(Clone, Debug)]
pub struct Guess {
    /// Whose password (`email:…`, `user:…`).
    whose: String,
    /// From where (`ip:…`).
    from: String,
    at: DateTime<Utc>,
}

/// How many wrong guesses are let through within a time.
#[derive(Clone, Copy, Debug)]
pub struct GuessLimits {
    /// The time.
    pub window: Duration,
    /// At one password.
    pub whose: i64,
    /// From one place.
    pub from: i64,
}

/// Counts a guess as a wrong one before it is checked, so that no number of guesses at once gets past
/// the limits. `None`: there were too many, and it must not be checked.
pub async fn guess(db: &PgPool, whose: &str, from: &str, limits: GuessLimits) -> sqlx::Result<Option<Guess>> {
    let mut tx = db.begin().await?;
    // Guesses wait for each other here, always in this order.
    for subject in [whose, from] {
        sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", subject)
            .execute(&mut *tx)
            .await?;
    }
    let (by_whose, by_from) = failures(&mut *tx, whose, from, limits.window).await?;
    if by_whose >= limits.whose || by_from >= limits.from {
        return Ok(None);
    }
    let at = sqlx::query_scalar!(
        r#"INSERT INTO login_failures (subject, at)
           SELECT subject, now_ FROM unnest(ARRAY[$1, $2]) subject, clock_timestamp() now_
           RETURNING at"#,
        whose,
        from
    )
    .fetch_all(&mut *tx)
    .await?;
    tx.commit().await?;
    let at = at.into_iter().next().ok_or(sqlx::Error::RowNotFound)?;
    Ok(Some(Guess { whose: whose.to_owned(), from: from.to_owned(), at }))
}

/// It was right: forgets it, and the wrong ones at this password before.
pub async fn was_right(db: impl PgExecutor<'_>, guess: &Guess) -> sqlx::Result<()> {
    sqlx::query!(
        "DELETE FROM login_failures WHERE subject = $1 OR (subject = $2 AND at = $3)",
        guess.whose,
        guess.from,
        guess.at
    )
    .execute(db)
    .await?;
    Ok(())
}

/// How often each of two subjects failed within the window.
async fn failures(
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
