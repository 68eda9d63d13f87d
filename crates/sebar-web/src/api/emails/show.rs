//! One email: what it says and what became of it.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{Path, State};
use chrono::{DateTime, Utc};
use mail_parser::MessageParser;
use sebar_domain::MessageState;
use sebar_domain::id::MessageId;
use sebar_store::archive::Attempt;
use sebar_store::emails::{self, Email, Sent};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::events;
use super::id::{public, read};
use super::request::Tag;
use crate::api::error::{ErrorBody, Refusal, Result};
use crate::foundation::app::App;

/// An email without what it says.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EmailSummary)]
pub(crate) struct Summary {
    /// Always `email`.
    object: &'static str,
    /// Its id.
    id: String,
    /// Who sent it.
    from: String,
    /// Whom it went to.
    to: Vec<String>,
    /// Who got a copy and was seen to.
    cc: Vec<String>,
    /// Who got a copy unseen.
    bcc: Vec<String>,
    /// Where answers go.
    reply_to: Vec<String>,
    /// Its subject.
    subject: String,
    /// When it was accepted.
    created_at: DateTime<Utc>,
    /// The time that was asked for.
    scheduled_at: Option<DateTime<Utc>>,
    /// Where it stands; of several recipients, the one that is furthest from done.
    state: EmailState,
    /// The same, under the name that Resend has for it.
    last_event: EmailState,
    /// As they were given.
    #[schema(value_type = Vec<Tag>)]
    tags: Value,
    /// As it was given.
    #[schema(value_type = Object)]
    metadata: Value,
    /// Each of its recipients.
    recipients: Vec<Recipient>,
}

/// An email.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Email)]
pub(crate) struct Shown {
    #[serde(flatten)]
    summary: Summary,
    /// Its HTML body.
    html: Option<String>,
    /// Its plain-text body.
    text: Option<String>,
    /// The files that went with it.
    attachments: Vec<Attachment>,
    /// What happened to it, the first event first.
    events: Vec<events::Shown>,
}

/// A file that went with an email.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Attachment)]
pub(crate) struct Attachment {
    filename: String,
    content_type: String,
    content_id: Option<String>,
    /// In bytes.
    size: usize,
}

/// An email's way to one recipient.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Recipient)]
pub(crate) struct Recipient {
    /// The address.
    email: String,
    /// Where it stands.
    state: EmailState,
    /// Why, in a word that never changes.
    reason: Option<String>,
    /// Not before this is it sent, or tried again, while it waits.
    due_at: Option<DateTime<Utc>>,
    /// When it ended.
    finished_at: Option<DateTime<Utc>>,
    /// Conversations with relays about it, the first one first.
    #[serde(skip_serializing_if = "Option::is_none")]
    attempts: Option<Vec<AttemptShown>>,
}

/// A conversation with a relay.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Attempt)]
pub(crate) struct AttemptShown {
    /// When it began.
    at: DateTime<Utc>,
    /// How long it took.
    duration_ms: i32,
    /// `sent`, `retry`, `failed`, `relay_fault` or `in_doubt`.
    outcome: String,
    /// Where it ended: `connect`, `mail`, `rcpt`, `end_of_data` …
    phase: String,
    /// The relay's name.
    relay: Option<String>,
    /// The reply code (RFC 5321).
    code: Option<i16>,
    /// The enhanced status code (RFC 3463).
    enhanced_code: Option<String>,
    /// The relay's answer, or what went wrong.
    reply: String,
}

/// Where an email stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = EmailState)]
pub(crate) enum EmailState {
    /// A sender is delivering it.
    Sending,
    /// It waits to be sent, or to be tried again.
    Queued,
    /// It waits for the time that was asked for.
    Scheduled,
    /// Nobody can know whether a relay took it.
    InDoubt,
    /// It cannot be delivered.
    Failed,
    /// A relay took it.
    Sent,
    /// Not sent: the recipient is on the suppression list.
    Suppressed,
    /// It was cancelled.
    Cancelled,
}

impl EmailState {
    fn of(message: &Sent, now: DateTime<Utc>, scheduled: bool) -> Self {
        match message.state {
            MessageState::Claimed => Self::Sending,
            MessageState::Queued if scheduled && message.attempts == 0 && message.due_at > now => {
                Self::Scheduled
            }
            MessageState::Queued => Self::Queued,
            MessageState::InDoubt => Self::InDoubt,
            MessageState::Failed => Self::Failed,
            MessageState::Sent => Self::Sent,
            MessageState::Suppressed => Self::Suppressed,
            MessageState::Cancelled => Self::Cancelled,
        }
    }
}

impl Summary {
    pub(super) fn new(
        email: Email,
        attempts: Option<HashMap<MessageId, Vec<Attempt>>>,
        now: DateTime<Utc>,
    ) -> Self {
        let scheduled = email.scheduled_at.is_some();
        let with_attempts = attempts.is_some();
        let mut attempts = attempts.unwrap_or_default();
        let recipients: Vec<Recipient> = email
            .messages
            .into_iter()
            .map(|message| Recipient {
                state: EmailState::of(&message, now, scheduled),
                due_at: (!message.state.is_terminal()).then_some(message.due_at),
                email: message.recipient,
                reason: message.reason,
                finished_at: message.finished_at,
                attempts: with_attempts.then(|| {
                    let made = attempts.remove(&message.id).unwrap_or_default();
                    made.into_iter().map(AttemptShown::from).collect()
                }),
            })
            .collect();
        let list = |field: &str| -> Vec<String> {
            let texts = email.addressed.get(field).and_then(Value::as_array).into_iter().flatten();
            texts.filter_map(|text| text.as_str().map(ToOwned::to_owned)).collect()
        };
        let state = recipients.iter().map(|one| one.state).min().unwrap_or(EmailState::Queued);
        Self {
            object: "email",
            id: public(email.id),
            from: email.addressed.get("from").and_then(Value::as_str).unwrap_or_default().to_owned(),
            to: list("to"),
            cc: list("cc"),
            bcc: list("bcc"),
            reply_to: list("reply_to"),
            subject: email.subject,
            created_at: email.id.made_at(),
            scheduled_at: email.scheduled_at,
            state,
            last_event: state,
            tags: email.tags,
            metadata: if email.metadata.is_object() { email.metadata } else { Value::Object(Map::new()) },
            recipients,
        }
    }
}

impl From<Attempt> for AttemptShown {
    fn from(attempt: Attempt) -> Self {
        Self {
            at: attempt.started_at,
            duration_ms: attempt.duration_ms,
            outcome: attempt.outcome,
            phase: attempt.phase,
            relay: attempt.relay_name,
            code: attempt.reply_code,
            enhanced_code: attempt.enhanced_code,
            reply: attempt.reply,
        }
    }
}

/// Retrieve an email
///
/// What it says, where it stands for each recipient, and every conversation with a relay about it.
#[utoipa::path(
    get, path = "/emails/{id}", tag = "Emails", operation_id = "getEmail",
    params(("id" = String, Path, description = "The email's id.")),
    responses(
        (status = 200, description = "The email.", body = Shown),
        (status = 401, description = "No valid API key.", body = ErrorBody),
        (status = 403, description = "The key may not do this.", body = ErrorBody),
        (status = 404, description = "No such email.", body = ErrorBody),
        (status = 429, description = "Too many requests.", body = ErrorBody),
    ),
)]
pub(crate) async fn show(State(app): State<App>, Path(id): Path<String>) -> Result<Json<Shown>> {
    let id = read(&id)?;
    // One state of the database for all of it.
    let mut tx = app.db.begin().await?;
    let email = emails::get(&mut tx, id).await?.ok_or_else(|| Refusal::not_found("email"))?;
    let ids: Vec<_> = email.messages.iter().map(|message| message.id).collect();
    let attempts = emails::attempts(&mut *tx, &ids).await?;
    let events = events::of(&email, emails::events(&mut *tx, &ids).await?);
    let (mime, files) = emails::mime(&mut *tx, id).await?.ok_or_else(|| Refusal::not_found("email"))?;
    tx.commit().await?;
    let mail = MessageParser::new().parse(&mime);
    let html = mail.as_ref().and_then(|mail| {
        let part = mail.html_part(0)?;
        part.is_text_html().then(|| part.text_contents().map(ToOwned::to_owned)).flatten()
    });
    let text = mail.as_ref().and_then(|mail| {
        let part = mail.text_part(0)?;
        (part.is_text() && !part.is_text_html())
            .then(|| part.text_contents().map(ToOwned::to_owned))
            .flatten()
    });
    let attachments = files
        .into_iter()
        .map(|file| Attachment {
            filename: file.name,
            content_type: file.content_type,
            content_id: file.content_id,
            size: file.size,
        })
        .collect();
    let summary = Summary::new(email, Some(attempts), Utc::now());
    Ok(Json(Shown { summary, html, text, attachments, events }))
}
