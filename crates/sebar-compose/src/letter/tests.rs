use mail_parser::{MessageParser, MimeHeaders as _};

use super::*;

fn key() -> MessageIdKey {
    MessageIdKey::new(&[7; 32])
}

fn mailboxes(list: &[&str]) -> Vec<Mailbox> {
    list.iter().map(|text| text.parse().unwrap()).collect()
}

struct Parts {
    from: Mailbox,
    to: Vec<Mailbox>,
    cc: Vec<Mailbox>,
    headers: Vec<(String, String)>,
}

fn parts() -> Parts {
    Parts {
        from: "Toko Kopi <halo@toko.example>".parse().unwrap(),
        to: mailboxes(&[
            "Ana Putri <ana@example.com>",
            "b@example.org",
            "\"Doe, J\" <j@example.net>",
            "Søren <s@example.dk>",
        ]),
        cc: mailboxes(&["c@example.com"]),
        headers: vec![
            ("X-Entity-Ref-ID".into(), "123".into()),
            ("List-Unsubscribe".into(), format!("<https://toko.example/{}>", "u".repeat(250))),
            ("X-Note".into(), "Größe\r\nBcc: evil@example.com".into()),
        ],
    }
}

impl Parts {
    fn letter<'a>(&'a self, files: &'a [File<'a>]) -> Letter<'a> {
        Letter {
            id: "01890000-0000-7000-8000-000000000001".parse().unwrap(),
            message_id_domain: None,
            from: &self.from,
            to: &self.to,
            cc: &self.cc,
            reply_to: &[],
            subject: "Pesanan 17 ☕",
            headers: &self.headers,
            html: "<p>Terima kasih <img src=\"cid:logo\"></p>",
            text: "Terima kasih",
            files,
        }
    }
}

fn date() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_780_800, 0).unwrap()
}

#[test]
fn a_mail_with_everything_is_read_as_it_was_meant() {
    let logo: Vec<u8> = (0..=255).collect();
    let bill = b"%PDF-1.7".repeat(1000);
    let files = [
        File {
            name: "tagihan \"17\".pdf",
            content_type: "application/pdf",
            content_id: None,
            size: bill.len(),
        },
        File { name: "lögo.png", content_type: "image/png", content_id: Some("logo"), size: logo.len() },
        File { name: "empty.txt", content_type: "text/plain", content_id: None, size: 0 },
    ];
    let parts = parts();
    let skeleton = parts.letter(&files).write(&key());
    let contents =
        [(skeleton.places[0], bill.as_slice()), (skeleton.places[1], &logo), (skeleton.places[2], &[])];
    let mail = assemble(&skeleton.bytes, Some(date()), &contents);
    assert_eq!(mail.size(), skeleton.size, "its size was known before");
    assert_eq!(mail, assemble(&skeleton.bytes, Some(date()), &contents));
    let text = String::from_utf8(mail.bytes.clone()).unwrap();
    assert!(text.split("\r\n").all(|line| line.len() <= 998 && !line.contains(['\r', '\n'])));

    let read = MessageParser::default().parse(&mail.bytes).unwrap();
    assert_eq!(read.subject(), Some("Pesanan 17 ☕"));
    assert_eq!(read.date().map(mail_parser::DateTime::to_timestamp), Some(date().timestamp()));
    let own = key().read(read.message_id().unwrap()).unwrap();
    assert_eq!((own.message, own.signed), (parts.letter(&[]).id, true));
    let to = |n: usize| {
        let one = read.to().and_then(|to| to.as_list()).unwrap()[n].clone();
        (one.name.unwrap_or_default().into_owned(), one.address.unwrap_or_default().into_owned())
    };
    assert_eq!(to(0), ("Ana Putri".into(), "ana@example.com".into()));
    assert_eq!(to(1), (String::new(), "b@example.org".into()));
    assert_eq!(to(2), ("Doe, J".into(), "j@example.net".into()));
    assert_eq!(to(3), ("Søren".into(), "s@example.dk".into()));
    assert_eq!(read.header_raw("X-Entity-Ref-ID").map(str::trim), Some("123"));
    assert_eq!(read.header_raw("List-Unsubscribe").map(str::trim), Some(parts.headers[1].1.as_str()));
    assert!(read.bcc().is_none(), "no header of a program makes another");
    assert_eq!(read.body_text(0).unwrap().trim(), "Terima kasih");
    assert!(read.body_html(0).unwrap().contains("cid:logo"));
    let files: Vec<_> = read.attachments().collect();
    let file = |name: &str| {
        *files
            .iter()
            .find(|file| file.attachment_name() == Some(name))
            .unwrap_or_else(|| panic!("{name} in {text}"))
    };
    assert_eq!(file("tagihan \"17\".pdf").contents(), bill);
    assert_eq!(file("lögo.png").contents(), logo);
    assert_eq!(file("lögo.png").content_id(), Some("logo"));
    assert_eq!(file("empty.txt").contents(), b"");
}

#[test]
fn a_plain_mail_stays_plain() {
    let mut parts = parts();
    parts.headers.clear();
    parts.cc.clear();
    parts.to.truncate(1);
    let letter = Letter {
        html: "",
        reply_to: &parts.to,
        message_id_domain: Some("mail.toko.example"),
        ..parts.letter(&[])
    };
    let skeleton = letter.write(&key());
    let mail = assemble(&skeleton.bytes, None, &[]);
    assert_eq!(
        String::from_utf8(mail.bytes).unwrap(),
        "From: Toko Kopi <halo@toko.example>\r\n\
         To: Ana Putri <ana@example.com>\r\n\
         Reply-To: Ana Putri <ana@example.com>\r\n\
         Subject: =?utf-8?B?UGVzYW5hbiAxNyDimJU=?=\r\n\
         Message-ID: <ageqaaaaabyabaaaaaaaaaaaaengfbdgy5chw4lzdq@mail.toko.example>\r\n\
         MIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\
         Content-Transfer-Encoding: quoted-printable\r\n\r\n\
         Terima kasih\r\n"
    );
}
