use mail_parser::MessageParser;
use proptest::prelude::*;

use super::*;

fn written(write: impl FnOnce(&mut Headers<'_>)) -> String {
    let mut out = Vec::new();
    write(&mut Headers::new(&mut out));
    String::from_utf8(out).unwrap()
}

#[test]
fn a_plain_subject_stays_readable_and_is_folded_at_words() {
    assert_eq!(written(|h| h.text("Subject", "Hello")), "Subject: Hello\r\n");
    let long = "word ".repeat(40);
    let field = written(|h| h.text("Subject", &long));
    assert!(field.lines().all(|line| line.len() <= 78), "{field}");
    assert_eq!(field.replace("\r\n ", " ").trim(), format!("Subject: {}", long.trim()));
}

#[test]
fn a_name_is_quoted_or_encoded_as_it_needs() {
    for (name, field) in [
        ("", "To: a@b.example\r\n"),
        ("Budi Santoso", "To: Budi Santoso <a@b.example>\r\n"),
        ("Santoso, Budi (\"B\\\")", "To: \"Santoso, Budi (\\\"B\\\\\\\")\" <a@b.example>\r\n"),
        ("José", "To: =?utf-8?B?Sm9zw6k=?= <a@b.example>\r\n"),
        ("=?utf-8?Q?x?=", "To: =?utf-8?B?PT91dGYtOD9RP3g/PQ==?= <a@b.example>\r\n"),
        ("a\r\nBcc: x@y.example", "To: \"a Bcc: x@y.example\" <a@b.example>\r\n"),
    ] {
        assert_eq!(written(|h| h.mailbox("To", name, "a@b.example")), field, "{name:?}");
    }
}

proptest! {
    #[test]
    fn no_text_ends_its_own_line(text in "([a-z ]|\\PC|[\r\n\t\0\u{85}\u{2028}]|日本|=\\?|\"|\\\\|<|>|,){0,200}") {
        let field = written(|h| {
            h.text("Subject", &text);
            h.mailbox("From", &text, "a@b.example");
            h.list_id(&text, "x.b.example");
        });
        let mut names = Vec::new();
        for line in field.strip_suffix("\r\n").unwrap().split("\r\n") {
            prop_assert!(line.len() <= 250 && line.is_ascii() && !line.trim().is_empty(), "{line:?}");
            prop_assert!(!line.bytes().any(|b| b.is_ascii_control()), "{line:?}");
            if !line.starts_with(' ') {
                names.push(line.split(':').next().unwrap());
            }
        }
        prop_assert_eq!(names, ["Subject", "From", "List-Id"]);
        let read = format!("{field}\r\nx");
        let read = MessageParser::default().parse(read.as_bytes()).unwrap();
        let wanted = one_line(&text);
        prop_assert_eq!(read.subject().unwrap_or_default(), wanted.as_ref());
        let from = read.from().and_then(|from| from.first()).unwrap();
        prop_assert_eq!(from.address.as_deref(), Some("a@b.example"));
        prop_assert_eq!(from.name.as_deref().unwrap_or_default(), wanted.as_ref());
    }
}
