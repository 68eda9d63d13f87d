//! For how long what came back is kept. Rows go some thousands at a time: nobody waits for a long deletion.

use sqlx::PgPool;

/// So many rows go at once.
const AT_ONCE: i64 = 5_000;
/// Mail that was not recognised is kept for so many days, for a person to read; and no more of it than
/// so many, since anybody can send us some.
const UNRECOGNISED_DAYS: i32 = 30;
const MOST_UNRECOGNISED: i64 = 10_000;

/// Forgets what came back more than so many months ago, and the history of suppressions that are over.
pub async fn forget_old(db: &PgPool, months: i16) -> sqlx::Result<()> {
    let months = i32::from(months);
    loop {
        let gone = sqlx::query!(
            "DELETE FROM bounces WHERE id = ANY(ARRAY(
                 SELECT id FROM bounces WHERE id < uuid_floor(now() - make_interval(months => $1))
                  ORDER BY id LIMIT $2))",
            months,
            AT_ONCE
        );
        if is_last(gone.execute(db).await?.rows_affected()) {
            break;
        }
    }
    loop {
        let gone = sqlx::query!(
            "DELETE FROM returned_mails WHERE id = ANY(ARRAY(
                 SELECT id FROM returned_mails WHERE id < uuid_floor(now() - make_interval(months => $1))
                  ORDER BY id LIMIT $2))",
            months,
            AT_ONCE
        );
        if is_last(gone.execute(db).await?.rows_affected()) {
            break;
        }
    }
    sqlx::query!(
        "DELETE FROM suppression_history h
          WHERE at < now() - make_interval(months => $1)
            AND NOT EXISTS (SELECT FROM suppressions s WHERE s.email = h.email)",
        months
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Forgets mail that was not recognised: what is old, and the oldest where there is too much of it.
/// Returns how many went.
pub async fn forget_unrecognised(db: &PgPool) -> sqlx::Result<u64> {
    let mut all = 0;
    loop {
        let gone = sqlx::query!(
            "DELETE FROM returned_mails WHERE id = ANY(ARRAY(
                 SELECT id FROM returned_mails
                  WHERE kind = 'not_bounce'
                    AND id < greatest(uuid_floor(now() - make_interval(days => $1)),
                                      (SELECT id FROM returned_mails WHERE kind = 'not_bounce'
                                        ORDER BY id DESC OFFSET $2 LIMIT 1))
                  ORDER BY id LIMIT $3))",
            UNRECOGNISED_DAYS,
            MOST_UNRECOGNISED - 1,
            AT_ONCE
        );
        let gone = gone.execute(db).await?.rows_affected();
        all += gone;
        if is_last(gone) {
            return Ok(all);
        }
    }
}

fn is_last(gone: u64) -> bool {
    gone < AT_ONCE.unsigned_abs()
}
