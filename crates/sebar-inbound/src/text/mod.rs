//! The text of a bounce: what it says itself, and what it returns.
mod named;
mod returned;

pub(crate) use named::{Named, local, named};
pub(crate) use returned::{field_name, split};

use crate::mime::Part;

/// The text that a mail says itself: the text parts before a returned mail, HTML where there is no
/// plain one.
pub(crate) fn of(mail: &Part<'_>) -> String {
    let mut plain = String::new();
    let mut html = String::new();
    for part in mail.walk() {
        if part.is_message() || part.is_message_header() {
            break;
        }
        // An attachment in text form is none of what the mail says.
        if !part.parts.is_empty()
            || part.headers.text("content-disposition").to_ascii_lowercase().starts_with("attachment")
        {
            continue;
        }
        let into = match part.essence() {
            "text/html" => &mut html,
            // A multipart that has no parts is a text that lost its MIME.
            kind if kind.starts_with("text/") || kind.starts_with("multipart/") => &mut plain,
            _ => continue,
        };
        if into.len() < crate::mime::MAX_TEXT {
            into.push_str(&part.text());
            into.push_str("\n\n");
        }
    }
    if plain.trim().is_empty() { html } else { plain }
}
