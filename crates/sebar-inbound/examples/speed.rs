//! How long recognition takes: hostile and large mails of 10 MB, and a folder of real ones.
//! `speed [FOLDER]`, built with `--release`.

#![expect(clippy::cast_precision_loss, reason = "what is printed is rounded")]

use std::path::Path;
use std::time::Instant;

use sebar_inbound::{files, recognise};

const SIZE: usize = 10 * 1024 * 1024;

fn main() -> std::io::Result<()> {
    for (name, mail) in hostile() {
        let begun = Instant::now();
        let report = recognise(&mail);
        println!(
            "{name:28} {:5.1} MB {:8.1} ms  {}",
            mail.len() as f64 / 1_048_576.0,
            begun.elapsed().as_secs_f64() * 1e3,
            report.kind
        );
    }
    let Some(folder) = std::env::args_os().nth(1) else { return Ok(()) };
    let mut mails: Vec<Vec<u8>> = Vec::new();
    files::each(Path::new(&folder), &mut |_, mail| {
        mails.push(mail.to_vec());
        Ok(())
    })?;
    let begun = Instant::now();
    let rounds = 5;
    for mail in (0..rounds).flat_map(|_| &mails) {
        std::hint::black_box(recognise(mail));
    }
    let each = begun.elapsed().as_secs_f64() / (rounds * mails.len()) as f64;
    println!("{} mails: {:.3} ms each, {:.0} a second", mails.len(), each * 1e3, 1.0 / each);
    Ok(())
}

fn hostile() -> Vec<(&'static str, Vec<u8>)> {
    let fill = |head: &str, piece: &str| {
        let mut mail = head.as_bytes().to_vec();
        while mail.len() < SIZE {
            mail.extend_from_slice(piece.as_bytes());
        }
        mail
    };
    let plain = "From: MAILER-DAEMON@x.example\nSubject: failure notice\n\n";
    let multipart = "Content-Type: multipart/report; boundary=b\n\n--b\n\n";
    let status =
        "Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n";
    let html = "From: MAILER-DAEMON@x.example\nContent-Type: text/html\n\n";
    vec![
        (
            "attachment in base64",
            fill(
                "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nHi\n--b\nContent-Type: application/pdf\nContent-Transfer-Encoding: base64\n\n",
                "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5\n",
            ),
        ),
        ("text", fill(plain, "Lorem ipsum dolor sit amet, consectetur adipiscing elit.\n")),
        ("one line", fill(plain, "Lorem ipsum ")),
        ("addresses", fill(plain, "<someone@x.example>: 550 5.1.1 User unknown\n")),
        (
            "other addresses",
            (0..250_000).fold(plain.as_bytes().to_vec(), |mut mail, n| {
                mail.extend_from_slice(format!("<n{n}@x.example>: 550 User unknown\n").as_bytes());
                mail
            }),
        ),
        ("only @", fill(plain, "@")),
        ("one local part", fill(plain, "aaaaaaaa")),
        ("only <", fill(html, "<")),
        ("only &", fill(html, "&")),
        ("style", fill(html, "<style>")),
        ("header fields", fill("", "X-A: b\n")),
        ("one header field", fill("X-A: b", "\n b")),
        ("encoded words", fill("Subject: ", "=?utf-8?Q?=C3=A4?= ")),
        ("broken words", fill("Subject: ", "=?")),
        ("parts", fill(multipart, "--b\n\n")),
        ("almost boundaries", fill(multipart, "--bb\n")),
        ("nested", fill("", "Content-Type: message/rfc822\n\n")),
        ("nested multiparts", fill("", "Content-Type: multipart/mixed; boundary=b\n\n--b\n")),
        (
            "recipients",
            fill(status, "Final-Recipient: rfc822; a@x.example\nAction: failed\nStatus: 5.1.1\n\n"),
        ),
        ("empty lines of a status", fill(status, "\n")),
        ("lines of a status", fill(status, "x\n")),
        ("escapes", fill(status, "Final-Recipient: utf-8; \\x{\n")),
        ("quoted-printable", fill("Content-Transfer-Encoding: quoted-printable\n\n", "=")),
        ("zero bytes", vec![0; SIZE]),
        ("bytes 255", vec![255; SIZE]),
    ]
}
