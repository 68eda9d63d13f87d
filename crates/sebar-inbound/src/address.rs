//! Addresses as they stand in running text.

/// The longest address that is looked for (RFC 5321 §4.5.3.1.3, with room).
const MAX_LENGTH: usize = 320;

/// An address and the bytes of the text that it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) address: String,
    pub(crate) from: usize,
    pub(crate) to: usize,
}

/// The first address in a text.
pub(crate) fn first(text: &str) -> Option<String> {
    next(text, 0).map(|found| found.address)
}

/// All addresses in a text, in their order, at most `limit`.
pub(crate) fn all(text: &str, limit: usize) -> Vec<Found> {
    let mut found = Vec::new();
    let mut at = 0;
    while found.len() < limit
        && let Some(one) = next(text, at)
    {
        at = one.to;
        found.push(one);
    }
    found
}

/// X.400 addresses and the like, which some gateways name: `/S=name/O=…`.
pub(crate) fn x400(text: &str) -> Option<String> {
    let text = text.trim().trim_matches(['<', '>']);
    (text.len() <= MAX_LENGTH && text.starts_with('/') && text.contains('=')).then(|| text.to_owned())
}

fn next(text: &str, from: usize) -> Option<Found> {
    let bytes = text.as_bytes();
    let mut search = from;
    while let Some(at) = memchr::memchr(b'@', bytes.get(search..)?).map(|at| search + at) {
        search = at + 1;
        let begin = local_begin(text, from, at);
        let end = domain_end(text, at + 1);
        let (local, domain) = (&text[begin..at], &text[at + 1..end]);
        if !local.is_empty() && local.len() <= 128 && is_domain(domain) && !is_message_id(text, begin) {
            let address = format!("{local}@{domain}");
            return Some(Found { address, from: begin, to: end });
        }
    }
    None
}

/// Where the local part before the `@` at `at` begins.
fn local_begin(text: &str, from: usize, at: usize) -> usize {
    // "john doe"@x.example
    if text[from..at].ends_with('"') {
        let window = at.saturating_sub(MAX_LENGTH).max(from);
        if let Some(quote) = text.as_bytes()[window..at - 1].iter().rposition(|&byte| byte == b'"') {
            return window + quote;
        }
        return at;
    }
    let mut begin = at;
    for (index, c) in text[from..at].char_indices().rev() {
        let is_part = c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
        if !is_part || at - (from + index) > MAX_LENGTH {
            break;
        }
        begin = from + index;
    }
    let local = &text[begin..at];
    // SMTP:a@x, mailto=a@x, 'a@x': what no address begins with.
    let trimmed = local.trim_start_matches(['\'', '.', '*', '=', '/', '`', '{', '|']);
    // 550-a@x: a reply of several lines.
    let trimmed = match trimmed.as_bytes() {
        [b'4' | b'5', b'0'..=b'9', b'0'..=b'9', b'-', _, ..] => &trimmed[4..],
        _ => trimmed,
    };
    let trimmed = trimmed.strip_prefix("mailto").filter(|rest| rest.is_empty()).unwrap_or(trimmed);
    at - trimmed.len()
}

fn domain_end(text: &str, from: usize) -> usize {
    let mut end = from;
    for (index, c) in text[from..].char_indices() {
        let is_part = c.is_alphanumeric() || c == '-' || c == '.' || c == '_';
        let literal =
            matches!(c, '[' if index == 0) || matches!(c, ']' | ':' if text[from..].starts_with('['));
        if !(is_part || literal) || index > 255 {
            break;
        }
        end = from + index + c.len_utf8();
        if c == ']' {
            break;
        }
    }
    let domain = &text[from..end];
    from + domain.trim_end_matches(['.', '-', '_', ':']).len()
}

fn is_domain(domain: &str) -> bool {
    if domain.starts_with('[') {
        return domain.ends_with(']') && domain.len() > 2;
    }
    let labels_ok = domain.split('.').all(|label| !label.is_empty() && label.len() <= 63);
    labels_ok
        && !domain.starts_with('-')
        && domain.contains('.')
        && domain.rsplit('.').next().is_some_and(|top| top.chars().any(char::is_alphabetic))
}

/// `Message-ID: <…@…>` and `In-Reply-To: <…>` hold no addresses.
fn is_message_id(text: &str, begin: usize) -> bool {
    let mut from = begin.saturating_sub(24);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let before = text[from..begin].trim_end_matches(['<', ' ', '\t']).to_ascii_lowercase();
    ["message-id:", "messageid:", "message id:", "in-reply-to:", "references:", "content-id:", "cid:"]
        .iter()
        .any(|name| before.ends_with(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        all(text, 10).into_iter().map(|found| found.address).collect()
    }

    #[test]
    fn addresses_are_found_in_running_text() {
        assert_eq!(
            found("<a@x.example>: no, b.c+d@y.example. (SMTP:e@z.example)"),
            ["a@x.example", "b.c+d@y.example", "e@z.example"]
        );
        assert_eq!(found("550-a@x.example is not here"), ["a@x.example"]);
        assert_eq!(found("RCPT To:<jörg@bücher.example>"), ["jörg@bücher.example"]);
        assert_eq!(
            found("\"a b\"@x.example 'c@x.example' d@[192.0.2.1]"),
            ["\"a b\"@x.example", "c@x.example", "d@[192.0.2.1]"]
        );
    }

    #[test]
    fn what_is_no_address_is_passed_over() {
        assert!(found("a@b @x.example me@ x@1.2.3 Message-ID: <123@x.example>").is_empty());
        assert!(found("@@@@").is_empty());
    }
}
