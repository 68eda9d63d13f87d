//! Reads command lines (RFC 5321 §4.1.1).
use sebar_domain::Reply;

/// A command, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Ehlo(String),
    Helo(String),
    Mail(Mail),
    Rcpt(String),
    Data,
    /// `None` where it does not say how much follows.
    Bdat(Option<Chunk>),
    Rset,
    Noop,
    Quit,
    Vrfy,
    Help,
    StartTls,
    Auth {
        mechanism: String,
        initial: Option<String>,
    },
}

/// MAIL FROM with its parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mail {
    /// `None` is the null path.
    pub(crate) from: Option<String>,
    pub(crate) size: Option<usize>,
    pub(crate) smtp_utf8: bool,
}

/// What BDAT says of the octets behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chunk {
    pub(crate) octets: u64,
    /// Whether the message ends with them.
    pub(crate) last: bool,
}

/// What to answer to a line that is no command of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Syntax {
    code: u16,
    enhanced: &'static str,
    text: &'static str,
}

impl Syntax {
    pub(crate) const fn new(code: u16, enhanced: &'static str, text: &'static str) -> Self {
        Self { code, enhanced, text }
    }

    pub(crate) fn reply(self) -> Reply {
        Reply { code: self.code, enhanced: self.enhanced.parse().ok(), text: self.text.to_owned() }
    }
}

const UNKNOWN: Syntax = Syntax::new(500, "5.5.2", "Command not understood");
const NOT_PROVIDED: Syntax = Syntax::new(502, "5.5.1", "Command not provided");
const ARGUMENTS: Syntax = Syntax::new(501, "5.5.4", "Wrong arguments");
const PARAMETER: Syntax = Syntax::new(555, "5.5.4", "Parameter not known or not supported");
const SENDER: Syntax = Syntax::new(501, "5.1.7", "Not a sender address in <angle brackets>");
const RECIPIENT: Syntax = Syntax::new(501, "5.1.3", "Not a recipient address in <angle brackets>");

impl Command {
    /// Reads a line, which comes without its end.
    pub(crate) fn parse(line: &[u8]) -> Result<Self, Syntax> {
        let line = std::str::from_utf8(line).map_err(|_| UNKNOWN)?;
        if line.contains(char::is_control) {
            return Err(UNKNOWN);
        }
        let line = line.trim_end_matches(' ');
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let rest = rest.trim_start_matches(' ');
        let bare = |command| if rest.is_empty() { Ok(command) } else { Err(ARGUMENTS) };
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => greeted(rest).map(Self::Ehlo),
            "HELO" => greeted(rest).map(Self::Helo),
            "MAIL" => mail(rest).map(Self::Mail),
            "RCPT" => rcpt(rest).map(Self::Rcpt),
            "DATA" => bare(Self::Data),
            "BDAT" => Ok(Self::Bdat(chunk(rest))),
            "RSET" => bare(Self::Rset),
            "NOOP" => Ok(Self::Noop),
            "QUIT" => bare(Self::Quit),
            "VRFY" if rest.is_empty() => Err(ARGUMENTS),
            "VRFY" => Ok(Self::Vrfy),
            "HELP" => Ok(Self::Help),
            "STARTTLS" => bare(Self::StartTls),
            "AUTH" => auth(rest),
            "EXPN" | "TURN" | "ETRN" => Err(NOT_PROVIDED),
            _ => Err(UNKNOWN),
        }
    }
}

fn greeted(name: &str) -> Result<String, Syntax> {
    // Clients put the oddest names here; only what could not be logged on one line is refused.
    if name.is_empty() || name.contains(' ') { Err(ARGUMENTS) } else { Ok(name.to_owned()) }
}

fn auth(rest: &str) -> Result<Command, Syntax> {
    let mut words = rest.split_ascii_whitespace();
    let mechanism = words.next().ok_or(ARGUMENTS)?.to_ascii_uppercase();
    let initial = words.next().map(str::to_owned);
    if words.next().is_some() { Err(ARGUMENTS) } else { Ok(Command::Auth { mechanism, initial }) }
}

fn mail(rest: &str) -> Result<Mail, Syntax> {
    let (path, parameters) = keyword(rest, "FROM:").and_then(path).ok_or(SENDER)?;
    let mut mail = Mail { from: (!path.is_empty()).then(|| path.to_owned()), ..Mail::default() };
    for parameter in parameters.split_ascii_whitespace() {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        match name.to_ascii_uppercase().as_str() {
            "SIZE" => {
                let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
                // More digits than fit a usize are more octets than anybody takes.
                mail.size = Some(value.parse().unwrap_or(usize::MAX));
                if !digits {
                    return Err(ARGUMENTS);
                }
            }
            "BODY" if value.eq_ignore_ascii_case("7BIT") || value.eq_ignore_ascii_case("8BITMIME") => {}
            "SMTPUTF8" if value.is_empty() => mail.smtp_utf8 = true,
            // RFC 4954 §5: to be understood by every server with AUTH; we trust nobody's claim.
            "AUTH" if !value.is_empty() => {}
            _ => return Err(PARAMETER),
        }
    }
    if !mail.smtp_utf8 && !path.is_ascii() {
        return Err(Syntax::new(553, "5.6.7", "SMTPUTF8 is needed for this address"));
    }
    Ok(mail)
}

fn chunk(rest: &str) -> Option<Chunk> {
    let mut words = rest.split_ascii_whitespace();
    let octets = words.next().filter(|word| word.bytes().all(|byte| byte.is_ascii_digit()))?;
    let last = words.next();
    let understood = last.is_none_or(|word| word.eq_ignore_ascii_case("LAST")) && words.next().is_none();
    // More digits than fit are more octets than anybody takes.
    understood.then(|| Chunk { octets: octets.parse().unwrap_or(u64::MAX), last: last.is_some() })
}

fn rcpt(rest: &str) -> Result<String, Syntax> {
    let (path, parameters) = keyword(rest, "TO:").and_then(path).ok_or(RECIPIENT)?;
    if path.is_empty() {
        return Err(RECIPIENT);
    }
    if !parameters.is_empty() {
        return Err(PARAMETER);
    }
    Ok(path.to_owned())
}

fn keyword<'a>(rest: &'a str, word: &str) -> Option<&'a str> {
    let (head, tail) = rest.split_at_checked(word.len())?;
    // The space is not allowed (RFC 5321 §3.3) and often sent.
    head.eq_ignore_ascii_case(word).then(|| tail.trim_start_matches(' '))
}

/// Splits `<path> parameters` into the path without brackets and source route, and the rest.
fn path(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('<')?;
    let mut quoted = false;
    let mut escaped = false;
    let end = inner.char_indices().find_map(|(at, c)| {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '>' if !quoted => return Some(at),
            _ => {}
        }
        None
    })?;
    let (path, rest) = (&inner[..end], &inner[end + 1..]);
    if !(rest.is_empty() || rest.starts_with(' ')) {
        return None;
    }
    // RFC 5321 §4.1.1.3: source routes are accepted and ignored.
    let path = match path.strip_prefix('@') {
        Some(route) => route.split_once(':')?.1,
        None => path,
    };
    (path.is_empty() || mailbox(path)).then_some((path, rest.trim_start_matches(' ')))
}

/// Whether it could be a mailbox: `local@domain`, or a lone local part such as `postmaster`.
/// Loose on purpose: whom we know is the handler's to say.
fn mailbox(path: &str) -> bool {
    let (local, domain) = path.rsplit_once('@').map_or((path, None), |(local, domain)| (local, Some(domain)));
    let quoted = local.len() >= 2 && local.starts_with('"') && local.ends_with('"');
    let atom = |c: char| !(c.is_whitespace() || "<>\",;()\\".contains(c));
    path.len() <= 254
        && (quoted || (!local.is_empty() && local.chars().all(|c| c != '@' && atom(c))))
        && domain.is_none_or(|domain| !domain.is_empty() && domain.chars().all(atom))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(line: &str) -> Result<Command, u16> {
        Command::parse(line.as_bytes()).map_err(|syntax| syntax.code)
    }

    fn from(line: &str) -> Result<Option<String>, u16> {
        parse(line).map(|command| match command {
            Command::Mail(mail) => mail.from,
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn commands_are_understood_in_any_case() {
        assert_eq!(parse("ehlo mail.example"), Ok(Command::Ehlo("mail.example".into())));
        assert_eq!(parse("DaTa "), Ok(Command::Data));
        assert_eq!(parse("NOOP whatever"), Ok(Command::Noop));
        assert_eq!(
            parse("auth plain AGEAYg=="),
            Ok(Command::Auth { mechanism: "PLAIN".into(), initial: Some("AGEAYg==".into()) })
        );
    }

    #[test]
    fn paths_are_read_as_clients_write_them() {
        assert_eq!(from("MAIL FROM:<ana@example.com>"), Ok(Some("ana@example.com".into())));
        assert_eq!(
            from("mail from: <ana@example.com> SIZE=10 BODY=8BITMIME"),
            Ok(Some("ana@example.com".into()))
        );
        assert_eq!(from("MAIL FROM:<>"), Ok(None));
        assert_eq!(
            from("MAIL FROM:<@relay.example,@b.example:ana@example.com>"),
            Ok(Some("ana@example.com".into()))
        );
        assert_eq!(from("MAIL FROM:<\"a >b\\\"\"@example.com>"), Ok(Some("\"a >b\\\"\"@example.com".into())));
        assert_eq!(from("MAIL FROM:<root@localhost>"), Ok(Some("root@localhost".into())));
        assert_eq!(from("MAIL FROM:<ana@[127.0.0.1]>"), Ok(Some("ana@[127.0.0.1]".into())));
        assert_eq!(from("MAIL FROM:<用户@example.com> SMTPUTF8"), Ok(Some("用户@example.com".into())));
        assert_eq!(parse("RCPT TO:<Postmaster>"), Ok(Command::Rcpt("Postmaster".into())));
    }

    #[test]
    fn chunks_are_counted_or_not_understood() {
        for (line, chunk) in [
            ("BDAT 0", Some((0, false))),
            ("bdat 86  last", Some((86, true))),
            ("BDAT 99999999999 LAST", Some((99_999_999_999, true))),
            ("BDAT 99999999999999999999999", Some((u64::MAX, false))),
            ("BDAT", None),
            ("BDAT LAST", None),
            ("BDAT -1", None),
            ("BDAT +1", None),
            ("BDAT 0x10", None),
            ("BDAT 10 LATE", None),
            ("BDAT 10 LAST 20", None),
        ] {
            let chunk = chunk.map(|(octets, last)| Chunk { octets, last });
            assert_eq!(parse(line), Ok(Command::Bdat(chunk)), "{line}");
        }
    }

    #[test]
    fn what_is_wrong_gets_the_code_that_says_so() {
        for (line, code) in [
            ("", 500),
            ("HELLO x", 500),
            ("DATA\0", 500),
            ("EXPN staff", 502),
            ("EHLO", 501),
            ("DATA now", 501),
            ("MAIL ana@example.com", 501),
            ("MAIL FROM:ana@example.com", 501),
            ("MAIL FROM:<ana@example.com", 501),
            ("MAIL FROM:<a b@example.com>", 501),
            ("MAIL FROM:<a@b@example.com>", 501),
            ("MAIL FROM:<ana@example.com>SIZE=1", 501),
            ("MAIL FROM:<ana@example.com> SIZE=-1", 501),
            ("MAIL FROM:<ana@example.com> COLOUR=red", 555),
            ("MAIL FROM:<ana@example.com> BODY=BINARYMIME", 555),
            ("MAIL FROM:<用户@example.com>", 553),
            ("RCPT TO:<>", 501),
            ("RCPT TO:<ana@example.com> NOTIFY=NEVER", 555),
        ] {
            assert_eq!(parse(line), Err(code), "{line:?}");
        }
    }

    proptest! {
        #[test]
        fn no_line_makes_it_panic(line in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = Command::parse(&line);
        }

        #[test]
        fn no_path_lets_a_line_end_or_bracket_through(line in "(MAIL FROM:|RCPT TO:)<[a-z@.\"\\\\<>: \r\n]{0,20}>[ A-Z=]{0,9}") {
            let path = match Command::parse(line.as_bytes()) {
                Ok(Command::Mail(mail)) => mail.from.unwrap_or_default(),
                Ok(Command::Rcpt(to)) => to,
                _ => String::new(),
            };
            prop_assert!(!path.contains(char::is_control));
            prop_assert!(path.contains('"') || !path.contains(['<', '>', ' ']));
        }
    }
}
