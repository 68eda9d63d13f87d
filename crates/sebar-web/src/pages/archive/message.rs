//! One message: what became of it, and exactly what was sent.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{Html, Response};
use sebar_compose::{Composed, Ready, assemble};
use sebar_domain::id::MessageId;
use sebar_domain::{MessageState, Stream};
use sebar_store::archive::{self, Attempt, Event, Message};
use sebar_store::returned::{self, Bounce};
use sebar_store::{contents, emails};

use super::reason;
use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::i18n::{self, Text};
use crate::foundation::mail_view::{self, MailView};
use crate::foundation::page::{Page, render};
use crate::pages::bounces::{answer, kind_text, kind_tone};

/// Events that are shown; a robot may have opened a mail a thousand times.
const EVENTS: i64 = 200;

#[derive(Template)]
#[template(path = "archive/message.html")]
struct Shown {
    page: Page,
    message: Message,
    attempts: Vec<Attempt>,
    events: Vec<Event>,
    bounces: Vec<Bounce>,
    mail: Option<MailView>,
    proof: Proof,
    digest: String,
}

/// What can be said about the bytes that are shown.
enum Proof {
    /// Their digest is the one that was stored when they were sent.
    Proven,
    /// Their digest is another.
    Differs,
    /// Nothing was sent (yet).
    Nothing,
    /// The mail cannot be made again, and why.
    Impossible(String),
}

impl Proof {
    fn kind(&self) -> &'static str {
        match self {
            Self::Proven => "good",
            Self::Differs | Self::Impossible(_) => "bad",
            Self::Nothing => "info",
        }
    }
}

impl Shown {
    fn proof_title(&self) -> Text {
        let key = match (&self.proof, self.message.state) {
            (Proof::Proven, MessageState::InDoubt) => "archive-proof-in-doubt",
            (Proof::Proven, _) => "archive-proof-proven",
            (Proof::Differs, _) => "archive-proof-differs",
            (Proof::Impossible(_), _) => "archive-proof-impossible",
            (Proof::Nothing, MessageState::Queued | MessageState::Claimed) => "archive-proof-preview",
            (Proof::Nothing, MessageState::Failed) => "archive-proof-failed",
            (Proof::Nothing, _) => "archive-proof-never",
        };
        self.page.t(key)
    }

    fn proof_text(&self) -> String {
        match (&self.proof, self.message.state) {
            (Proof::Impossible(why), _) => {
                self.page.t("archive-proof-impossible-text").with("why", why).to_string()
            }
            (Proof::Proven, _) => self.page.t("archive-proof-proven-text").to_string(),
            (Proof::Differs, _) => self.page.t("archive-proof-differs-text").to_string(),
            (Proof::Nothing, MessageState::Queued | MessageState::Claimed) => {
                self.page.t("archive-proof-preview-text").to_string()
            }
            (Proof::Nothing, _) => self.page.t("archive-proof-nothing-text").to_string(),
        }
    }

    /// What happened, in a sentence.
    fn sentence(&self) -> Text {
        self.page.t(&format!("archive-is-{}", self.message.state.as_str().replace('_', "-")))
    }

    fn why(&self) -> Option<Text> {
        self.message.reason.as_deref().map(|word| reason(&self.page, word))
    }

    fn subject(&self) -> &str {
        self.mail.as_ref().map_or("", |mail| mail.subject.as_str())
    }

    fn is_test(&self) -> bool {
        self.message.stream == Stream::Test
    }

    fn came_back(&self, bounce: &Bounce) -> Text {
        self.page.t("bounces-came-back").with("kind", kind_text(&self.page, bounce.kind).to_string())
    }

    fn tone(bounce: &Bounce) -> &'static str {
        kind_tone(bounce.kind)
    }

    fn said(bounce: &Bounce) -> String {
        answer(bounce)
    }

    fn outcome(&self, attempt: &Attempt) -> Text {
        self.page.t(&format!("archive-outcome-{}", attempt.outcome.replace('_', "-")))
    }

    fn phase(&self, attempt: &Attempt) -> Text {
        self.page.t(&format!("archive-phase-{}", attempt.phase.replace('_', "-")))
    }

    fn took(&self, attempt: &Attempt) -> String {
        let seconds = f64::from(attempt.duration_ms) / 1000.0;
        let places = if attempt.duration_ms < 1000 { 3 } else { 1 };
        self.page
            .t("archive-seconds")
            .with("n", i18n::decimal(self.page.language(), seconds, places))
            .to_string()
    }

    fn event(&self, event: &Event) -> Text {
        self.page.t(&format!("archive-event-{}", event.kind))
    }
}

/// The bytes of a message, made again from what is stored, and what they prove.
async fn compose(app: &App, message: &Message) -> Result<(Option<Vec<u8>>, Proof)> {
    let made = if message.stream == Stream::Transactional {
        let parts = emails::parts(&app.db, message.content).await?;
        let mail = parts.map(|parts| assemble(&parts.mime, parts.dated_at, &parts.contents()));
        mail.ok_or_else(String::new)
    } else {
        filled_in(app, message).await?
    };
    Ok(match made {
        Ok(mail) => {
            let proof = match &message.digest {
                None => Proof::Nothing,
                Some(digest) if *digest == mail.digest => Proof::Proven,
                Some(_) => Proof::Differs,
            };
            (Some(mail.bytes), proof)
        }
        Err(why) => (None, Proof::Impossible(why)),
    })
}

/// The mail of a frozen content, filled in for its recipient; or why it cannot be made.
async fn filled_in(app: &App, message: &Message) -> Result<Result<Composed, String>> {
    let Some(frozen) = contents::get(&app.db, message.content).await? else {
        return Ok(Err(String::new()));
    };
    Ok(Ready::new(&frozen).map_err(|fault| fault.to_string()).and_then(|content| {
        let to = message.recipient.parse().map_err(|fault: sebar_domain::AddressError| fault.to_string())?;
        content
            .compose(&app.tokens, message.id, &to, &message.merge, message.mailing)
            .map_err(|fault| fault.to_string())
    }))
}

pub(crate) async fn page(
    State(app): State<App>,
    page: Page,
    Path(id): Path<MessageId>,
) -> Result<Html<String>> {
    let message = archive::message(&app.db, id).await?.ok_or(Error::NotFound)?;
    let (bytes, proof) = compose(&app, &message).await?;
    let attempts = archive::attempts(&app.db, id).await?;
    let events = archive::events(&app.db, id, EVENTS).await?;
    let bounces = returned::of_message(&app.db, id).await?;
    let digest = message.digest.as_deref().map(hex).unwrap_or_default();
    let mail = bytes.as_deref().map(MailView::new);
    render(&Shown { page, message, attempts, events, bounces, mail, proof, digest })
}

async fn bytes(app: &App, id: MessageId) -> Result<Vec<u8>> {
    let message = archive::message(&app.db, id).await?.ok_or(Error::NotFound)?;
    compose(app, &message).await?.0.ok_or(Error::NotFound)
}

/// Its HTML part, for the sandboxed frame.
pub(crate) async fn html(State(app): State<App>, Path(id): Path<MessageId>) -> Result<Response> {
    mail_view::html_document(&bytes(&app, id).await?).ok_or(Error::NotFound)
}

/// Its bytes, to keep.
pub(crate) async fn raw(State(app): State<App>, Path(id): Path<MessageId>) -> Result<Response> {
    Ok(mail_view::download(&id.to_string(), bytes(&app, id).await?))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
