//! What machines say, in the languages that they say it in. Phrases are in lower case with single
//! spaces, cut to the part that does not change between versions.
pub(crate) mod automatic;
pub(crate) mod delay;
pub(crate) mod failure;
pub(crate) mod reasons;

use aho_corasick::AhoCorasick;

/// A set of phrases that is looked for in one pass.
pub(crate) struct Phrases(Option<AhoCorasick>);

impl Phrases {
    /// Phrases in the form of [`normal`], with a bar between them.
    pub(crate) fn new(phrases: &str) -> Self {
        let phrases =
            phrases.split('|').map(|phrase| phrase.split_whitespace().collect::<Vec<_>>().join(" "));
        Self(AhoCorasick::new(phrases.filter(|phrase| !phrase.is_empty())).ok())
    }

    /// Whether one of them stands in a text in the form of [`normal`].
    pub(crate) fn stand_in(&self, text: &str) -> bool {
        self.0.as_ref().is_some_and(|phrases| phrases.is_match(text))
    }
}

/// The text in lower case with single spaces, straight quotes, an `@` in place of each address and a `#` of each host:
/// `<spam@example.com>: User unknown` says nothing about spam.
pub(crate) fn normal(text: &str) -> String {
    let mut normal = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !normal.is_empty() {
            normal.push(' ');
        }
        if word.contains('@') {
            normal.push('@');
            continue;
        }
        // mx.antispam.example[192.0.2.1]: a host's name says nothing either.
        if word.contains('[') && word.contains('.') {
            normal.push('#');
            continue;
        }
        for c in word.chars() {
            match c {
                '’' | '‘' | '´' | '`' => normal.push('\''),
                '“' | '”' | '„' | '«' | '»' => normal.push('"'),
                c if c.is_ascii() => normal.push(c.to_ascii_lowercase()),
                c => normal.extend(c.to_lowercase()),
            }
        }
    }
    normal
}
