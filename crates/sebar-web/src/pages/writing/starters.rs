//! Designs to begin with, made by us.

use sebar_domain::Language;
use sebar_store::templates::Draft;

use crate::foundation::i18n::Text;

/// A built-in design.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Starter {
    /// Several stories, each with a link.
    Newsletter,
    /// One offer, one button.
    Promotion,
    /// Words as if typed by hand.
    Letter,
}

impl Starter {
    pub(crate) const ALL: [Self; 3] = [Self::Newsletter, Self::Promotion, Self::Letter];

    /// Its word, in URLs and translation keys.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Newsletter => "newsletter",
            Self::Promotion => "promotion",
            Self::Letter => "letter",
        }
    }

    /// The design by its word.
    pub(crate) fn find(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|starter| starter.as_str() == word)
    }

    /// How it is called.
    pub(crate) fn name(self, language: Language) -> Text {
        Text::new(language, format!("starters-{}", self.as_str()))
    }

    /// Its content, with words in this language.
    pub(crate) fn draft(self, language: Language) -> Draft {
        let word = |key: &str| Text::new(language, format!("starters-{key}")).to_string();
        let html = match self {
            Self::Newsletter => include_str!("../../../../../templates/templates/starters/newsletter.html"),
            Self::Promotion => include_str!("../../../../../templates/templates/starters/promotion.html"),
            Self::Letter => include_str!("../../../../../templates/templates/starters/letter.html"),
        };
        Draft {
            subject: word(&format!("{}-subject", self.as_str())),
            preheader: word(&format!("{}-preheader", self.as_str())),
            html: fill_in(html, language, word),
            text: None,
        }
    }
}

/// Puts our words in the places of `[[key]]`, and the language in that of `[[lang]]`.
fn fill_in(html: &str, language: Language, word: impl Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(html.len() + html.len() / 4);
    let mut rest = html;
    while let Some((before, after)) = rest.split_once("[[") {
        out.push_str(before);
        let (key, after) = after.split_once("]]").unwrap_or((after, ""));
        if key == "lang" {
            out.push_str(language.as_str());
        } else {
            out.push_str(&word(key));
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use sebar_compose::Content;
    use sebar_domain::Tracking;

    #[test]
    fn every_design_reads_well_in_every_language_and_shows_a_way_out() {
        for (starter, language) in Starter::ALL
            .into_iter()
            .flat_map(|starter| Language::ALL.iter().map(move |language| (starter, *language)))
        {
            let draft = starter.draft(language);
            assert!(
                !draft.html.contains("starters-") && !draft.html.contains("[["),
                "{starter:?} {language}"
            );
            let content = Content {
                subject: draft.subject,
                preheader: draft.preheader,
                html: draft.html,
                text: None,
                from_name: String::new(),
                from_email: "ana@example.com".parse().unwrap(),
                reply_to: None,
                tracking: Tracking::Individual,
            };
            let compiled = content.compile(0).unwrap();
            assert!(compiled.has_unsubscribe_link() && !compiled.text_is_empty());
            assert_eq!(compiled.required().count(), 0, "a starter fits every contact");
            assert!(compiled.link_faults().is_empty());
        }
    }
}
