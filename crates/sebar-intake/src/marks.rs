//! What our mails are known by when they come back.

use sebar_compose::{MessageIdKey, ReturnPath};
use sebar_domain::Address;
use sebar_domain::id::MessageId;
use sebar_inbound::{Report, token_in};
use sebar_store::returned::Quoted;

/// So many different marks in one mail are tried: whoever writes more of them means no good.
const MOST_TRIED: usize = 8;

/// The return paths, with the marks in them, and our Message-IDs.
#[derive(Clone, Debug)]
pub struct Marks {
    /// Where mail comes back to: now, and to former ones that are kept; none: no return path is set up.
    paths: Vec<ReturnPath>,
    message_ids: MessageIdKey,
}

impl Marks {
    /// The marks of an installation; `paths` are where mail comes back to, the present one first.
    pub fn new(secret: &[u8; 32], paths: impl IntoIterator<Item = Address>) -> Self {
        // Marks are known also when no new ones are made: bounces of earlier mails are on their way.
        let paths = paths.into_iter().map(|base| ReturnPath::new(base, Some(secret))).collect();
        Self { paths, message_ids: MessageIdKey::new(secret) }
    }

    /// Where mail comes back to, the present one first.
    pub(crate) fn paths(&self) -> &[ReturnPath] {
        &self.paths
    }

    /// The message whose mark a mail bears: where it was sent to, or in what it returns. The first that
    /// is genuine counts: what stands before it may be a cut one, or another installation's.
    pub(crate) fn message_of(&self, envelope_to: &[String], report: &Report) -> Option<MessageId> {
        let places = report.places();
        let mut tried: Vec<String> = Vec::new();
        for place in envelope_to.iter().chain(&places) {
            let Some((path, mark)) = self.mark_in(place) else { continue };
            let mark = mark.to_ascii_lowercase();
            if tried.contains(&mark) {
                continue;
            }
            if tried.len() == MOST_TRIED {
                return None;
            }
            if let Some(message) = path.verify(&mark) {
                return Some(message);
            }
            tried.push(mark);
        }
        None
    }

    /// What stands where a mark does in an address, and the return path that it has.
    pub(crate) fn mark_in<'a>(&self, address: &'a str) -> Option<(&ReturnPath, &'a str)> {
        self.paths.iter().find_map(|path| Some((path, token_in(address, &path.prefix())?)))
    }

    /// The message whose Message-ID it quotes.
    pub(crate) fn quoted(&self, report: &Report) -> Option<Quoted> {
        let message_id = report.original.as_ref()?.message_id.as_ref()?;
        quoted(&self.message_ids, message_id)
    }
}

/// What a Message-ID names, if it is ours.
pub(crate) fn quoted(key: &MessageIdKey, message_id: &str) -> Option<Quoted> {
    key.read(message_id).map(|own| Quoted { message: own.message, signed: own.signed })
}

#[cfg(test)]
mod tests {
    use super::*;
    use sebar_inbound::recognise;

    fn base() -> Address {
        "bounces@mail.toko.example".parse().unwrap()
    }

    fn path() -> ReturnPath {
        ReturnPath::new(base(), Some(&[7; 32]))
    }

    #[test]
    fn the_first_genuine_mark_counts_among_so_many() {
        let marks = Marks::new(&[7; 32], [base()]);
        let message = MessageId::new();
        let genuine = path().of(message);
        let found = |cut: usize, envelope: &[String]| {
            let cut: String = (0..cut).fold(String::new(), |all, n| {
                all + &format!("Delivered-To: bounces+{n}@mail.toko.example\n")
            });
            let mail = format!("{cut}From: mailer-daemon@x.example\nTo: {genuine}\nSubject: x\n\nx\n");
            marks.message_of(envelope, &recognise(mail.replace('\n', "\r\n").as_bytes()))
        };
        assert_eq!(found(0, &[]), Some(message));
        assert_eq!(found(7, &[]), Some(message));
        assert_eq!(found(8, &[]), None);
        let other = path().of(MessageId::new());
        let envelope = ["bounces+x@mail.toko.example".to_owned(), other.to_string()];
        assert_eq!(found(8, &envelope), path().verify(other.as_str().get(8..50).unwrap()));
        // The same one again is one.
        let same = vec!["bounces+x@mail.toko.example".to_owned(); 20];
        assert_eq!(found(0, &same), Some(message));
    }
}
