use aws_lc_rs::digest::{SHA256, digest};
use mail_parser::MessageParser;
use proptest::prelude::*;
use sebar_domain::Tracking;
use sebar_domain::id::MessageId;
use serde_json::json;

use crate::testing::{address, compose, content, key, mail, mailing, message, site};
use crate::{Envelope, Mailing, Part, Person, Site, Token};

#[test]
fn a_whole_mail_is_as_reviewed() {
    let html = "<!doctype html>\n<html><head><title>T</title></head><body>\n<h1>Halo {{ first_name }}</h1>\n\
        <p>Promo di {{ city|default('kotamu') }}: <a href=\"https://toko.example/?kota={{ city }}&amp;a=1\">lihat</a></p>\n\
        {% for p in products %}<p><a href=\"{{ p.url }}\">{{ p.name }}</a></p>{% endfor %}\n\
        <p><a href=\"{{ unsubscribe_url }}\">Berhenti</a><br>{{ company }}, {{ company_address }}</p></body></html>\n";
    let mut content = content(html);
    content.subject = "Halo {{ name }} — promo ✨ akhir tahun untuk semua pelanggan setia kami".into();
    content.preheader = "Diskon < 50 % untuk {{ name }}".into();
    content.reply_to = Some("cs@toko.example".parse().unwrap());
    let compiled = content.compile(12).unwrap();
    let merge = json!({"city": "Kab. Ciamis & sekitar", "products": [
        {"name": "Kopi <1kg>", "url": "https://toko.example/kopi?a=1&b=2"},
        {"name": "Teh", "url": "javascript:alert(1)"},
    ]});
    insta::assert_snapshot!(mail(&compiled, &merge).replace('\r', ""));
}

#[test]
fn the_same_message_gives_the_same_bytes() {
    let mut content = content("<p>{{ a }} {% for k, v in m|items %}{{ k }}{{ v }}{% endfor %}</p>");
    content.preheader = "p".into();
    let merge = json!({"a": "x", "m": {"z": 1, "b": 2, "y": 3}});
    let first = compose(&content.compile(5).unwrap(), &merge).unwrap();
    for _ in 0..5 {
        assert_eq!(compose(&content.compile(5).unwrap(), &merge).unwrap(), first);
    }
    assert_eq!(first.digest.as_slice(), digest(&SHA256, &first.bytes).as_ref());
}

/// Every line as the wire wants it (RFC 5322 §2.1.1, §2.3).
fn check_lines(bytes: &[u8]) {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    assert!(text.ends_with("\r\n"));
    for line in text.split("\r\n") {
        assert!(line.len() <= 998 && !line.contains(['\r', '\n', '\0']), "{line:?}");
    }
}

#[test]
fn another_program_reads_what_we_wrote() {
    let html = "<html><body><p>Halo {{ name }} ✨</p><p><a href='https://a.example/'>x</a></p></body></html>";
    let mut content = content(html);
    content.subject = "Promo ✨ {{ name }}".into();
    content.from_name = "Toko, \"Sebar\"".into();
    let composed = compose(&content.compile(5).unwrap(), &json!({})).unwrap();
    check_lines(&composed.bytes);
    let read = MessageParser::default().parse(&composed.bytes).unwrap();
    assert_eq!(read.subject(), Some("Promo ✨ Budi Santoso"));
    let from = read.from().unwrap().first().unwrap();
    assert_eq!(
        (from.name.as_deref(), from.address.as_deref()),
        (Some("Toko, \"Sebar\""), Some("news@toko.example"))
    );
    assert_eq!(read.date().unwrap().to_timestamp(), 0x019a_afec_4800 / 1000);
    let message_id = key().message_ids().of(message(), "toko.example");
    assert_eq!(read.message_id(), Some(message_id.as_str()));
    assert_eq!((read.html_body_count(), read.text_body_count()), (1, 1));
    assert!(read.body_html(0).unwrap().contains("Halo Budi Santoso ✨"));
    assert!(
        read.body_text(0)
            .unwrap()
            .starts_with("Halo Budi Santoso ✨\r\n\r\nx <https://mail.example.com/t/c/")
    );
}

#[test]
fn mails_from_before_message_ids_were_signed_keep_theirs() {
    let mut compiled = content("<p>x</p>").compile(5).unwrap();
    let now = compose(&compiled, &json!({})).unwrap();
    compiled.composer = 2;
    let before = compose(&compiled, &json!({})).unwrap();
    let signed = key().message_ids().of(message(), "toko.example");
    let as_before = String::from_utf8(now.bytes)
        .unwrap()
        .replace(&signed, "019aafec480070008000000000000001@toko.example");
    assert_eq!(String::from_utf8(before.bytes).unwrap(), as_before, "and nothing else is another");
}

#[test]
fn only_a_mailing_has_the_headers_of_lists() {
    let compiled = content("<p>x</p>").compile(5).unwrap();
    let email = address("budi@example.com");
    let to = Person { email: &email, name: None, merge: &json!({}) };
    let single = Envelope { id: message(), to, mailing: None };
    let text = |site: &Site, envelope: &Envelope<'_>| {
        String::from_utf8(compiled.compose(site, &key(), envelope).unwrap().bytes).unwrap()
    };
    let mail = text(&site(), &single);
    assert!(!mail.contains("List-") && !mail.contains("Feedback-ID"), "{mail}");
    let mut site = site();
    site.unsubscribe_domain = Some("bounce.toko.example".into());
    site.message_id_domain = Some("m.toko.example".into());
    let mail = text(&site, &Envelope { mailing: Some(Mailing { list: None, ..mailing() }), ..single });
    let read = MessageParser::default().parse(mail.as_bytes()).unwrap();
    let header = |name: &str| read.header_raw(name).unwrap().trim().replace("\r\n", "");
    assert_eq!(header("List-Id"), "\"Toko Sebar & Co\" <mailings.m.toko.example>".replace('"', ""));
    assert_eq!(header("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
    let message_id = key().message_ids().of(message(), "m.toko.example");
    assert_eq!(header("Message-ID"), format!("<{message_id}>"));
    let ways = header("List-Unsubscribe");
    let token = ways.strip_prefix("<https://mail.example.com/u/").unwrap().split('>').next().unwrap();
    assert_eq!(Token::verify(&key(), token), Some(Token::Unsubscribe { message: message() }));
    assert!(ways.ends_with(&format!(", <mailto:unsubscribe@bounce.toko.example?subject={token}>")), "{ways}");
}

#[test]
fn each_way_of_tracking_says_no_more_than_it_may() {
    let html = "<body><a href='https://a.example/'>x</a></body>";
    for (tracking, kinds) in [
        (Tracking::Off, vec![]),
        (
            Tracking::Anonymous,
            vec![Token::ClickAnonymous { content_no: 5, link: 0 }, Token::OpenAnonymous { content_no: 5 }],
        ),
        (
            Tracking::Individual,
            vec![
                Token::Click { message: message(), content_no: 5, link: 0 },
                Token::Open { message: message() },
            ],
        ),
    ] {
        let mut content = content(html);
        content.tracking = tracking;
        let composed = compose(&content.compile(5).unwrap(), &json!({})).unwrap();
        let read = MessageParser::default().parse(&composed.bytes).unwrap();
        let html = read.body_html(0).unwrap();
        let tokens: Vec<Token> = html
            .split("https://mail.example.com/t/")
            .skip(1)
            .map(|rest| rest[2..].split(['"', '\'', '.']).next().unwrap())
            .map(|token| Token::verify(&key(), token).unwrap())
            .collect();
        assert_eq!(tokens, kinds);
    }
}

#[test]
fn a_mail_has_the_parts_that_it_was_given() {
    let mut content = content("");
    content.text = Some("only text".into());
    assert!(
        mail(&content.compile(1).unwrap(), &json!({}))
            .contains("\r\nContent-Type: text/plain; charset=utf-8\r\n")
    );
    content.html = "<img src='https://a.example/x.png'>".into();
    content.text = None;
    assert!(
        mail(&content.compile(1).unwrap(), &json!({}))
            .contains("\r\nContent-Type: text/html; charset=utf-8\r\n")
    );
}

#[test]
fn a_missing_value_stops_the_message_and_says_which() {
    let fault = compose(&content("<p>\n{{ city }}</p>").compile(1).unwrap(), &json!({})).unwrap_err();
    assert_eq!((fault.part, fault.line, fault.detail.as_str()), (Part::Html, Some(2), "city"));
}

#[test]
fn an_id_of_any_kind_gives_a_date() {
    let compiled = content("x").compile(1).unwrap();
    let email = address("budi@example.com");
    let to = Person { email: &email, name: None, merge: &json!({}) };
    for id in [0, u128::MAX] {
        let id = MessageId(uuid::Uuid::from_u128(id));
        check_lines(&compiled.compose(&site(), &key(), &Envelope { id, to, mailing: None }).unwrap().bytes);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn hostile_data_add_no_header_and_no_part(
        value in "([a-z ]|\\PC|[\r\n\t\0]|\r\nBcc: x@y.example\r\n|\r\n\r\n<script>|--=_sebar_|\r\n\\.\r\n|=|日本){0,60}",
    ) {
        let mut content = content("<p title=\"{{ v }}\">{{ v }}</p><a href='https://a.example/?{{ v }}'>x</a><a href=\"{{ v }}\">y</a>");
        content.subject = "{{ v }}".into();
        content.preheader = "{{ v }}".into();
        content.from_name.clone_from(&value);
        content.tracking = Tracking::Off;
        let mut site = site();
        site.company.clone_from(&value);
        site.message_id_domain = Some(value.clone());
        site.unsubscribe_domain = Some(value.clone());
        let compiled = content.compile(1).unwrap();
        let merge = json!({ "v": value });
        let email = address("budi@example.com");
        let to = Person { email: &email, name: Some(&value), merge: &merge };
        let mailing = Mailing { list: Some((mailing().list.unwrap().0, &value)), ..mailing() };
        let mail = compiled.compose(&site, &key(), &Envelope { id: message(), to, mailing: Some(mailing) }).unwrap();
        check_lines(&mail.bytes);
        let read = MessageParser::default().parse(&mail.bytes).unwrap();
        let names: Vec<&str> = read.headers().iter().map(mail_parser::Header::name).collect();
        prop_assert_eq!(names, [
            "From", "To", "Subject", "Date", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post", "List-ID",
            "Feedback-ID", "MIME-Version", "Content-Type",
        ]);
        prop_assert_eq!((read.parts.len(), read.attachment_count()), (3, 0));
        let html = read.body_html(0).unwrap();
        prop_assert!(!html.contains("<script"));
    }
}
