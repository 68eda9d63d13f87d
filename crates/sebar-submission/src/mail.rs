//! A mail as it is handed in, and as it goes out.

use chrono::{DateTime, Utc};
use mail_parser::MessageParser;
use sebar_compose::MessageIdKey;
use sebar_domain::Address;
use sebar_domain::id::MessageId;

/// Fields that are read and not sent: what is for us alone, and what only a receiver may write.
const OURS: [&str; 4] = ["bcc", "return-path", "x-sebar-tag", "x-sebar-pool"];
/// As by the REST API.
const TAGS: usize = 50;
const TAG_CHARACTERS: usize = 256;
const SUBJECT: usize = 998;

/// A mail that can go out.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mail<'a> {
    /// Its header up to the empty line, all but the Date that `dated_at` stands for.
    pub(crate) header: Vec<u8>,
    /// What follows, as it came.
    pub(crate) body: &'a [u8],
    /// The Date to put before it; `None`: it has its own.
    pub(crate) dated_at: Option<DateTime<Utc>>,
    /// Whom it is from.
    pub(crate) from: Address,
    /// The same with the name.
    pub(crate) from_text: String,
    pub(crate) to: Vec<String>,
    pub(crate) cc: Vec<String>,
    pub(crate) reply_to: Vec<String>,
    /// Addresses that its readers see.
    pub(crate) seen: Vec<String>,
    pub(crate) subject: String,
    /// `X-Sebar-Tag: name=value`; a word alone is the value of `tag`.
    pub(crate) tags: Vec<(String, String)>,
    /// `X-Sebar-Pool`.
    pub(crate) pool: Option<String>,
}

/// Why a mail cannot go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    NoHeader,
    From,
    Tags,
}

impl std::fmt::Display for Unfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NoHeader => "The message has no header (RFC 5322)",
            Self::From => "The message needs one From field with one address (RFC 5322 3.6.2)",
            Self::Tags => "X-Sebar-Tag: at most 50 tags of at most 256 characters",
        })
    }
}

impl<'a> Mail<'a> {
    /// Reads a mail; `id` names it where it has no Message-ID, signed with the key.
    pub(crate) fn read(raw: &'a [u8], id: MessageId, key: &MessageIdKey) -> Result<Self, Unfit> {
        let (fields, body) = split(raw).ok_or(Unfit::NoHeader)?;
        let named = |name: &'static str| fields.iter().filter(move |field| field.name == name);
        if named("from").count() != 1 {
            return Err(Unfit::From);
        }
        let parsed = MessageParser::new().parse_headers(raw).ok_or(Unfit::NoHeader)?;
        let (from, from_text) = match parsed.from().map(each) {
            Some(list) if list.len() == 1 => {
                let address = list[0].1.parse::<Address>().map_err(|_| Unfit::From)?;
                (address, text(&list[0]))
            }
            _ => return Err(Unfit::From),
        };
        let list = |of: Option<&mail_parser::Address<'_>>| of.map(each).unwrap_or_default();
        let (to, cc, reply_to) = (list(parsed.to()), list(parsed.cc()), list(parsed.reply_to()));
        let mut header = Vec::with_capacity(raw.len() - body.len() + 128);
        if named("message-id").next().is_none() {
            let line = format!("Message-ID: <{}>\r\n", key.of(id, from.domain()));
            header.extend_from_slice(line.as_bytes());
        }
        for field in fields.iter().filter(|field| !OURS.contains(&field.name.as_str())) {
            header.extend_from_slice(field.raw);
        }
        header.extend_from_slice(b"\r\n");
        Ok(Self {
            header,
            body,
            dated_at: named("date").next().is_none().then(Utc::now),
            from,
            from_text,
            seen: to.iter().chain(&cc).map(|(_, address)| address.clone()).collect(),
            to: to.iter().map(text).collect(),
            cc: cc.iter().map(text).collect(),
            reply_to: reply_to.iter().map(text).collect(),
            subject: clean(parsed.subject().unwrap_or_default(), SUBJECT),
            tags: tags(named("x-sebar-tag").map(Field::value))?,
            pool: named("x-sebar-pool").map(Field::value).find(|name| !name.is_empty()),
        })
    }
}

/// Names and addresses.
fn each(list: &mail_parser::Address<'_>) -> Vec<(String, String)> {
    list.iter()
        .filter_map(|one| Some((clean(one.name().unwrap_or_default(), 200), clean(one.address()?, 320))))
        .collect()
}

fn text((name, address): &(String, String)) -> String {
    if name.is_empty() { address.clone() } else { format!("{name} <{address}>") }
}

fn clean(text: &str, most: usize) -> String {
    text.replace(|c: char| c.is_control(), " ").trim().chars().take(most).collect()
}

fn tags(values: impl Iterator<Item = String>) -> Result<Vec<(String, String)>, Unfit> {
    let mut tags = Vec::new();
    for value in values {
        for word in value.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            let (name, value) = word.split_once('=').unwrap_or(("tag", word));
            let (name, value) = (name.trim().to_owned(), value.trim().to_owned());
            let is_long = |text: &str| text.is_empty() || text.chars().count() > TAG_CHARACTERS;
            if is_long(&name) || is_long(&value) || tags.len() >= TAGS {
                return Err(Unfit::Tags);
            }
            tags.push((name, value));
        }
    }
    Ok(tags)
}

struct Field<'a> {
    /// In lower case.
    name: String,
    /// The whole field with its line ends.
    raw: &'a [u8],
}

impl Field<'_> {
    /// Its value, unfolded.
    fn value(&self) -> String {
        let value = self.raw.iter().position(|byte| *byte == b':').map_or(&[][..], |at| &self.raw[at + 1..]);
        clean(&String::from_utf8_lossy(value).replace("\r\n", ""), 1000)
    }
}

/// The fields of a mail's header and its body; `None` where there is no header.
fn split(raw: &[u8]) -> Option<(Vec<Field<'_>>, &[u8])> {
    let mut fields: Vec<Field<'_>> = Vec::new();
    let mut at = 0;
    let mut start = 0;
    while at < raw.len() {
        let end = raw[at..].windows(2).position(|two| two == b"\r\n").map_or(raw.len(), |n| at + n + 2);
        let line = &raw[at..end];
        if line == b"\r\n" {
            return (!fields.is_empty()).then_some((fields, &raw[end..]));
        }
        if matches!(line.first(), Some(b' ' | b'\t')) {
            let last = fields.last_mut()?;
            last.raw = &raw[start..end];
        } else {
            let colon = line.iter().position(|byte| *byte == b':')?;
            let name = line[..colon].trim_ascii_end();
            let is_name = !name.is_empty() && name.iter().all(|byte| (33..=126).contains(byte));
            if !is_name {
                return None;
            }
            start = at;
            fields.push(Field { name: String::from_utf8_lossy(name).to_ascii_lowercase(), raw: line });
        }
        at = end;
    }
    (!fields.is_empty()).then_some((fields, &[]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> MessageIdKey {
        MessageIdKey::new(&[7; 32])
    }

    fn read(text: &str) -> Result<(Mail<'static>, String), Unfit> {
        let text = text.replace('\n', "\r\n").leak();
        let mail = Mail::read(text.as_bytes(), MessageId::new(), &key())?;
        let whole = String::from_utf8([&mail.header, mail.body].concat()).unwrap();
        Ok((mail, whole.replace("\r\n", "\n")))
    }

    #[test]
    fn it_goes_out_as_it_came_but_for_what_is_ours() {
        let (mail, text) = read(
            "Return-Path: <x@evil.example>\nDate: Fri, 27 Nov 2026 10:00:00 +0700\nFrom: =?utf-8?q?Toko_K=C3=B6pi?= <halo@Toko.example>\n\
             To: Budi <budi@x.example>,\n ida@x.example\nBcc: rahasia@x.example,\n lain@x.example\nX-Sebar-Tag: kind=welcome, urgent\n\
             Message-ID: <1@toko.example>\nX-SEBAR-POOL:  Pesanan \nSubject: Selamat\n datang\n\nHalo\n..\n",
        )
        .unwrap();
        assert_eq!(
            text,
            "Date: Fri, 27 Nov 2026 10:00:00 +0700\nFrom: =?utf-8?q?Toko_K=C3=B6pi?= <halo@Toko.example>\n\
             To: Budi <budi@x.example>,\n ida@x.example\nMessage-ID: <1@toko.example>\nSubject: Selamat\n datang\n\nHalo\n..\n"
        );
        assert_eq!(mail.from_text, "Toko Köpi <halo@Toko.example>");
        assert_eq!(mail.seen, ["budi@x.example", "ida@x.example"]);
        let tags: Vec<_> = mail.tags.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(tags, [("kind", "welcome"), ("tag", "urgent")]);
        assert_eq!((mail.pool.as_deref(), mail.dated_at), (Some("Pesanan"), None));
    }

    #[test]
    fn what_is_missing_is_put_in() {
        let id = MessageId::new();
        let mail = Mail::read(b"From: halo@toko.example\r\n\r\nHi", id, &key()).unwrap();
        let text = String::from_utf8(mail.header).unwrap();
        assert!(
            text.starts_with(&format!("Message-ID: <{}>\r\nFrom:", key().of(id, "toko.example"))),
            "{text}"
        );
        assert!(mail.dated_at.is_some());
    }

    #[test]
    fn what_cannot_go_out_is_told() {
        assert_eq!(read("Halo, ini isi\n\nHi").unwrap_err(), Unfit::NoHeader);
        assert_eq!(read("").unwrap_err(), Unfit::NoHeader);
        assert_eq!(read("\nHi").unwrap_err(), Unfit::NoHeader);
        assert_eq!(read(" folded: x\nFrom: a@x.example\n\n").unwrap_err(), Unfit::NoHeader);
        for from in [
            "",
            "From: a@x.example, b@x.example\n",
            "From: a@x.example\nFrom: b@x.example\n",
            "From: nobody\n",
        ] {
            assert_eq!(read(&format!("Subject: x\n{from}\nHi")).unwrap_err(), Unfit::From, "{from}");
        }
        let many = format!("From: a@x.example\nX-Sebar-Tag: {}\n\n", "a,".repeat(51));
        assert_eq!(read(&many).unwrap_err(), Unfit::Tags);
    }
}
