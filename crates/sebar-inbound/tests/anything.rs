//! Whatever the bytes are: an answer, of a bounded size, that can be written as JSON.

use proptest::prelude::*;
use sebar_inbound::files::Line;
use sebar_inbound::recognise;

/// What mails are made of, whole and broken.
const PIECES: &[&str] = &[
    "From: MAILER-DAEMON@x.example\n",
    "Subject: =?utf-8?B?",
    "?=",
    "\n\n",
    "\r\n",
    "Content-Type: multipart/report; boundary=b\n",
    "--b\n",
    "--b--\n",
    "Content-Type: message/rfc822\n\n",
    "Content-Type: message/delivery-status\n\n",
    "Final-Recipient: rfc822; ",
    "a@x.example",
    "Action: failed\n",
    "Status: 5.1.1\n",
    "Diagnostic-Code: smtp; 550 ",
    "\\x{e4}",
    "\\x{",
    "<",
    ">",
    ":",
    "@",
    "\"",
    "\u{0}",
    "ü",
    "Content-Transfer-Encoding: base64\n",
    "Content-Transfer-Encoding: quoted-printable\n",
    "=E4=",
    "&#228;",
    "<style>",
    "{\"a\":",
    "550-5.1.1 ",
    "RCPT TO:<",
    "Feedback-Type: abuse\n",
    "Content-Type: message/feedback-report\n\n",
    "Disposition: ",
    "X-Failed-Recipients: ",
];

proptest! {
    #[test]
    fn any_bytes_are_a_mail(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let line = Line::of("x".to_owned(), &bytes, Some("b+"));
        prop_assert!(serde_json::to_string(&line).is_ok());
    }

    #[test]
    fn any_pieces_are_a_mail(pieces in proptest::collection::vec(0..PIECES.len(), 0..60)) {
        let mail: String = pieces.iter().map(|piece| PIECES[*piece]).collect();
        let line = Line::of("x".to_owned(), mail.as_bytes(), Some("b+"));
        prop_assert!(serde_json::to_string(&line).is_ok());
    }
}

#[test]
fn what_is_kept_of_a_mail_does_not_grow_without_end() {
    let recipients = |count: usize| {
        let head =
            "Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n";
        let fields = (0..count)
            .map(|n| format!("\nFinal-Recipient: rfc822; n{n}@x.example\nAction: failed\nStatus: 5.1.1\n"));
        let mail: String = std::iter::once(head.to_owned()).chain(fields).collect();
        recognise(mail.as_bytes()).recipients.len()
    };
    assert_eq!(recipients(300), 300);
    assert!(recipients(50_000) <= 1_000);

    let head = "From: MAILER-DAEMON@x.example\nSubject: failure notice\n\n";
    let named = (0..20_000).map(|n| format!("<n{n}@x.example>:\nno such user\n"));
    let text: String = std::iter::once(head.to_owned()).chain(named).collect();
    let report = recognise(text.as_bytes());
    assert!((400..=500).contains(&report.recipients.len()));
    assert!(serde_json::to_vec(&report).unwrap().len() < 1_000_000);
}
