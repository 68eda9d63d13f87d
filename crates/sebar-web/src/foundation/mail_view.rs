//! A mail taken apart for showing: its headers, its HTML, its text, its source.

use axum::http::{HeaderName, header};
use axum::response::{IntoResponse as _, Response};
use mail_parser::{MessageParser, MimeHeaders as _};

use sebar_compose::paths;

use super::guard::MAIL_CONTENT_SECURITY_POLICY;

/// The query of tracked addresses in a mail that is only looked at in the dashboard.
pub(crate) const VIEW: &str = "view";

/// The parts of a mail as a person looks at them.
pub(crate) struct MailView {
    /// Names and values in their order; values unfolded, as they were sent.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) subject: String,
    pub(crate) text: Option<String>,
    pub(crate) has_html: bool,
    pub(crate) attachments: Vec<String>,
    /// The source, with what is not UTF-8 made visible.
    pub(crate) source: String,
}

impl MailView {
    /// Takes a mail apart. What cannot be parsed still shows its source.
    pub(crate) fn new(raw: &[u8]) -> Self {
        let source = String::from_utf8_lossy(raw).into_owned();
        let Some(mail) = MessageParser::new().parse(raw) else {
            return Self {
                headers: Vec::new(),
                subject: String::new(),
                text: None,
                has_html: false,
                attachments: Vec::new(),
                source,
            };
        };
        Self {
            headers: mail.headers_raw().map(|(name, value)| (name.to_owned(), unfold(value))).collect(),
            subject: mail.subject().unwrap_or_default().to_owned(),
            text: mail.body_text(0).map(std::borrow::Cow::into_owned),
            has_html: html_of(&mail).is_some(),
            attachments: mail
                .attachments()
                .map(|part| part.attachment_name().unwrap_or("–").to_owned())
                .collect(),
            source,
        }
    }
}

/// The HTML part as it was sent; `None` for a mail of text alone.
fn html_of(mail: &mail_parser::Message) -> Option<String> {
    // The parser makes HTML of text where there is none; only a real part counts.
    let part = mail.html_part(0)?;
    part.is_text_html().then(|| part.text_contents().map(str::to_owned)).flatten()
}

fn unfold(value: &str) -> String {
    value
        .split("\r\n")
        .flat_map(|line| line.split('\n'))
        .map(str::trim_end)
        .collect::<String>()
        .trim()
        .to_owned()
}

/// The HTML of a mail as a document of its own, for a sandboxed frame: it can run nothing.
pub(crate) fn html_document(raw: &[u8]) -> Option<Response> {
    let mail = MessageParser::new().parse(raw)?;
    let html = html_of(&mail)?;
    Some(document(mark_as_view(&html)))
}

/// Marks the pixel and the tracked links, so that looking at a mail here is no open and no click of
/// its recipient.
fn mark_as_view(html: &str) -> String {
    let is_token = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let mut marked = String::with_capacity(html.len() + 64);
    let mut rest = html;
    while let Some(at) = [paths::OPEN, paths::CLICK].iter().filter_map(|path| rest.find(path)).min() {
        let token = at + paths::OPEN.len();
        let end = rest[token..].find(|c| !is_token(c)).map_or(rest.len(), |length| token + length);
        marked.push_str(&rest[..end]);
        marked.push('?');
        marked.push_str(VIEW);
        rest = &rest[end..];
    }
    marked + rest
}

/// HTML that is not ours, as a document that can run nothing and reach nothing of ours.
pub(crate) fn document(html: String) -> Response {
    let headers: [(HeaderName, &str); 3] = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, MAIL_CONTENT_SECURITY_POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, html).into_response()
}

/// A mail's bytes as a file to keep.
pub(crate) fn download(name: &str, raw: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "message/rfc822".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.eml\"")),
    ];
    (headers, raw).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_shown_by_its_parts() {
        let raw = b"Subject: =?utf-8?Q?Halo_=E2=98=95?=\r\nX-Long: one\r\n two\r\nMIME-Version: 1.0\r\n\
            Content-Type: multipart/alternative; boundary=b\r\n\r\n\
            --b\r\nContent-Type: text/plain\r\n\r\nhello\r\n\
            --b\r\nContent-Type: text/html\r\n\r\n<p>hello</p>\r\n--b--\r\n";
        let view = MailView::new(raw);
        assert_eq!(view.subject, "Halo ☕");
        assert_eq!(view.headers[1], ("X-Long".into(), "one two".into()));
        assert_eq!(view.text.as_deref().map(str::trim), Some("hello"));
        assert!(view.has_html);
        let document = html_document(raw).unwrap();
        let policy = document.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("sandbox"));
        assert!(!policy.contains("allow-scripts"));
    }

    #[test]
    fn looking_at_a_mail_is_no_open_and_no_click() {
        let html =
            r#"<a href="https://m.example/t/c/Ab-_9">x</a><img src="https://m.example/t/o/Cd.gif"> /t/c/"#;
        let marked = r#"<a href="https://m.example/t/c/Ab-_9?view">x</a><img src="https://m.example/t/o/Cd.gif?view"> /t/c/?view"#;
        assert_eq!(mark_as_view(html), marked);
        assert_eq!(mark_as_view("<p>nothing</p>"), "<p>nothing</p>");
    }

    #[test]
    fn text_alone_has_no_html_and_noise_shows_its_source() {
        assert!(!MailView::new(b"Subject: x\r\n\r\nhello <b>world</b>\r\n").has_html);
        assert_eq!(MailView::new(b"\xff\xfe").source, "\u{fffd}\u{fffd}");
    }
}
