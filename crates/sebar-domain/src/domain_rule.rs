//! Rules for recipients' domains: the big receivers have limits of their own.

use crate::id::DomainRuleId;

/// Limits for mail to some domains, over all relays and senders together.
#[derive(Clone, Debug, PartialEq)]
pub struct DomainRule {
    /// Its key.
    pub id: DomainRuleId,
    /// How it is called.
    pub name: String,
    /// Domains in lower case; `*` stands for any characters.
    pub domains: Vec<String>,
    /// Most messages that are under way at once.
    pub connections: Option<u32>,
    /// Most messages in a second.
    pub per_second: Option<f64>,
}

impl DomainRule {
    /// Whether it concerns a domain, in whatever case.
    pub fn concerns(&self, domain: &str) -> bool {
        self.domains.iter().any(|pattern| matches(pattern, domain))
    }
}

/// Whether a pattern stands for a domain: `*` stands for any characters, also none.
fn matches(pattern: &str, domain: &str) -> bool {
    let domain = domain.to_ascii_lowercase();
    let mut pieces = pattern.split('*');
    let Some(mut rest) = pieces.next().and_then(|first| domain.strip_prefix(first)) else { return false };
    let Some(last) = pieces.next_back() else { return rest.is_empty() };
    for piece in pieces {
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_stands_for_the_domains_that_it_should() {
        for (pattern, domain, expected) in [
            ("gmail.com", "GMAIL.com", true),
            ("gmail.com", "notgmail.com", false),
            ("gmail.com", "gmail.com.example", false),
            ("yahoo.*", "yahoo.co.id", true),
            ("yahoo.*", "yahoo.com", true),
            ("yahoo.*", "myyahoo.com", false),
            ("*.example.com", "eu.example.com", true),
            ("*.example.com", "example.com", false),
            ("*", "anything.example", true),
            ("a*b*c", "a.bb.c", true),
            ("a*b*c", "a.c.b", false),
            ("ab*ba", "aba", false),
            ("", "example.com", false),
        ] {
            assert_eq!(matches(pattern, domain), expected, "{pattern} {domain}");
        }
    }
}
