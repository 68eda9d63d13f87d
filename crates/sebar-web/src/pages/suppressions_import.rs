//! Suppressions from a CSV file.

use askama::Template;
use axum::extract::{Multipart, State};
use axum::response::{Html, IntoResponse as _, Response};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use sebar_domain::SuppressionReason;
use sebar_store::audit;
use sebar_store::suppressions::{self, New};
use serde_json::json;

use super::suppressions::{end_of_day, understand};
use crate::foundation::app::App;
use crate::foundation::error::Result;
use crate::foundation::form::Faults;
use crate::foundation::i18n::Text;
use crate::foundation::page::{Page, render};
use crate::foundation::session::Session;

/// The largest file, in MB (10⁶ bytes): more than a million addresses.
pub(crate) const MOST_MB: usize = 50;
/// Entries that are stored together.
const CHUNK: usize = 5000;
/// So many bad lines are named one by one.
const MOST_NAMED: usize = 20;

#[derive(Template)]
#[template(path = "suppressions/import.html")]
struct Import {
    page: Page,
    faults: Faults,
    done: Option<Done>,
}

/// What an import came to.
#[derive(Default)]
struct Done {
    added: usize,
    known: usize,
    bad: usize,
    /// The first bad lines: number, text, and why.
    named: Vec<(u64, String, Text)>,
}

impl Import {
    fn hint(&self) -> Text {
        self.page.t("suppressions-import-file-hint").with("mb", MOST_MB)
    }
}

pub(crate) async fn page(page: Page) -> Result<Html<String>> {
    render(&Import { page, faults: Faults::default(), done: None })
}

pub(crate) async fn upload(
    State(app): State<App>,
    page: Page,
    session: Session,
    mut form: Multipart,
) -> Result<Response> {
    let mut file = Bytes::new();
    let mut faults = Faults::default();
    // A file that is too big, or broke off, ends as if there were none.
    while let Ok(Some(field)) = form.next_field().await {
        if field.name() == Some("file") {
            match field.bytes().await {
                Ok(bytes) => file = bytes,
                Err(_) => faults.add("file", &page.t("suppressions-import-broken").with("mb", MOST_MB)),
            }
        }
    }
    let read = if file.is_empty() {
        faults.add("file", &page.t("suppressions-import-none"));
        None
    } else {
        read(&page, &mut faults, &file)
    };
    let Some((entries, mut done)) = read else {
        return Ok(render(&Import { page, faults, done: None })?.into_response());
    };
    for chunk in entries.chunks(CHUNK) {
        // One after the other, each for itself: a file of a million locks nobody out for long.
        let mut tx = app.db.begin().await?;
        done.added += suppressions::put(&mut tx, chunk, "import", Some(session.user.id)).await?.len();
        tx.commit().await?;
    }
    done.known = entries.len() - done.added;
    let details = json!({ "added": done.added, "known": done.known, "bad": done.bad });
    audit::record(&app.db, session.user.id, "suppressions.imported", "suppressions", details).await?;
    Ok(render(&Import { page, faults, done: Some(done) })?.into_response())
}

/// The entries of a file and its bad lines; `None` where the file is none, with the fault at its field.
fn read(page: &Page, faults: &mut Faults, file: &[u8]) -> Option<(Vec<New>, Done)> {
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    let head = file.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |byte: u8| memchr::memchr_iter(byte, head).count();
    let delimiter =
        [b',', b';', b'\t'].into_iter().max_by_key(|byte| (count(*byte), *byte == b',')).unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(file);
    let column = |heads: &csv::ByteRecord, name: &str| {
        heads.iter().position(|head| String::from_utf8_lossy(head).trim().eq_ignore_ascii_case(name))
    };
    let heads = reader.byte_headers().ok()?.clone();
    let Some(email) = column(&heads, "email") else {
        faults.add("file", &page.t("suppressions-import-no-email"));
        return None;
    };
    let (reason, note, until) = (column(&heads, "reason"), column(&heads, "note"), column(&heads, "until"));
    let (mut entries, mut done) = (Vec::new(), Done::default());
    let mut record = csv::ByteRecord::new();
    loop {
        match reader.read_byte_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {}
            Err(_) => {
                let line = reader.position().line();
                faults.add("file", &page.t("suppressions-import-unreadable").with("line", line));
                return None;
            }
        }
        let cell = |at: Option<usize>| {
            let text = at.and_then(|at| record.get(at)).map(String::from_utf8_lossy).unwrap_or_default();
            // An apostrophe keeps a spreadsheet from reading a formula.
            text.trim().trim_start_matches('\'').replace('\0', "")
        };
        let address = cell(Some(email));
        if address.is_empty() {
            continue;
        }
        let until = cell(until);
        let understood = understand(&address).map_err(|fault| (fault, &address));
        let understood = understood.and_then(|email| match until_of(page, &until) {
            Ok(until) => Ok((email, until)),
            Err(fault) => Err((fault, &until)),
        });
        match understood {
            Ok((email, until)) => {
                if until.is_some_and(|until| until <= Utc::now()) {
                    continue;
                }
                let reason = cell(reason).parse().unwrap_or(SuppressionReason::Import);
                let note = cell(note).chars().take(500).collect();
                entries.push(New { email, reason, note, until });
            }
            Err((fault, text)) => {
                done.bad += 1;
                if done.named.len() < MOST_NAMED {
                    let line = record.position().map_or(0, csv::Position::line);
                    done.named.push((line, text.chars().take(200).collect(), page.t(&fault)));
                }
            }
        }
    }
    entries.sort_by(|a, b| a.email.cmp(&b.email));
    entries.dedup_by(|a, b| a.email == b.email);
    Some((entries, done))
}

/// Until when an entry stands; empty: for good. The fault, of what is neither a time nor a day, is a
/// translation key.
fn until_of(page: &Page, text: &str) -> std::result::Result<Option<DateTime<Utc>>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let until = text.parse::<DateTime<Utc>>().ok().or_else(|| end_of_day(page, text));
    until.map(Some).ok_or_else(|| "suppressions-import-fault-until".to_owned())
}
