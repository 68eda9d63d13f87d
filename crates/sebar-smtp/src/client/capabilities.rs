/// What a server offers in its answer to EHLO (RFC 5321 §4.1.1.1), as far as we use it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each extension is offered or not, independently")]
pub(crate) struct Capabilities {
    pub(crate) pipelining: bool,
    pub(crate) eight_bit_mime: bool,
    pub(crate) smtp_utf8: bool,
    pub(crate) starttls: bool,
    /// When SIZE is offered: the octets that the server takes, [`usize::MAX`] without a limit.
    pub(crate) size: Option<usize>,
    /// The names of the AUTH mechanisms, in capitals.
    pub(crate) auth: Vec<String>,
}

impl Capabilities {
    /// Reads the text of an EHLO reply: the first line is the server's name, each other an extension.
    pub(crate) fn parse(text: &str) -> Self {
        let mut all = Self::default();
        for line in text.lines().skip(1) {
            let line = line.to_ascii_uppercase();
            // "AUTH=LOGIN" is how some servers of old say it.
            let mut words = line.split([' ', '=']).filter(|word| !word.is_empty());
            match words.next() {
                Some("PIPELINING") => all.pipelining = true,
                Some("8BITMIME") => all.eight_bit_mime = true,
                Some("SMTPUTF8") => all.smtp_utf8 = true,
                Some("STARTTLS") => all.starttls = true,
                // RFC 1870 §4: 0 or nothing means that there is no fixed limit.
                Some("SIZE") => {
                    let limit = words.next().and_then(|n| n.parse().ok()).filter(|&n| n > 0);
                    all.size = Some(limit.unwrap_or(usize::MAX));
                }
                Some("AUTH") => {
                    for mechanism in words {
                        if !all.auth.iter().any(|known| known == mechanism) {
                            all.auth.push(mechanism.to_owned());
                        }
                    }
                }
                _ => {}
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_extensions_that_we_use_are_found_in_any_spelling() {
        let all = Capabilities::parse(
            "mx.example at your service\nPIPELINING\nsize 35882577\n8BITMIME\nSTARTTLS\n\
             AUTH LOGIN plain\nAUTH=LOGIN\nSMTPUTF8\nCHUNKING",
        );
        assert!(all.pipelining && all.eight_bit_mime && all.smtp_utf8 && all.starttls);
        assert_eq!(all.size, Some(35_882_577));
        assert_eq!(all.auth, ["LOGIN", "PLAIN"]);
    }

    #[test]
    fn a_name_is_no_extension_and_no_size_is_no_limit() {
        assert_eq!(Capabilities::parse("PIPELINING"), Capabilities::default());
        assert_eq!(Capabilities::parse("x\nSIZE").size, Some(usize::MAX));
        assert_eq!(Capabilities::parse("x\nSIZE 0").size, Some(usize::MAX));
        assert_eq!(Capabilities::parse("x").size, None);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,60}|(\nSIZE|\nAUTH|=| |[0-9]){0,9}") {
            let _ = Capabilities::parse(&text);
        }
    }
}
