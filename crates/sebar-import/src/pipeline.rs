//! Reads a file's pieces ahead and turns them into batches, while the database merges the last one.

use std::collections::HashSet;

use sebar_domain::id::ImportId;
use sebar_store::imports::{self, Batch, CHUNK, NewRow};
use sqlx::PgPool;
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::records::{Next, Place, Records, Unreadable};
use crate::row::{Interpreter, Reason, Row, reject};

/// A batch has at most so many bytes: it is held in memory a few times over.
const BATCH_BYTES: usize = 4 << 20;

/// What the reader hands over.
pub(crate) enum Step {
    /// Rows to merge.
    Batch(Batch),
    /// The end of the file.
    End,
    /// The rest cannot be read.
    Unreadable(Unreadable),
    /// The pieces could not be fetched.
    Failed(sqlx::Error),
}

/// Rows of one file being gathered into batches.
pub(crate) struct Gatherer {
    import: Uuid,
    records: Records,
    interpreter: Interpreter,
    skip_header: bool,
    batch: Batch,
    /// Addresses in `batch`, in their normal form.
    keys: HashSet<Box<str>>,
    batch_rows: i64,
}

impl Gatherer {
    pub(crate) fn new(
        import: ImportId,
        records: Records,
        interpreter: Interpreter,
        skip_header: bool,
        batch_rows: i64,
    ) -> Self {
        let (batch, keys) = (Batch::default(), HashSet::new());
        Self { import: import.0, records, interpreter, skip_header, batch, keys, batch_rows }
    }

    /// Takes in a piece (`None`: the end) and gives out the batches that it fills.
    pub(crate) fn gather(&mut self, piece: Option<&[u8]>, full: &mut Vec<Batch>) -> Result<(), Unreadable> {
        match piece {
            Some(piece) => self.records.push(piece),
            None => self.records.finish(),
        }
        loop {
            match self.records.next()? {
                Next::Pending => break,
                Next::Record(_) if self.skip_header => {
                    self.skip_header = false;
                    continue;
                }
                Next::Record(record) => match self.interpreter.read(&record) {
                    Ok(row) => add(&mut self.batch, &mut self.keys, &row),
                    Err(fault) => add_reject(&mut self.batch, self.import, &fault),
                },
                Next::OpenQuote { line, start } => {
                    self.skip_header = false;
                    add_reject(&mut self.batch, self.import, &reject(line, "", Reason::OpenQuote, &start));
                }
            }
            if self.batch.rows() >= self.batch_rows || self.batch.size() >= BATCH_BYTES {
                full.push(self.take());
            }
        }
        Ok(())
    }

    /// What has been gathered, up to the last record.
    pub(crate) fn take(&mut self) -> Batch {
        self.keys.clear();
        let place = self.records.place();
        let mut batch = std::mem::take(&mut self.batch);
        batch.bytes_done = i64::try_from(place.bytes).unwrap_or(i64::MAX);
        batch.lines_done = i64::try_from(place.lines).unwrap_or(i64::MAX);
        batch
    }
}

fn add(batch: &mut Batch, keys: &mut HashSet<Box<str>>, row: &Row) {
    if !keys.insert(row.email.key().into()) {
        batch.duplicate += 1;
        return;
    }
    batch.push(&NewRow {
        id: Uuid::now_v7(),
        line: i64::try_from(row.line).unwrap_or(i64::MAX),
        email: row.email.as_str(),
        name: &row.name,
        language: row.language.as_deref(),
        time_zone: row.time_zone,
        attributes: &row.attributes,
    });
}

fn add_reject(batch: &mut Batch, import: Uuid, fault: &crate::Reject) {
    let line = i64::try_from(fault.line).unwrap_or(i64::MAX);
    batch.reject(import, line, &fault.field, &fault.reason.to_string(), &fault.value);
}

/// Fetches piece after piece from `place` on and sends what they hold; ends when nobody listens.
pub(crate) async fn read_ahead(
    db: PgPool,
    import: ImportId,
    place: Place,
    mut gatherer: Gatherer,
    to: mpsc::Sender<Step>,
) {
    let (Ok(mut n), Ok(mut skip)) =
        (i32::try_from(place.bytes / CHUNK as u64), usize::try_from(place.bytes % CHUNK as u64))
    else {
        return;
    };
    loop {
        let piece = match imports::chunk(&db, import, n).await {
            Ok(piece) => piece,
            Err(fault) => {
                let _ = to.send(Step::Failed(fault)).await;
                return;
            }
        };
        let is_end = piece.is_none();
        // Away from the threads that answer requests: a piece takes some 20 ms.
        let gathered = tokio::task::spawn_blocking(move || {
            let mut full = Vec::new();
            let piece = piece.as_deref().map(|piece| &piece[skip.min(piece.len())..]);
            let result = gatherer.gather(piece, &mut full);
            (gatherer, full, result)
        })
        .await;
        let Ok((back, full, result)) = gathered else { return };
        gatherer = back;
        for batch in full {
            if to.send(Step::Batch(batch)).await.is_err() {
                return;
            }
        }
        if is_end || result.is_err() {
            let last = match result {
                Ok(()) => Step::End,
                Err(fault) => Step::Unreadable(fault),
            };
            if to.send(Step::Batch(gatherer.take())).await.is_ok() {
                let _ = to.send(last).await;
            }
            return;
        }
        n += 1;
        skip = 0;
    }
}
