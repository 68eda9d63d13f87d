use sebar_domain::id::ApiKeyId;
use serde_json::Value;
use sqlx::{PgConnection, PgExecutor};

/// A request that may come again.
#[derive(Clone, Debug)]
pub struct Idempotency {
    /// Whose it is: the same word of another key is another request.
    pub api_key: ApiKeyId,
    /// The word that its program chose.
    pub key: String,
    /// SHA-256 of what was asked.
    pub request: Vec<u8>,
}

/// What is known of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Answered {
    /// It is new, and until the transaction ends nobody else may carry it out.
    New,
    /// It was carried out, and this was the answer.
    Before(Value),
    /// The word stands for another request.
    OtherRequest,
    /// The same word is being dealt with at this moment.
    InFlight,
}

/// Looks a request up, in the transaction that will carry it out and [`store`] its answer.
///
/// Who comes second while the first is at work is told so at once instead of waiting; that lock goes
/// with the transaction, and with the process should it die.
pub async fn look_up(db: &mut PgConnection, request: &Idempotency) -> sqlx::Result<Answered> {
    let is_ours = sqlx::query_scalar!(
        r#"SELECT pg_try_advisory_xact_lock(hashtextextended($1::text || $2, 5)) AS "ours!""#,
        request.api_key.to_string(),
        request.key
    )
    .fetch_one(&mut *db)
    .await?;
    if !is_ours {
        return Ok(Answered::InFlight);
    }
    answered_before(db, request).await
}

/// What is known of a request without the lock: it may come to be known at this moment.
pub async fn answered_before(db: impl PgExecutor<'_>, request: &Idempotency) -> sqlx::Result<Answered> {
    let before = sqlx::query!(
        "SELECT request, answer FROM idempotency_keys
          WHERE api_key_id = $1 AND key = $2 AND created_at > now() - interval '24 hours'",
        request.api_key.0,
        request.key
    )
    .fetch_optional(db)
    .await?;
    Ok(match before {
        None => Answered::New,
        Some(before) if before.request == request.request => Answered::Before(before.answer),
        Some(_) => Answered::OtherRequest,
    })
}

/// Stores the answer to a request that [`look_up`] called new, in the same transaction.
pub async fn store(db: impl PgExecutor<'_>, request: &Idempotency, answer: &Value) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO idempotency_keys (api_key_id, key, request, answer) VALUES ($1, $2, $3, $4)
         ON CONFLICT (api_key_id, key) DO UPDATE
            SET request = excluded.request, answer = excluded.answer, created_at = excluded.created_at",
        request.api_key.0,
        request.key,
        request.request,
        answer
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Forgets answers that are older than a day.
pub async fn forget_old_answers(db: impl PgExecutor<'_>) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM idempotency_keys WHERE created_at < now() - interval '24 hours'")
        .execute(db)
        .await?;
    Ok(())
}
