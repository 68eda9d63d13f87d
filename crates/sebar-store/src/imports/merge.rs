//! Brings a batch in: one transaction, a few statements over sets.

use sebar_domain::OnKnown;
use sebar_domain::id::ImportId;
use sqlx::{Connection as _, PgConnection};
use uuid::Uuid;

use super::batch::Batch;

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Merged {
    /// It is in, and the checkpoint moved with it.
    Done,
    /// The import is no longer ours: cancelled, or taken over by another process. Nothing changed.
    NotOurs,
}

/// So often is a batch tried again when somebody else changed the same contacts at the same time.
const TRIES: u32 = 10;

/// Merges a batch and moves the import's checkpoint and counts, all or nothing.
///
/// Unsubscriptions and suppressions are never touched: a contact who left stays so.
pub async fn merge(
    db: &mut PgConnection,
    id: ImportId,
    runner: Uuid,
    on_known: OnKnown,
    batch: &Batch,
) -> sqlx::Result<Merged> {
    let mut tries = 0;
    loop {
        tries += 1;
        match try_merge(db, id, runner, on_known, batch).await {
            Err(fault) if tries < TRIES && is_collision(&fault) => {
                tracing::debug!(import = %id, ?fault, "a batch collided with another change and is tried again");
            }
            done => return done,
        }
    }
}

/// Unique violation (the contact was made meanwhile), foreign key violation (a contact or list was
/// deleted meanwhile), serialization failure, deadlock.
fn is_collision(fault: &sqlx::Error) -> bool {
    let code = fault.as_database_error().and_then(sqlx::error::DatabaseError::code);
    matches!(code.as_deref(), Some("23505" | "23503" | "40001" | "40P01"))
}

#[derive(Default)]
struct Counts {
    added: i64,
    updated: i64,
    known: i64,
    duplicate: i64,
    unsubscribed: i64,
    suppressed: i64,
}

async fn try_merge(
    db: &mut PgConnection,
    id: ImportId,
    runner: Uuid,
    on_known: OnKnown,
    batch: &Batch,
) -> sqlx::Result<Merged> {
    let mut tx = db.begin().await?;
    // Holding the row fences: nobody else can take the import while this batch is on its way.
    let Some(lists) = sqlx::query_scalar!(
        "SELECT list_ids FROM imports WHERE id = $1 AND runner = $2 AND state = 'running' FOR UPDATE",
        id.0,
        runner
    )
    .fetch_optional(&mut *tx)
    .await?
    else {
        return Ok(Merged::NotOurs);
    };
    let mut counts = Counts::default();
    if batch.count > 0 {
        stage(&mut tx, batch, &mut counts).await?;
        find_known(&mut tx, id, &mut counts).await?;
        if counts.known > 0 {
            update_known(&mut tx, on_known, &mut counts).await?;
        }
        add_new(&mut tx, id, &lists, &mut counts).await?;
    }
    if batch.rejected > 0 {
        let statement =
            "COPY import_rejects (import_id, line, field, reason, value) FROM STDIN (FORMAT binary)";
        batch.rejects.copy_in(&mut tx, statement).await?;
    }
    let duplicate = batch.duplicate + counts.duplicate;
    sqlx::query!(
        "UPDATE imports
            SET bytes_done = $2, lines_done = $3, rows_read = rows_read + $4, added = added + $5,
                updated = updated + $6, unchanged = unchanged + $7, duplicate = duplicate + $8,
                rejected = rejected + $9, unsubscribed = unsubscribed + $10, suppressed = suppressed + $11,
                alive_at = clock_timestamp()
          WHERE id = $1",
        id.0,
        batch.bytes_done,
        batch.lines_done,
        batch.rows(),
        counts.added,
        counts.updated,
        counts.known - counts.updated,
        duplicate,
        batch.rejected,
        counts.unsubscribed,
        counts.suppressed
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(Merged::Done)
}

async fn stage(tx: &mut PgConnection, batch: &Batch, counts: &mut Counts) -> sqlx::Result<()> {
    sqlx::query!("TRUNCATE import_rows").execute(&mut *tx).await?;
    let statement = "COPY import_rows (id, line, email, name, language, time_zone, attributes) \
                     FROM STDIN (FORMAT binary)";
    batch.rows.copy_in(tx, statement).await?;
    if batch.beyond_ascii {
        let gone = sqlx::query!(
            "DELETE FROM import_rows later USING import_rows first
              WHERE lower(later.email) = lower(first.email) AND first.line < later.line"
        )
        .execute(&mut *tx)
        .await?;
        counts.duplicate += count(gone.rows_affected());
    }
    // From here on each statement looks up what a batch names, by index. Left to itself the planner
    // hashes the whole of contacts for every batch: it would take longer with every contact.
    sqlx::query!(
        "SELECT set_config('enable_hashjoin', 'off', true) AS hash, set_config('enable_mergejoin', 'off', true) AS merge"
    )
    .fetch_one(&mut *tx)
    .await?;
    Ok(())
}

/// Finds the contacts that have these addresses and locks them, in order of their keys as everybody
/// who locks several does; drops the rows whose address this import brought in before.
async fn find_known(tx: &mut PgConnection, id: ImportId, counts: &mut Counts) -> sqlx::Result<()> {
    let known = sqlx::query!(
        "UPDATE import_rows r SET known = c.id FROM contacts c WHERE lower(c.email) = lower(r.email)"
    )
    .execute(&mut *tx)
    .await?
    .rows_affected();
    if known == 0 {
        return Ok(());
    }
    sqlx::query_scalar!(
        r#"SELECT count(*) AS "n!"
             FROM (SELECT FROM contacts WHERE id IN (SELECT known FROM import_rows) ORDER BY id
                      FOR NO KEY UPDATE) locked"#
    )
    .fetch_one(&mut *tx)
    .await?;
    // A contact that was deleted between the two statements is new again.
    let gone = sqlx::query!(
        "UPDATE import_rows SET known = NULL
          WHERE known IS NOT NULL AND NOT EXISTS (SELECT FROM contacts c WHERE c.id = known)"
    )
    .execute(&mut *tx)
    .await?
    .rows_affected();
    let duplicate = sqlx::query!(
        "DELETE FROM import_rows r USING import_contacts i WHERE i.contact_id = r.known AND i.import_id = $1",
        id.0
    )
    .execute(&mut *tx)
    .await?
    .rows_affected();
    counts.duplicate += count(duplicate);
    counts.known = count(known - gone - duplicate);
    Ok(())
}

async fn update_known(tx: &mut PgConnection, on_known: OnKnown, counts: &mut Counts) -> sqlx::Result<()> {
    counts.unsubscribed = sqlx::query_scalar!(
        r#"SELECT count(*) AS "n!" FROM import_rows r JOIN contacts c ON c.id = r.known
            WHERE c.unsubscribed_at IS NOT NULL"#
    )
    .fetch_one(&mut *tx)
    .await?;
    // A blank field of the file never takes anything away: it is no statement about the person.
    let done = match on_known {
        OnKnown::Skip => return Ok(()),
        OnKnown::Fill => {
            sqlx::query!(
                "UPDATE contacts c
                    SET name = CASE WHEN c.name = '' THEN r.name ELSE c.name END,
                        language = coalesce(c.language, r.language),
                        time_zone = coalesce(c.time_zone, r.time_zone),
                        attributes = r.attributes || c.attributes,
                        updated_at = now()
                   FROM import_rows r
                  WHERE c.id = r.known
                    AND ((c.name = '' AND r.name <> '')
                      OR (c.language IS NULL AND r.language IS NOT NULL)
                      OR (c.time_zone IS NULL AND r.time_zone IS NOT NULL)
                      OR r.attributes || c.attributes <> c.attributes)"
            )
            .execute(&mut *tx)
            .await?
        }
        OnKnown::Overwrite => {
            sqlx::query!(
                "UPDATE contacts c
                    SET name = CASE WHEN r.name = '' THEN c.name ELSE r.name END,
                        language = coalesce(r.language, c.language),
                        time_zone = coalesce(r.time_zone, c.time_zone),
                        attributes = c.attributes || r.attributes,
                        updated_at = now()
                   FROM import_rows r
                  WHERE c.id = r.known
                    AND ((r.name <> '' AND r.name <> c.name)
                      OR (r.language IS NOT NULL AND r.language IS DISTINCT FROM c.language)
                      OR (r.time_zone IS NOT NULL AND r.time_zone IS DISTINCT FROM c.time_zone)
                      OR c.attributes || r.attributes <> c.attributes)"
            )
            .execute(&mut *tx)
            .await?
        }
    };
    counts.updated = count(done.rows_affected());
    Ok(())
}

/// Adds the new contacts, puts all of them on the lists, and notes which contacts this import had.
async fn add_new(
    tx: &mut PgConnection,
    id: ImportId,
    lists: &[Uuid],
    counts: &mut Counts,
) -> sqlx::Result<()> {
    // A list may have been deleted since. The lock comes after those on contacts and before the
    // tally's, the order in which deleting a contact takes them.
    let lists =
        sqlx::query_scalar!("SELECT id FROM lists WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE", lists)
            .fetch_all(&mut *tx)
            .await?;
    let added = sqlx::query!(
        "INSERT INTO contacts (id, email, name, attributes, language, time_zone)
         SELECT id, email, name, attributes, language, time_zone FROM import_rows WHERE known IS NULL"
    )
    .execute(&mut *tx)
    .await?;
    counts.added = count(added.rows_affected());
    for list in lists {
        if counts.known > 0 {
            sqlx::query!(
                "INSERT INTO list_members (list_id, contact_id)
                 SELECT $1, known FROM import_rows WHERE known IS NOT NULL
                     ON CONFLICT DO NOTHING",
                list
            )
            .execute(&mut *tx)
            .await?;
        }
        sqlx::query!(
            "INSERT INTO list_members (list_id, contact_id)
             SELECT $1, id FROM import_rows WHERE known IS NULL",
            list
        )
        .execute(&mut *tx)
        .await?;
    }
    sqlx::query!(
        "INSERT INTO import_contacts (import_id, contact_id)
         SELECT $1, coalesce(known, id) FROM import_rows",
        id.0
    )
    .execute(&mut *tx)
    .await?;
    counts.suppressed = sqlx::query_scalar!(
        r#"SELECT count(*) AS "n!" FROM import_rows r
            WHERE EXISTS (SELECT FROM suppressions s WHERE s.email = ANY(suppression_keys(r.email)))"#
    )
    .fetch_one(&mut *tx)
    .await?;
    Ok(())
}

fn count(rows: u64) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}
