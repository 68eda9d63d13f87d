//! The latest mails of programs, and how they fare.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Html;
use sebar_domain::MessageState;
use sebar_store::emails::{self, Email, Filter, Lately};
use serde::Deserialize;

use crate::foundation::app::App;
use crate::foundation::error::Result;
use crate::foundation::i18n::Text;
use crate::foundation::page::{Page, render};

/// Emails on a page.
const PAGE: i64 = 50;
/// The states that can be chosen, in the order in which people ask for them.
const STATES: [MessageState; 6] = [
    MessageState::Sent,
    MessageState::Queued,
    MessageState::Failed,
    MessageState::InDoubt,
    MessageState::Suppressed,
    MessageState::Cancelled,
];

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    /// An address, or a tag as `name:value`.
    q: String,
    state: String,
    after: String,
}

impl Asked {
    fn is_plain(&self) -> bool {
        self.q.is_empty() && self.state.is_empty() && self.after.is_empty()
    }

    fn link(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in [("q", &self.q), ("state", &self.state), ("after", &self.after)] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        format!("/transactional?{}", query.finish())
    }
}

/// One email, as a line.
struct Line {
    /// Where its first message is shown.
    href: String,
    recipient: String,
    /// How many more there are.
    more: usize,
    subject: String,
    /// The one that is furthest from done.
    state: MessageState,
    tags: Vec<String>,
    at: chrono::DateTime<chrono::Utc>,
}

impl From<Email> for Line {
    fn from(email: Email) -> Self {
        let order = |state: MessageState| match state {
            MessageState::Claimed => 0,
            MessageState::Queued => 1,
            MessageState::InDoubt => 2,
            MessageState::Failed => 3,
            MessageState::Sent => 4,
            MessageState::Suppressed => 5,
            MessageState::Cancelled => 6,
        };
        let states = email.messages.iter().map(|message| message.state);
        let tag = |tag: &serde_json::Value| {
            Some(format!("{}:{}", tag.get("name")?.as_str()?, tag.get("value")?.as_str()?))
        };
        Self {
            href: format!("/archive/{}", email.id),
            recipient: email.messages.first().map(|message| message.recipient.clone()).unwrap_or_default(),
            more: email.messages.len().saturating_sub(1),
            state: states.min_by_key(|state| order(*state)).unwrap_or(MessageState::Queued),
            tags: email.tags.as_array().into_iter().flatten().filter_map(tag).collect(),
            at: email.id.made_at(),
            subject: email.subject,
        }
    }
}

#[derive(Template)]
#[template(path = "transactional/list.html")]
struct List {
    page: Page,
    asked: Asked,
    lately: Lately,
    chips: Vec<(Text, String, bool)>,
    lines: Vec<Line>,
    first: String,
    next: String,
}

impl List {
    fn is_empty(&self) -> bool {
        self.asked.is_plain() && self.lines.is_empty()
    }

    fn tag_link(tag: &str) -> String {
        Asked { q: tag.to_owned(), ..Asked::default() }.link()
    }

    /// A time in the reader's words.
    fn time(&self, ms: Option<&i64>) -> String {
        match ms {
            None => "–".to_owned(),
            Some(ms) if *ms < 10_000 => format!("{} ms", self.page.num(ms)),
            Some(ms) => self.page.duration(ms / 1000),
        }
    }

    fn count(&self) -> String {
        let n = self.page.num(self.lately.emails.min(2000));
        if self.lately.is_busy { format!("{n}+") } else { n }
    }

    fn rate(&self) -> String {
        let n = self.lately.per_minute;
        let shown = if n >= 10.0 { n.round() } else { (n * 10.0).round() / 10.0 };
        self.page.t("transactional-number").with("n", shown).to_string()
    }
}

pub(crate) async fn page(
    State(app): State<App>,
    page: Page,
    Query(asked): Query<Asked>,
) -> Result<Html<String>> {
    let asked = Asked { q: asked.q.trim().replace('\0', ""), ..asked };
    let is_tag = asked.q.contains(':') && !asked.q.contains('@');
    let filter = Filter {
        recipient: if is_tag { String::new() } else { asked.q.clone() },
        tag: if is_tag { asked.q.clone() } else { String::new() },
        state: asked.state.parse().ok(),
        after: asked.after.parse().ok(),
        ..Filter::default()
    };
    let (emails, has_more) = emails::list(&app.db, &filter, PAGE).await?;
    let start = Asked { after: String::new(), ..asked.clone() };
    let next = match emails.last() {
        Some(last) if has_more => Asked { after: last.id.to_string(), ..start.clone() }.link(),
        _ => String::new(),
    };
    let first = if asked.after.is_empty() { String::new() } else { start.link() };
    let chip = |state: Option<MessageState>| {
        let word = state.map(|state| state.to_string()).unwrap_or_default();
        let text = match state {
            None => page.t("archive-any-state"),
            Some(state) => page.t(&format!("layout-state-{}", state.as_str().replace('_', "-"))),
        };
        (text, Asked { state: word, ..start.clone() }.link(), state == filter.state)
    };
    let chips = std::iter::once(None).chain(STATES.into_iter().map(Some)).map(chip).collect();
    let lately = emails::lately(&app.db, page.now()).await?;
    let lines = emails.into_iter().map(Line::from).collect();
    render(&List { page, asked, lately, chips, lines, first, next })
}
