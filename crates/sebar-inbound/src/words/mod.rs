//! What machines say, in the languages that they say it in. Phrases are in lower case with single
//! spaces, cut to the part that does not change between versions.
pub(crate) mod automatic;
pub(crate) mod delay;
pub(crate) mod failure;
mod fold;
pub(crate) mod reasons;

use aho_corasick::AhoCorasick;

/// A set of phrases that is looked for in one pass.
pub(crate) struct Phrases(Option<AhoCorasick>);

impl Phrases {
    /// Phrases in lower case with a bar between them; letters with marks are found without them too.
    pub(crate) fn new(phrases: &str) -> Self {
        let mut all = Vec::new();
        for phrase in phrases.split('|') {
            let phrase = phrase.split_whitespace().collect::<Vec<_>>().join(" ");
            if phrase.is_empty() {
                continue;
            }
            all.extend(fold::spelled_out(&phrase));
            let mut folded = String::with_capacity(phrase.len());
            phrase.chars().for_each(|c| push(&mut folded, c));
            all.push(folded);
        }
        Self(AhoCorasick::new(all).ok())
    }

    /// Whether one of them stands in a text in the form of [`normal`].
    pub(crate) fn stand_in(&self, text: &str) -> bool {
        self.0.as_ref().is_some_and(|phrases| phrases.is_match(text))
    }
}

/// The text in lower case with single spaces, straight quotes, letters without their marks, an `@` in
/// place of each address, a `#` of each host and addresses of pages without their path:
/// `<spam@example.com>: User unknown` says nothing about spam.
pub(crate) fn normal(text: &str) -> String {
    let mut normal = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !normal.is_empty() {
            normal.push(' ');
        }
        if let Some(at) = word.find('@') {
            normal.push('@');
            // (a@x.example:blocked)
            let domain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
            let after =
                word[at + 1..].trim_start_matches(domain).trim_start_matches(|c: char| !c.is_alphanumeric());
            if !after.is_empty() && !after.contains('@') {
                normal.push(' ');
                after.chars().for_each(|c| push(&mut normal, c));
            }
            continue;
        }
        // mx.antispam.example[192.0.2.1]: a host's name says nothing either.
        if word.contains('[') && word.contains('.') {
            normal.push('#');
            continue;
        }
        without_path(word).chars().for_each(|c| push(&mut normal, c));
    }
    normal
}

fn push(normal: &mut String, c: char) {
    match c {
        '’' | '‘' | '´' | '`' => normal.push('\''),
        '“' | '”' | '„' | '«' | '»' => normal.push('"'),
        c if c.is_ascii() => normal.push(c.to_ascii_lowercase()),
        c => {
            for c in c.to_lowercase() {
                match fold::fold(c) {
                    Some(letters) => normal.push_str(letters),
                    None => normal.push(c),
                }
            }
        }
    }
}

/// `http://help.example/antispam.html`: who is named there may tell something, which page does not.
pub(crate) fn without_path(word: &str) -> &str {
    let Some(host) = word.find("://").map(|at| at + 3).or_else(|| word.starts_with("www.").then_some(0))
    else {
        return word;
    };
    word[host..].find(['/', '?']).map_or(word, |end| &word[..host + end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_paths_and_addresses_are_no_part_of_what_is_said() {
        assert_eq!(normal("Boîte PLEINE, «Größe»"), "boite pleine, \"grosse\"");
        assert_eq!(normal("see https://mail.example/help_spam.htm?x"), "see https://mail.example");
        assert_eq!(normal("failure (a@x.example:blocked) <b@x.example>:"), "failure @ blocked) @");
    }

    #[test]
    fn phrases_are_found_in_every_spelling() {
        let phrases = Phrases::new("ungültig | désactivé | nelze doručit");
        for text in ["Ungültig", "ungueltig", "ungultig", "desactive", "Nelze dorucit"] {
            assert!(phrases.stand_in(&normal(text)), "{text}");
        }
    }
}
