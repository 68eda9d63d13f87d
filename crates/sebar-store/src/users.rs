//! People who log in.

use chrono::{DateTime, Utc};
use sebar_domain::id::UserId;
use sebar_domain::{Language, Role};
use sqlx::{PgConnection, PgExecutor};

/// A user without the password.
#[derive(Clone, Debug)]
pub struct User {
    /// Whose row it is.
    pub id: UserId,
    /// The login name.
    pub email: String,
    /// As shown in the dashboard.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// The language they chose; `None`: as the browser asks.
    pub language: Option<Language>,
    /// IANA name of their time zone.
    pub time_zone: String,
    /// `auto`, `light` or `dark`.
    pub theme: String,
    /// When they were added.
    pub created_at: DateTime<Utc>,
    /// When their access was taken away.
    pub disabled_at: Option<DateTime<Utc>>,
}

pub(crate) struct Row {
    pub(crate) id: uuid::Uuid,
    pub(crate) email: String,
    pub(crate) name: String,
    pub(crate) role: String,
    pub(crate) language: Option<String>,
    pub(crate) time_zone: String,
    pub(crate) theme: String,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) disabled_at: Option<DateTime<Utc>>,
}

impl From<Row> for User {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.into(),
            email: row.email,
            name: row.name,
            // The CHECK on the column allows no other word; should one appear, it gets the least.
            role: row.role.parse().unwrap_or(Role::Viewer),
            language: row.language.and_then(|word| word.parse().ok()),
            time_zone: row.time_zone,
            theme: row.theme,
            created_at: row.created_at,
            disabled_at: row.disabled_at,
        }
    }
}

/// Whether anybody can log in yet.
pub async fn any(db: impl PgExecutor<'_>) -> sqlx::Result<bool> {
    sqlx::query_scalar!(r#"SELECT EXISTS (SELECT FROM users) AS "any!""#).fetch_one(db).await
}

/// Everybody, by name.
pub async fn all(db: impl PgExecutor<'_>) -> sqlx::Result<Vec<User>> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT id, email, name, role, language, time_zone, theme, created_at, disabled_at
           FROM users ORDER BY lower(name), id"
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(User::from).collect())
}

/// One user, disabled or not.
pub async fn get(db: impl PgExecutor<'_>, id: UserId) -> sqlx::Result<Option<User>> {
    let row = sqlx::query_as!(
        Row,
        "SELECT id, email, name, role, language, time_zone, theme, created_at, disabled_at
           FROM users WHERE id = $1",
        id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(User::from))
}

/// The id and password hash (PHC string) of the enabled user with this address.
pub async fn login(db: impl PgExecutor<'_>, email: &str) -> sqlx::Result<Option<(UserId, String)>> {
    let row = sqlx::query!(
        "SELECT id, password_hash FROM users WHERE lower(email) = lower($1) AND disabled_at IS NULL",
        email
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| (row.id.into(), row.password_hash)))
}

/// What it takes to add a user.
#[derive(Clone, Debug)]
pub struct NewUser<'a> {
    /// The login name.
    pub email: &'a str,
    /// As shown in the dashboard.
    pub name: &'a str,
    /// argon2id, as a PHC string.
    pub password_hash: &'a str,
    /// What they may do.
    pub role: Role,
    /// The language they chose.
    pub language: Option<Language>,
    /// IANA name of their time zone.
    pub time_zone: &'a str,
}

/// Adds the very first user, or nobody if there is one already (two browsers on the set-up page).
/// Call it in a transaction.
pub async fn create_first(db: &mut PgConnection, user: &NewUser<'_>) -> sqlx::Result<Option<UserId>> {
    // One lock for all who try, in a statement of its own: the next one sees what was committed
    // while this one waited.
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtext('sebar.first-user'))").execute(&mut *db).await?;
    if any(&mut *db).await? {
        return Ok(None);
    }
    create(db, user).await
}

/// Adds a user; `None` if the address is taken.
pub async fn create(db: impl PgExecutor<'_>, user: &NewUser<'_>) -> sqlx::Result<Option<UserId>> {
    let id = UserId::new();
    let done = sqlx::query!(
        "INSERT INTO users (id, email, name, password_hash, role, language, time_zone)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
        id.0,
        user.email,
        user.name,
        user.password_hash,
        user.role.as_str(),
        user.language.map(Language::as_str),
        user.time_zone
    )
    .execute(db)
    .await?;
    Ok((done.rows_affected() == 1).then_some(id))
}

/// Stores what a user may change about themselves.
pub async fn set_preferences(
    db: impl PgExecutor<'_>,
    id: UserId,
    name: &str,
    language: Option<Language>,
    time_zone: &str,
    theme: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE users SET name = $2, language = $3, time_zone = $4, theme = $5 WHERE id = $1",
        id.0,
        name,
        language.map(Language::as_str),
        time_zone,
        theme
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Stores only the language, from the switch in the menu.
pub async fn set_language(db: impl PgExecutor<'_>, id: UserId, language: Language) -> sqlx::Result<()> {
    sqlx::query!("UPDATE users SET language = $2 WHERE id = $1", id.0, language.as_str()).execute(db).await?;
    Ok(())
}

/// Stores only the theme (`auto`, `light`, `dark`), from the switch in the menu.
pub async fn set_theme(db: impl PgExecutor<'_>, id: UserId, theme: &str) -> sqlx::Result<()> {
    sqlx::query!("UPDATE users SET theme = $2 WHERE id = $1", id.0, theme).execute(db).await?;
    Ok(())
}

/// The password hash of one user.
pub async fn password_hash(db: impl PgExecutor<'_>, id: UserId) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!("SELECT password_hash FROM users WHERE id = $1", id.0).fetch_optional(db).await
}

/// Stores a new password hash (PHC string).
pub async fn set_password(db: impl PgExecutor<'_>, id: UserId, password_hash: &str) -> sqlx::Result<()> {
    sqlx::query!("UPDATE users SET password_hash = $2 WHERE id = $1", id.0, password_hash)
        .execute(db)
        .await?;
    Ok(())
}

/// Changes role and access, and ends the sessions of one who loses it; refuses (returns false) to take away the last enabled owner.
pub async fn set_access(db: &mut PgConnection, id: UserId, role: Role, disabled: bool) -> sqlx::Result<bool> {
    // Owners are locked together, so that two of them cannot demote each other at once.
    let owners = sqlx::query_scalar!(
        "SELECT id FROM users WHERE role = 'owner' AND disabled_at IS NULL ORDER BY id FOR UPDATE"
    )
    .fetch_all(&mut *db)
    .await?;
    if owners == [id.0] && (role != Role::Owner || disabled) {
        return Ok(false);
    }
    sqlx::query!(
        "UPDATE users
            SET role = $2, disabled_at = CASE WHEN $3 THEN coalesce(disabled_at, now()) END
          WHERE id = $1",
        id.0,
        role.as_str(),
        disabled
    )
    .execute(&mut *db)
    .await?;
    if disabled {
        // Enabled again, the old cookies must open nothing.
        sqlx::query!("DELETE FROM sessions WHERE user_id = $1", id.0).execute(db).await?;
    }
    Ok(true)
}
