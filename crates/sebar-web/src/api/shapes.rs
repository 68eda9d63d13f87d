//! Answers that many calls share.

use std::fmt::Display;

use serde::Serialize;
use utoipa::ToSchema;

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Page<T> {
    /// Always `list`.
    object: &'static str,
    /// Whether there are more: ask for those `after` the last.
    has_more: bool,
    /// What was asked for.
    data: Vec<T>,
}

impl<T> Page<T> {
    pub(super) fn new(data: Vec<T>, has_more: bool) -> Self {
        Self { object: "list", has_more, data }
    }

    /// Of rows of which one more than `limit` was read.
    pub(super) fn cut<Row: Into<T>>(mut rows: Vec<Row>, limit: i64) -> Self {
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let has_more = rows.len() > most;
        rows.truncate(most);
        Self::new(rows.into_iter().map(Into::into).collect(), has_more)
    }

    /// Of all that there are.
    pub(super) fn all<Row: Into<T>>(rows: Vec<Row>) -> Self {
        Self::new(rows.into_iter().map(Into::into).collect(), false)
    }
}

/// Something that was deleted.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Deleted {
    /// What it was: `campaign`, `contact`, `list` …
    object: &'static str,
    /// Its id.
    id: String,
    /// Always `true`.
    deleted: bool,
}

impl Deleted {
    pub(super) fn new(object: &'static str, id: impl Display) -> Self {
        Self { object, id: id.to_string(), deleted: true }
    }
}
