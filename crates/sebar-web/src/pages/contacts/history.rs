//! A contact's history as its page shows it: prepared lines.

use chrono::{DateTime, Utc};
use sebar_domain::{ContactEvent, MessageState, Stream};
use sebar_store::contacts::{Entry, Happening, Mail};
use serde_json::Value;

use crate::foundation::i18n::Text;
use crate::foundation::page::Page;

/// One line of the timeline.
pub(crate) struct Line {
    pub(crate) at: DateTime<Utc>,
    pub(crate) icon: &'static str,
    /// `good`, `warn`, `bad`, `info` or nothing.
    pub(crate) tone: &'static str,
    /// What happened. With `href` it is the name of what the link leads to.
    pub(crate) text: String,
    pub(crate) href: String,
    /// The state of a mail.
    pub(crate) state: Option<MessageState>,
    /// Who did it, a note, what came of it: one sentence each.
    pub(crate) details: Vec<String>,
}

impl Line {
    pub(crate) fn new(page: &Page, entry: &Entry) -> Self {
        match &entry.what {
            Happening::Event { kind, user, message, details } => {
                let mut line = event(page, entry.at, *kind, details);
                if let Some(message) = message {
                    line.href = format!("/archive/{message}");
                    line.details.insert(0, page.t("contacts-history-by-mail").to_string());
                }
                if let Some(user) = user {
                    line.details.insert(0, page.t("contacts-history-by").with("name", user).to_string());
                }
                line
            }
            Happening::Import { id, file_name, user } => Self {
                at: entry.at,
                icon: "csv",
                tone: "",
                text: page.t("contacts-history-import").with("file", file_name).to_string(),
                href: format!("/imports/{id}"),
                state: None,
                details: user
                    .iter()
                    .map(|user| page.t("contacts-history-by").with("name", user).to_string())
                    .collect(),
            },
            Happening::Message(mail) => message(page, entry.at, mail),
        }
    }
}

fn event(page: &Page, at: DateTime<Utc>, kind: ContactEvent, details: &Value) -> Line {
    let (icon, tone) = match kind {
        ContactEvent::Created => ("user-plus", "good"),
        ContactEvent::Edited => ("edit", ""),
        ContactEvent::Listed | ContactEvent::Unlisted => ("list", ""),
        ContactEvent::Unsubscribed => ("unsubscribe", "warn"),
        ContactEvent::Resubscribed => ("undo", "good"),
        ContactEvent::Suppressed => ("suppressed", "warn"),
        ContactEvent::Unsuppressed => ("shield", "good"),
    };
    let text = |name: &str| details.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let mut sentences = Vec::new();
    if let Some(fields) = details.get("fields").and_then(Value::as_array) {
        let names: Vec<String> =
            fields.iter().filter_map(Value::as_str).map(|field| field_name(page, field)).collect();
        sentences.push(page.t("contacts-history-fields").with("fields", names.join(", ")).to_string());
    }
    if let Some(before) = text("email_before") {
        sentences.push(page.t("contacts-history-email-before").with("email", before).to_string());
    }
    if let Some(note) = text("note") {
        sentences.push(format!("“{note}”"));
    }
    let list = text("list").unwrap_or_default();
    let said: Text = page.t(&format!("contacts-history-{kind}")).with("list", list);
    Line { at, icon, tone, text: said.to_string(), href: String::new(), state: None, details: sentences }
}

fn field_name(page: &Page, field: &str) -> String {
    match field {
        "email" | "name" | "language" => page.t(&format!("contacts-field-{field}")).to_string(),
        "time_zone" => page.t("contacts-field-time-zone").to_string(),
        attribute => attribute.to_owned(),
    }
}

fn message(page: &Page, at: DateTime<Utc>, mail: &Mail) -> Line {
    let facts = [
        ("contacts-history-opened", mail.opened_at),
        ("contacts-history-clicked", mail.clicked_at),
        ("contacts-history-bounced", mail.bounced_at),
        ("contacts-history-complained", mail.complained_at),
        ("contacts-history-left", mail.unsubscribed_at),
    ];
    let mut details = Vec::new();
    match mail.stream {
        Stream::Campaign => {}
        Stream::Transactional => details.push(page.t("contacts-history-transactional").to_string()),
        Stream::Test => details.push(page.t("contacts-history-test").to_string()),
    }
    for (key, when) in facts {
        if let Some(when) = when {
            details.push(page.t(key).with("when", page.ago(&when)).to_string());
        }
    }
    if let (MessageState::Failed | MessageState::InDoubt, Some(reply)) = (mail.state, &mail.reply) {
        details.push(reply.clone());
    }
    let (icon, tone) = if mail.bounced_at.is_some() || mail.complained_at.is_some() {
        ("bounce", "bad")
    } else if mail.clicked_at.is_some() {
        ("click", "good")
    } else if mail.opened_at.is_some() {
        ("mail-open", "good")
    } else if mail.state == MessageState::Failed {
        ("mail", "bad")
    } else {
        ("mail", "")
    };
    let title = if mail.title.is_empty() {
        page.t("contacts-history-no-title").to_string()
    } else {
        mail.title.clone()
    };
    Line {
        at,
        icon,
        tone,
        text: title,
        href: format!("/archive/{}", mail.id),
        state: Some(mail.state),
        details,
    }
}
