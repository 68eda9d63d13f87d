//! An email as a program writes it. Field names are those of Resend's API.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// An email to be sent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewEmail, example = json!({
    "from": "Toko Kopi <halo@toko.example>", "to": ["ana@example.com"], "subject": "Pesanan 17",
    "html": "<p>Terima kasih!</p>", "tags": [{ "name": "kind", "value": "order" }],
}))]
pub(crate) struct EmailRequest {
    /// Who sends: `halo@toko.example` or `Toko Kopi <halo@toko.example>`.
    #[schema(required = true, value_type = String)]
    pub(crate) from: Option<String>,
    /// Whom it goes to: one address or several. With `cc` and `bcc` at most 50.
    #[schema(required = true, value_type = OneOrMany)]
    pub(crate) to: Option<OneOrMany>,
    /// Who gets a copy and is seen to.
    pub(crate) cc: Option<OneOrMany>,
    /// Who gets a copy unseen.
    pub(crate) bcc: Option<OneOrMany>,
    /// Where answers go.
    #[serde(alias = "replyTo")]
    pub(crate) reply_to: Option<OneOrMany>,
    /// The subject. Needed unless a template brings it.
    pub(crate) subject: Option<String>,
    /// The HTML body. Needed unless there is `text` or `template`.
    pub(crate) html: Option<String>,
    /// The plain-text body. Made from the HTML if left out; empty: none.
    pub(crate) text: Option<String>,
    /// A template instead of `html` and `text`.
    pub(crate) template: Option<TemplateRequest>,
    /// More header fields, at most 50.
    pub(crate) headers: Option<BTreeMap<String, String>>,
    /// Files that go with it.
    pub(crate) attachments: Option<Vec<AttachmentRequest>>,
    /// What it is about, to find it by. At most 50.
    pub(crate) tags: Option<Vec<Tag>>,
    /// What your program wants kept with it: texts, numbers, true or false; at most 50.
    #[schema(value_type = Option<Object>)]
    pub(crate) metadata: Option<Map<String, Value>>,
    /// The pool of relays that it goes over, by name. As the rules say, if left out.
    pub(crate) pool: Option<String>,
    /// When to send it, by ISO 8601 with a time zone; at most 30 days ahead. At once if left out.
    #[serde(alias = "scheduledAt")]
    #[schema(format = DateTime)]
    pub(crate) scheduled_at: Option<String>,
}

/// One address or a list of them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged, expecting = "it must be an address or a list of addresses")]
pub(crate) enum OneOrMany {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl OneOrMany {
    /// The addresses with their places in the request.
    pub(super) fn each<'a>(&'a self, field: &'a str) -> Vec<(String, &'a str)> {
        match self {
            Self::One(text) => vec![(field.to_owned(), text)],
            Self::Many(texts) => {
                texts.iter().enumerate().map(|(n, text)| (format!("{field}[{n}]"), text.as_str())).collect()
            }
        }
    }
}

/// Which template, and what it says this time.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewEmailTemplate)]
pub(crate) struct TemplateRequest {
    /// The template's id, as in the address of its page.
    pub(crate) id: String,
    /// Values for its variables.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub(crate) variables: Map<String, Value>,
}

/// A file that goes with an email.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewAttachment)]
pub(crate) struct AttachmentRequest {
    /// Its name.
    pub(crate) filename: String,
    /// Its content, as base64.
    #[schema(content_encoding = "base64")]
    pub(crate) content: String,
    /// Its media type; told from its name if left out.
    #[serde(default, alias = "contentType")]
    pub(crate) content_type: Option<String>,
    /// Shows it in the HTML as `cid:…` instead of attaching it.
    #[serde(default, alias = "contentId")]
    pub(crate) content_id: Option<String>,
}

/// A name and a value to find emails by.
#[derive(Clone, Debug, serde::Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Tag)]
pub(crate) struct Tag {
    /// Letters, digits, `_` and `-`; at most 256.
    pub(crate) name: String,
    /// The same.
    pub(crate) value: String,
}

/// Another time for an email that waits.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Reschedule)]
pub(crate) struct RescheduleRequest {
    /// When to send it, by ISO 8601 with a time zone; at most 30 days ahead.
    #[serde(alias = "scheduledAt")]
    #[schema(format = DateTime)]
    pub(crate) scheduled_at: String,
}
