//! Contents of files that go with mails, and bodies of mails that came by SMTP: each kept once, by its
//! SHA-256 digest.

use std::collections::BTreeMap;
use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, PgExecutor};

use crate::emails::File;

/// What a statement brings at most, in octets, unless one content alone is more.
const AT_ONCE: usize = 8 << 20;

/// SHA-256 of a content.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Digest([u8; 32]);

/// The text is no digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no SHA-256 digest in hexadecimal digits")]
pub struct BadDigest;

impl Digest {
    /// The digest of a content.
    pub fn of(content: &[u8]) -> Self {
        let mut sum = [0; 32];
        sum.copy_from_slice(digest(&SHA256, content).as_ref());
        Self(sum)
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

impl TryFrom<String> for Digest {
    type Error = BadDigest;

    fn try_from(text: String) -> Result<Self, BadDigest> {
        let mut sum = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return Err(BadDigest);
        }
        for (n, byte) in sum.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * n..2 * n + 2], 16).map_err(|_| BadDigest)?;
        }
        Ok(Self(sum))
    }
}

/// Keeps contents, in the transaction of the mails that bring them.
///
/// One that is there already is neither written nor locked, so that many mails with the same file do not
/// wait for each other; once a day its use is noted.
pub async fn keep(db: &mut PgConnection, contents: &BTreeMap<Digest, &[u8]>) -> sqlx::Result<()> {
    if contents.is_empty() {
        return Ok(());
    }
    let digests: Vec<&[u8]> = contents.keys().map(|digest| digest.0.as_slice()).collect();
    let fresh = sqlx::query_scalar!(
        "SELECT digest FROM blobs WHERE digest = ANY($1) AND used_at >= now() - interval '1 day'",
        &digests as &[&[u8]]
    )
    .fetch_all(&mut *db)
    .await?;
    for (digests, contents) in pieces(contents, &fresh) {
        // Should one be deleted at this moment, it is written anew.
        sqlx::query!(
            "INSERT INTO blobs (digest, bytes) SELECT * FROM unnest($1::bytea[], $2::bytea[])
             ON CONFLICT (digest) DO UPDATE SET used_at = now()",
            &digests as &[&[u8]],
            &contents as &[&[u8]]
        )
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

/// Digests and their contents.
type Piece<'a> = (Vec<&'a [u8]>, Vec<&'a [u8]>);

/// Digests and contents that are not known, as much at once as a statement brings. In the order of the
/// map, so that two transactions with the same contents do not wait for each other in a circle.
fn pieces<'a>(contents: &'a BTreeMap<Digest, &'a [u8]>, known: &[Vec<u8>]) -> Vec<Piece<'a>> {
    let mut pieces: Vec<Piece<'a>> = Vec::new();
    let mut room = 0;
    for (digest, content) in contents {
        if known.iter().any(|known| known.as_slice() == digest.0) {
            continue;
        }
        if content.len() > room || pieces.is_empty() {
            pieces.push((Vec::new(), Vec::new()));
            room = AT_ONCE;
        }
        if let Some((digests, contents)) = pieces.last_mut() {
            digests.push(&digest.0);
            contents.push(content);
        }
        room = room.saturating_sub(content.len());
    }
    pieces
}

/// The contents of files with their places, in the order of the files; fewer, if some are gone.
pub(crate) async fn get(db: impl PgExecutor<'_>, files: &[File]) -> sqlx::Result<Vec<(usize, Vec<u8>)>> {
    let digests: Vec<&[u8]> = files.iter().map(|file| file.digest.0.as_slice()).collect();
    let rows = sqlx::query!(
        r#"SELECT n AS "n!", bytes AS "bytes!"
             FROM unnest($1::bytea[]) WITH ORDINALITY AS wanted (digest, n)
             JOIN blobs USING (digest) ORDER BY n"#,
        &digests as &[&[u8]]
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let n = usize::try_from(row.n).ok()?.checked_sub(1)?;
            Some((files.get(n)?.at, row.bytes))
        })
        .collect())
}

/// Forgets up to `limit` contents that no mail has brought for two months more than mails are kept: a mail
/// stays until its whole month goes, and may have been scheduled a month ahead. Returns how many.
pub async fn forget_old(db: impl PgExecutor<'_>, keep_months: i16, limit: i64) -> sqlx::Result<u64> {
    // Asked twice: a mail may bring one just now.
    let done = sqlx::query!(
        "DELETE FROM blobs
          WHERE digest = ANY (ARRAY(SELECT digest FROM blobs
                                     WHERE used_at < now() - make_interval(months => $1 + 2)
                                     ORDER BY used_at LIMIT $2))
            AND used_at < now() - make_interval(months => $1 + 2)",
        i32::from(keep_months),
        limit
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}
