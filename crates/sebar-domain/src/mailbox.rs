use std::fmt;
use std::str::FromStr;

use crate::{Address, AddressError};

/// An address with the name that stands before it (RFC 5322 §3.4): `Toko Kopi <halo@toko.example>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    /// The name; may be empty.
    pub name: String,
    /// The address.
    pub address: Address,
}

impl FromStr for Mailbox {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        let named = text.strip_suffix('>').and_then(|rest| rest.rsplit_once('<'));
        let (name, address) = named.unwrap_or(("", text));
        Ok(Self { name: unquoted(name), address: address.parse()? })
    }
}

/// A name on one line, without the quotation marks that it was given in.
fn unquoted(name: &str) -> String {
    let name = name.trim();
    let inner = name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let name =
        inner.map_or_else(|| name.to_owned(), |inner| inner.replace("\\\"", "\"").replace("\\\\", "\\"));
    name.split(|c: char| c.is_control() || c.is_whitespace())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.is_empty() {
            return self.address.fmt(f);
        }
        let is_plain = |c: char| c.is_alphanumeric() || c == ' ' || !c.is_ascii();
        if self.name.chars().all(is_plain) {
            write!(f, "{} <{}>", self.name, self.address)
        } else {
            let escaped = self.name.replace('\\', "\\\\").replace('"', "\\\"");
            write!(f, "\"{escaped}\" <{}>", self.address)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_is_an_address_with_or_without_a_name() {
        for (text, name, address, shown) in [
            ("a@b.example", "", "a@b.example", "a@b.example"),
            ("<a@b.example>", "", "a@b.example", "a@b.example"),
            (" Ana  Putri <a@B.example> ", "Ana Putri", "a@b.example", "Ana Putri <a@b.example>"),
            (
                "\"Doe, \\\"J\\\"\" <a@b.example>",
                "Doe, \"J\"",
                "a@b.example",
                "\"Doe, \\\"J\\\"\" <a@b.example>",
            ),
            ("Kopi <3 <a@b.example>", "Kopi <3", "a@b.example", "\"Kopi <3\" <a@b.example>"),
            ("Ana\r\nBcc: x <a@b.example>", "Ana Bcc: x", "a@b.example", "\"Ana Bcc: x\" <a@b.example>"),
        ] {
            let mailbox: Mailbox = text.parse().unwrap();
            assert_eq!((mailbox.name.as_str(), mailbox.address.as_str()), (name, address), "{text}");
            assert_eq!(mailbox.to_string(), shown);
            assert_eq!(mailbox.to_string().parse::<Mailbox>().unwrap(), mailbox);
        }
        for text in ["", "Ana", "Ana <>", "a@b.example, c@d.example", "<a@b.example> Ana"] {
            assert!(text.parse::<Mailbox>().is_err(), "{text}");
        }
    }
}
