use std::fmt;
use std::str::FromStr;

use sebar_domain::Address;
use sebar_domain::id::{CampaignId, ListId, MessageId};
use serde::{Deserialize, Serialize};

/// What all mails of an installation share.
///
/// A message's bytes depend on it: whoever wants to compose a message again keeps the value that
/// it was sent with (it is made for JSON), next to the content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// Where the public pages are reached from outside.
    pub public_url: PublicUrl,
    /// `{{ company }}`: who sends.
    pub company: String,
    /// `{{ company_address }}`: the postal address that many laws ask for.
    pub company_address: String,
    /// The domain of Message-ID and List-Id; without it the domain of the sender's address.
    pub message_id_domain: Option<String>,
    /// The domain whose mail to `unsubscribe@` comes back to us. Without it List-Unsubscribe
    /// offers the web address only.
    pub unsubscribe_domain: Option<String>,
}

/// The address of the public pages: `http` or `https`, no query, no trailing slash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicUrl(String);

/// The text is no web address that pages can be put under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an http(s) address without query and fragment")]
pub struct BadPublicUrl;

impl PublicUrl {
    /// The address without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for PublicUrl {
    type Err = BadPublicUrl;

    fn from_str(text: &str) -> Result<Self, BadPublicUrl> {
        let url = url::Url::parse(text.trim()).map_err(|_| BadPublicUrl)?;
        let plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
        if !plain || url.password().is_some() || !matches!(url.scheme(), "http" | "https") {
            return Err(BadPublicUrl);
        }
        let text = url.as_str().trim_end_matches('/');
        // It stands in attributes and headers as it is.
        if text.len() > 300 || text.contains(['\'', '"', '&', '<', '>', ' ', '{', '}']) {
            return Err(BadPublicUrl);
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for PublicUrl {
    type Error = BadPublicUrl;
    fn try_from(text: String) -> Result<Self, BadPublicUrl> {
        text.parse()
    }
}

impl From<PublicUrl> for String {
    fn from(url: PublicUrl) -> Self {
        url.0
    }
}

/// Whom a mail is for: what a template may say about them.
#[derive(Clone, Copy, Debug)]
pub struct Person<'a> {
    /// `{{ email }}`.
    pub email: &'a Address,
    /// `{{ name }}`, the name in the To header. Where it is missing, `name` of the merge data.
    pub name: Option<&'a str>,
    /// The other variables: a JSON object with a key each. `null` counts as missing.
    pub merge: &'a serde_json::Value,
}

/// One message to compose.
#[derive(Clone, Copy, Debug)]
pub struct Envelope<'a> {
    /// Its id, which also gives its Date, Message-ID and boundaries.
    pub id: MessageId,
    /// Its recipient.
    pub to: Person<'a>,
    /// The mailing that it belongs to (for a test send too); a single mail has none, and so
    /// none of the headers of lists.
    pub mailing: Option<Mailing<'a>>,
}

/// The mailing that a message belongs to: what its list headers say.
#[derive(Clone, Copy, Debug)]
pub struct Mailing<'a> {
    /// The campaign.
    pub campaign: CampaignId,
    /// The list that it goes to, with the list's name, where it is one.
    pub list: Option<(ListId, &'a str)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_is_a_web_address_that_paths_can_follow() {
        for (text, good) in [
            ("https://mail.example.com/", Some("https://mail.example.com")),
            (" http://127.0.0.1:8080", Some("http://127.0.0.1:8080")),
            ("https://example.com/sebar//", Some("https://example.com/sebar")),
            ("example.com", None),
            ("ftp://example.com", None),
            ("https://example.com/?a=b", None),
            ("https://example.com/#a", None),
            ("https://user:pw@example.com", None),
            ("javascript:alert(1)", None),
            ("https://example.com/a&b", None),
        ] {
            let parsed = text.parse::<PublicUrl>().ok();
            assert_eq!(parsed.as_ref().map(PublicUrl::as_str), good, "{text}");
        }
    }
}
