//! The words of an HTML text: enough of it to find addresses and reasons, in one pass.

/// Tags that end a line.
const BREAKS: [&str; 12] = ["br", "p", "div", "tr", "li", "h1", "h2", "h3", "table", "ul", "pre", "hr"];

/// Drops tags, styles and scripts and decodes the common entities.
pub(super) fn to_text(html: &str) -> String {
    let mut out = String::with_capacity(html.len() / 2);
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if rest.starts_with('&') {
            let (text, length) = entity(rest);
            out.push_str(text.as_deref().unwrap_or("&"));
            rest = &rest[length..];
            continue;
        }
        let Some(end) = rest.find('>') else { break };
        let tag = rest[1..end].trim_start_matches('/');
        // <someone@example.com>: not every writer of HTML escapes it.
        if tag.contains('@') && !tag.contains(['=', ' ']) {
            out.push_str(&rest[..=end]);
            rest = &rest[end + 1..];
            continue;
        }
        let name = tag.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or("").to_ascii_lowercase();
        let opens = !rest.starts_with("</");
        rest = &rest[end + 1..];
        if BREAKS.contains(&name.as_str()) {
            out.push('\n');
        } else if name == "td" || name == "th" {
            out.push(' ');
        } else if opens && (name == "style" || name == "script" || name == "title") {
            let close = match name.as_str() {
                "style" => "</style",
                "script" => "</script",
                _ => "</title",
            };
            rest = find_ignoring_case(rest, close).map_or("", |at| &rest[at..]);
        }
    }
    out.push_str(rest);
    out
}

/// What an entity stands for, and how long it is; (`None`, 1) where it is none.
fn entity(text: &str) -> (Option<String>, usize) {
    let window: &[u8] = &text.as_bytes()[..text.len().min(12)];
    let Some(end) = window.iter().position(|&byte| byte == b';') else { return (None, 1) };
    let name = &text[1..end];
    let found = match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some(' '),
        _ => name.strip_prefix('#').and_then(|number| {
            let value = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok(),
                None => number.parse().ok(),
            };
            value.and_then(char::from_u32)
        }),
    };
    found.map_or((None, 1), |found| (Some(found.to_string()), end + 1))
}

fn find_ignoring_case(text: &str, wanted: &str) -> Option<usize> {
    let wanted = wanted.as_bytes();
    text.as_bytes().windows(wanted.len()).position(|window| window.eq_ignore_ascii_case(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_and_tags_go() {
        let html =
            "<style>p{}</style><P>Not <b>delivered</b> to &lt;a@x.example&gt;<br>#550&nbsp;5.1.1 &#228;";
        assert_eq!(to_text(html).trim(), "Not delivered to <a@x.example>\n#550 5.1.1 ä");
    }

    #[test]
    fn broken_html_ends_quietly() {
        assert_eq!(to_text("a & b < c"), "a & b < c");
        assert_eq!(to_text("a<style>never closed"), "a");
        assert_eq!(to_text("to <a@x.example> failed"), "to <a@x.example> failed");
    }
}
