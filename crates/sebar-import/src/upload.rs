//! A file into the database, and its import into the queue.

use std::io;

use sebar_domain::OnKnown;
use sebar_domain::id::{ImportId, ListId, UserId};
use sebar_store::imports::{self, CHUNK, Plan};
use sqlx::PgPool;
use tokio::io::{AsyncRead, AsyncReadExt as _};

use crate::format::Format;
use crate::mapping::Mapping;
use crate::run::{Error, Runner};
use crate::survey::{FileFault, HEAD, Survey};

/// A file on its way into the database; never more than one piece of it is in memory.
pub struct Upload {
    db: PgPool,
    id: ImportId,
    survey: Survey,
    limit: u64,
    piece: Vec<u8>,
    pieces: i32,
}

/// Why an upload ended early. The import is gone then.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// This file cannot be imported.
    #[error(transparent)]
    File(#[from] FileFault),
    /// More bytes than are taken.
    #[error("too-large")]
    TooLarge,
    /// The database does not answer as it should.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// The reader failed.
    #[error(transparent)]
    Read(#[from] io::Error),
}

/// What is to become of an uploaded file.
#[derive(Clone, Debug)]
pub struct Choices {
    /// How the file is written.
    pub format: Format,
    /// What its columns become.
    pub mapping: Mapping,
    /// Lists that its contacts join.
    pub lists: Vec<ListId>,
    /// What happens to known addresses.
    pub on_known: OnKnown,
    /// How these people agreed to be mailed.
    pub consent: String,
}

impl Upload {
    /// Begins the upload of a file of at most `limit` bytes.
    pub async fn begin(
        db: &PgPool,
        user: Option<UserId>,
        file_name: &str,
        limit: u64,
    ) -> Result<Self, UploadError> {
        let id = imports::begin(db, user, file_name).await?;
        let piece = Vec::with_capacity(CHUNK);
        Ok(Self { db: db.clone(), id, survey: Survey::default(), limit, piece, pieces: 0 })
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// As soon as the file is known to be unfit or too large: then call [`discard`](Self::discard).
    pub async fn write(&mut self, mut bytes: &[u8]) -> Result<(), UploadError> {
        self.survey.look(bytes)?;
        if self.survey.size() > self.limit {
            return Err(UploadError::TooLarge);
        }
        while !bytes.is_empty() {
            let n = bytes.len().min(CHUNK - self.piece.len());
            self.piece.extend_from_slice(&bytes[..n]);
            bytes = &bytes[n..];
            if self.piece.len() == CHUNK {
                self.keep_piece().await?;
            }
        }
        Ok(())
    }

    async fn keep_piece(&mut self) -> Result<(), UploadError> {
        imports::add_chunk(&self.db, self.id, self.pieces, &self.piece).await?;
        self.pieces += 1;
        self.piece.clear();
        Ok(())
    }

    /// The file is complete: finds out how it is written.
    ///
    /// # Errors
    /// If it is no table with data. The import is gone then.
    pub async fn finish(mut self) -> Result<(ImportId, Format), UploadError> {
        let size = i64::try_from(self.survey.size()).unwrap_or(i64::MAX);
        let format = match std::mem::take(&mut self.survey).finish() {
            Ok(format) => format,
            Err(fault) => {
                self.discard().await?;
                return Err(fault.into());
            }
        };
        if !self.piece.is_empty() {
            self.keep_piece().await?;
        }
        let stored = serde_json::to_value(format).map_err(io::Error::other)?;
        imports::received(&self.db, self.id, size, &stored).await?;
        Ok((self.id, format))
    }

    /// Throws away what has come so far.
    pub async fn discard(self) -> Result<(), UploadError> {
        Ok(imports::discard(&self.db, self.id).await?)
    }
}

/// Puts an uploaded import into the queue. `false` if it is not (or no longer) waiting for that.
pub async fn queue(db: impl sqlx::PgExecutor<'_>, id: ImportId, choices: &Choices) -> Result<bool, Error> {
    let plan = Plan {
        format: &serde_json::to_value(choices.format)?,
        mapping: &serde_json::to_value(&choices.mapping)?,
        lists: &choices.lists,
        on_known: choices.on_known,
        consent: &choices.consent,
    };
    Ok(imports::queue(db, id, &plan).await?)
}

/// Imports a whole file and waits until it is in: for sample data and benchmarks.
///
/// `choose` is given the format and the guessed mapping. Other imports that wait are run as well,
/// unless another process has a runner of its own at work; then this waits for it.
///
/// # Errors
/// If the file is unfit, or the database fails.
pub async fn import(
    db: &PgPool,
    file_name: &str,
    mut file: impl AsyncRead + Unpin,
    choose: impl FnOnce(Format, Mapping) -> Choices,
) -> Result<imports::Import, Error> {
    let mut upload = Upload::begin(db, None, file_name, u64::MAX).await?;
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let written = match file.read(&mut buffer).await {
            Ok(0) => break,
            Ok(n) => upload.write(&buffer[..n]).await,
            Err(fault) => Err(fault.into()),
        };
        if let Err(fault) = written {
            upload.discard().await?;
            return Err(fault.into());
        }
    }
    let (id, format) = upload.finish().await?;
    let head = imports::head(db, id, i32::try_from(HEAD).unwrap_or(i32::MAX)).await?;
    let guess = crate::preview(&head, format).guess;
    queue(db, id, &choose(format, guess)).await?;
    let runner = Runner::new(db.clone());
    loop {
        let import = imports::get(db, id).await?.ok_or(sqlx::Error::RowNotFound)?;
        if import.state.is_over() {
            return Ok(import);
        }
        if !runner.run_next().await? {
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
    }
}
