use std::collections::HashSet;

use sebar_domain::id::ApiKeyId;
use serde_json::Value;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

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

impl Answered {
    /// What a stored answer is to a request with the same word.
    fn of(asked: &Idempotency, request: &[u8], answer: Value) -> Self {
        if request == asked.request { Self::Before(answer) } else { Self::OtherRequest }
    }
}

/// Looks requests up, in the transaction that will carry them out and [`store`] their answers. What is
/// known of each, in their order.
///
/// Who comes second while the first is at work is told so at once instead of waiting; that lock goes
/// with the transaction, and with the process should it die.
pub async fn look_up(db: &mut PgConnection, requests: &[&Idempotency]) -> sqlx::Result<Vec<Answered>> {
    if requests.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<Uuid> = requests.iter().map(|request| request.api_key.0).collect();
    let words: Vec<&str> = requests.iter().map(|request| request.key.as_str()).collect();
    let ours = sqlx::query_scalar!(
        r#"SELECT pg_try_advisory_xact_lock(hashtextextended(r.api_key::text || r.word, 5)) AS "ours!"
             FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS r (api_key, word, n) ORDER BY n"#,
        &keys,
        &words as &[&str]
    )
    .fetch_all(&mut *db)
    .await?;
    // A statement of its own: it sees what was committed before the locks were had.
    let before = sqlx::query!(
        r#"SELECT r.n AS "n!", k.request, k.answer
             FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS r (api_key, word, n)
             JOIN idempotency_keys k ON k.api_key_id = r.api_key AND k.key = r.word
            WHERE k.created_at > now() - interval '24 hours'"#,
        &keys,
        &words as &[&str]
    )
    .fetch_all(db)
    .await?;
    let mut answered: Vec<Answered> =
        ours.into_iter().map(|is_ours| if is_ours { Answered::New } else { Answered::InFlight }).collect();
    for row in before {
        let place = usize::try_from(row.n - 1).ok();
        let place = place.and_then(|n| Some((requests.get(n)?, answered.get_mut(n)?)));
        if let Some((request, answered @ Answered::New)) = place {
            *answered = Answered::of(request, &row.request, row.answer);
        }
    }
    // Among those that come together, the lock is had by all who share a word.
    let mut seen = HashSet::new();
    for (request, answered) in requests.iter().zip(&mut answered) {
        if *answered == Answered::New && !seen.insert((request.api_key.0, request.key.as_str())) {
            *answered = Answered::InFlight;
        }
    }
    Ok(answered)
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
    Ok(before.map_or(Answered::New, |before| Answered::of(request, &before.request, before.answer)))
}

/// Stores the answers to requests that [`look_up`] called new, in the same transaction.
pub async fn store(db: impl PgExecutor<'_>, answers: &[(&Idempotency, &Value)]) -> sqlx::Result<()> {
    if answers.is_empty() {
        return Ok(());
    }
    let keys: Vec<Uuid> = answers.iter().map(|(request, _)| request.api_key.0).collect();
    let words: Vec<&str> = answers.iter().map(|(request, _)| request.key.as_str()).collect();
    let requests: Vec<&[u8]> = answers.iter().map(|(request, _)| request.request.as_slice()).collect();
    let answers: Vec<&Value> = answers.iter().map(|(_, answer)| *answer).collect();
    sqlx::query!(
        "INSERT INTO idempotency_keys (api_key_id, key, request, answer)
         SELECT * FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::jsonb[])
         ON CONFLICT (api_key_id, key) DO UPDATE
            SET request = excluded.request, answer = excluded.answer, created_at = excluded.created_at",
        &keys,
        &words as &[&str],
        &requests as &[&[u8]],
        &answers as &[&Value]
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
