//! The header of a mail or a part (RFC 5322 §2.2).

use super::{MAX_FIELDS, encoded_word};

/// Header fields, in their order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Headers<'a> {
    fields: Vec<(&'a [u8], &'a [u8])>,
}

impl<'a> Headers<'a> {
    /// Reads the fields at the beginning and returns them with what follows the empty line. A line
    /// that can be no field ends the header: some bounces forget the empty line.
    pub(crate) fn parse(bytes: &'a [u8]) -> (Self, &'a [u8]) {
        let mut fields: Vec<(&[u8], &[u8])> = Vec::new();
        let mut rest = bytes;
        let mut field: Option<(usize, usize)> = None;
        let mut at = 0;
        loop {
            let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
            let line = &rest[..end];
            let content = trim_line_end(line);
            if content.is_empty() || !(is_continuation(content) && field.is_some() || is_field(content)) {
                push(&mut fields, bytes, field);
                // The empty line belongs to neither.
                let body = if content.is_empty() { &rest[end..] } else { rest };
                return (Self { fields }, body);
            }
            if is_continuation(content) {
                field = field.map(|(from, _)| (from, at + end));
            } else {
                push(&mut fields, bytes, field);
                field = Some((at, at + end));
            }
            at += end;
            rest = &rest[end..];
            if rest.is_empty() {
                push(&mut fields, bytes, field);
                return (Self { fields }, rest);
            }
        }
    }

    /// How many fields there are.
    pub(crate) fn len(&self) -> usize {
        self.fields.len()
    }

    /// The first field of that name, unfolded and decoded; `None` where there is none.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        self.all(name).next()
    }

    /// The same, or an empty text.
    pub(crate) fn text(&self, name: &str) -> String {
        self.get(name).unwrap_or_default()
    }

    /// Whether there is a field of that name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.raw(name).next().is_some()
    }

    /// All fields of that name, unfolded and decoded.
    pub(crate) fn all<'s>(&'s self, name: &'s str) -> impl Iterator<Item = String> + 's {
        self.raw(name).map(unfold)
    }

    /// Every field with its name, decoded.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (String, String)> {
        self.fields.iter().map(|(name, value)| (String::from_utf8_lossy(name).into_owned(), unfold(value)))
    }

    fn raw<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'a [u8]> + 's {
        self.fields
            .iter()
            .filter(move |(field, _)| field.eq_ignore_ascii_case(name.as_bytes()))
            .map(|(_, value)| *value)
    }
}

fn unfold(value: &[u8]) -> String {
    // No field that matters here is longer.
    let value = &value[..value.len().min(16 * 1024)];
    let decoded = encoded_word::decode(value);
    decoded.split(['\r', '\n']).map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

fn push<'a>(fields: &mut Vec<(&'a [u8], &'a [u8])>, bytes: &'a [u8], field: Option<(usize, usize)>) {
    let Some((from, to)) = field else { return };
    let line = &bytes[from..to];
    if fields.len() < MAX_FIELDS
        && let Some(colon) = memchr::memchr(b':', line)
    {
        fields.push((line[..colon].trim_ascii_end(), &line[colon + 1..]));
    }
}

fn trim_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn is_continuation(line: &[u8]) -> bool {
    matches!(line.first(), Some(b' ' | b'\t'))
}

/// `Name:`, with no blank in the name.
fn is_field(line: &[u8]) -> bool {
    let Some(colon) = memchr::memchr(b':', &line[..line.len().min(200)]) else { return false };
    let name = line[..colon].trim_ascii_end();
    !name.is_empty() && name.iter().all(u8::is_ascii_graphic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_unfolded_and_found_in_any_case() {
        let (headers, body) = Headers::parse(b"To: a@x.example\r\nSubject: one\r\n two\r\n\r\nbody");
        assert_eq!(headers.get("subject").as_deref(), Some("one two"));
        assert_eq!(headers.get("TO").as_deref(), Some("a@x.example"));
        assert_eq!(body, b"body");
    }

    #[test]
    fn a_line_that_is_no_field_begins_the_body() {
        let (headers, body) = Headers::parse(b"To: a@x.example\nHi there\n");
        assert_eq!((headers.len(), body), (1, &b"Hi there\n"[..]));
    }

    #[test]
    fn a_mail_may_end_within_its_header() {
        assert_eq!(Headers::parse(b"To: a@x").0.get("to").as_deref(), Some("a@x"));
        assert_eq!(Headers::parse(b"").0.len(), 0);
    }
}
