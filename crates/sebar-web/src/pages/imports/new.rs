//! A file is chosen and sent.

use std::time::Duration;

use askama::Template;
use axum::extract::State;
use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use sebar_domain::Language;
use sebar_domain::id::ImportId;
use sebar_import::{Upload, UploadError};
use sebar_store::audit;

use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::form::Faults;
use crate::foundation::page::{Page, render};
use crate::foundation::session::Session;

/// A sender that is silent for this long has gone away.
const SILENCE: Duration = Duration::from_mins(1);
/// No upload takes longer.
const LONGEST: Duration = Duration::from_hours(2);
/// So many bytes of a file that is too large are read before it is refused.
const DRAINED: u64 = 64_000_000;
/// What a form wraps around a file.
const WRAPPING: u64 = 64 * 1024;

#[derive(Template)]
#[template(path = "imports/new.html")]
struct New {
    page: Page,
    faults: Faults,
    max: u64,
}

pub(crate) async fn page(State(app): State<App>, page: Page) -> Result<Response> {
    show(&app, page, Faults::default(), StatusCode::OK)
}

fn show(app: &App, page: Page, faults: Faults, status: StatusCode) -> Result<Response> {
    Ok((status, render(&New { page, faults, max: app.config.max_upload })?).into_response())
}

/// Why a file was not taken.
enum Refused {
    /// Told to the user, by a translation key.
    Fault(String),
    /// The sender went away or talks nonsense.
    Broken,
    /// Our fault.
    Ours(Error),
}

impl From<UploadError> for Refused {
    fn from(fault: UploadError) -> Self {
        match fault {
            UploadError::File(fault) => Self::Fault(format!("imports-file-{fault}")),
            UploadError::TooLarge => Self::Fault("imports-file-too-large".to_owned()),
            UploadError::Database(fault) => Self::Ours(fault.into()),
            UploadError::Read(_) => Self::Broken,
        }
    }
}

impl From<MultipartError> for Refused {
    fn from(_: MultipartError) -> Self {
        Self::Broken
    }
}

pub(crate) async fn upload(
    State(app): State<App>,
    page: Page,
    session: Session,
    headers: HeaderMap,
    form: Result<Multipart, axum::extract::multipart::MultipartRejection>,
) -> Result<Response> {
    let form = form.map_err(|_| Error::BadRequest)?;
    let announced =
        headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    let too_large = announced.is_some_and(|length| length > app.config.max_upload + WRAPPING);
    let received = tokio::time::timeout(LONGEST, async {
        let mut form = form;
        if too_large {
            drain(&mut form, DRAINED).await;
            return Err(Refused::Fault("imports-file-too-large".to_owned()));
        }
        receive(&app, &session, &mut form).await
    })
    .await
    .unwrap_or(Err(Refused::Broken));
    match received {
        Ok(id) => Ok(Redirect::to(&format!("/imports/{id}")).into_response()),
        Err(Refused::Fault(key)) => {
            let mut faults = Faults::default();
            let limit = page.bytes(i64::try_from(app.config.max_upload).unwrap_or(i64::MAX));
            faults.add("file", &page.t(&key).with("limit", limit).with("columns", sebar_import::MAX_COLUMNS));
            let status = if key.ends_with("too-large") {
                StatusCode::PAYLOAD_TOO_LARGE
            } else {
                StatusCode::UNPROCESSABLE_ENTITY
            };
            show(&app, page, faults, status)
        }
        Err(Refused::Broken) => Err(Error::BadRequest),
        Err(Refused::Ours(fault)) => Err(fault),
    }
}

/// Reads on for a while without keeping anything: a browser that is still sending when we answer sees
/// a broken connection instead of the answer.
async fn drain(form: &mut Multipart, mut limit: u64) {
    while let Ok(Some(mut field)) = form.next_field().await {
        while let Ok(Ok(Some(bytes))) = tokio::time::timeout(SILENCE, field.chunk()).await {
            limit = limit.saturating_sub(bytes.len() as u64);
            if limit == 0 {
                return;
            }
        }
    }
}

async fn receive(app: &App, session: &Session, form: &mut Multipart) -> Result<ImportId, Refused> {
    while let Some(field) = form.next_field().await? {
        if field.name() == Some("file") {
            let kept = keep(app, session, field).await;
            if matches!(kept, Err(Refused::Fault(_))) {
                drain(form, app.config.max_upload).await;
            }
            return kept;
        }
    }
    Err(Refused::Fault("imports-file-missing".to_owned()))
}

async fn keep(app: &App, session: &Session, mut field: Field<'_>) -> Result<ImportId, Refused> {
    let name = file_name(field.file_name().unwrap_or_default());
    if name.is_empty() {
        return Err(Refused::Fault("imports-file-missing".to_owned()));
    }
    let mut upload = Upload::begin(&app.db, Some(session.user.id), &name, app.config.max_upload).await?;
    let refused = loop {
        match tokio::time::timeout(SILENCE, field.chunk()).await {
            Ok(Ok(Some(bytes))) => {
                if let Err(fault) = upload.write(&bytes).await {
                    break Refused::from(fault);
                }
            }
            Ok(Ok(None)) => {
                let (id, format) = upload.finish().await?;
                let details = serde_json::json!({ "file": name, "format": format });
                audit::record(&app.db, session.user.id, "import.uploaded", &id.to_string(), details)
                    .await
                    .map_err(|fault| Refused::Ours(fault.into()))?;
                return Ok(id);
            }
            Ok(Err(_)) | Err(_) => break Refused::Broken,
        }
    };
    upload.discard().await?;
    Err(refused)
}

/// The last part of what the browser calls the file, fit to be shown and stored.
fn file_name(given: &str) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    last.chars().filter(|c| !c.is_control()).take(200).collect()
}

/// A file to begin with, in the reader's language.
pub(crate) async fn sample(page: Page) -> Response {
    let (name, text) = match page.language() {
        Language::English => ("sample.csv", include_str!("../../../../../templates/imports/sample.en.csv")),
        Language::Indonesian => {
            ("contoh.csv", include_str!("../../../../../templates/imports/sample.id.csv"))
        }
    };
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    (headers, text).into_response()
}
