use crate::text_enum::text_enum;
use crate::{EnhancedCode, Phase};

use super::condition::Condition;

text_enum! {
    /// Whose words or codes a line of the table is about.
    Section, "section of the table" {
        /// Gmail and Google Workspace.
        Gmail = "gmail",
        /// Microsoft 365, Exchange and Outlook.com.
        Microsoft = "microsoft",
        /// Yahoo and AOL.
        Yahoo = "yahoo",
        /// Amazon SES.
        Ses = "ses",
        /// Postfix.
        Postfix = "postfix",
        /// Exim.
        Exim = "exim",
        /// Enhanced codes of RFC 3463 and IANA's registry.
        Registry = "registry",
        /// What servers of all kinds say.
        Common = "common",
        /// Three-digit codes without more.
        Plain = "plain",
    }
}

/// Which replies a line applies to, by their codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codes {
    /// Any.
    Any,
    /// These reply codes.
    Reply(&'static [u16]),
    /// These enhanced codes: a class (`None`: 4 and 5), a subject and details from … to.
    Enhanced(Option<u8>, u16, u16, u16),
}

/// A line of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// Where it stands.
    pub section: Section,
    /// Which codes it applies to.
    pub codes: Codes,
    /// In which phases; empty: any.
    pub phases: &'static [Phase],
    /// What must all stand in the text, in lower case; empty: nothing in particular.
    pub says: &'static [&'static str],
    /// What it means.
    pub means: Condition,
    vague: bool,
}

impl Line {
    /// A line about words, whatever the code.
    pub(super) const fn words(section: Section, says: &'static [&'static str], means: Condition) -> Self {
        Self { section, codes: Codes::Any, phases: &[], says, means, vague: false }
    }

    /// The same, with certain codes only.
    pub(super) const fn with(self, codes: Codes) -> Self {
        Self { codes, ..self }
    }

    /// A line about an enhanced code, of either class.
    pub(super) const fn code(subject: u16, detail: u16, means: Condition) -> Self {
        let codes = Codes::Enhanced(None, subject, detail, detail);
        Self { section: Section::Registry, codes, phases: &[], says: &[], means, vague: false }
    }

    /// The same, for one class.
    pub(super) const fn of_class(self, class: u8) -> Self {
        match self.codes {
            Codes::Enhanced(_, subject, from, to) => {
                Self { codes: Codes::Enhanced(Some(class), subject, from, to), ..self }
            }
            _ => self,
        }
    }

    /// The same, for all details up to this one.
    pub(super) const fn up_to(self, detail: u16) -> Self {
        match self.codes {
            Codes::Enhanced(class, subject, from, _) => {
                Self { codes: Codes::Enhanced(class, subject, from, detail), ..self }
            }
            _ => self,
        }
    }

    /// The same; the code says so little that common words count before it.
    pub(super) const fn vague(self) -> Self {
        Self { vague: true, ..self }
    }

    /// The same, in certain phases only.
    pub(super) const fn at(self, phases: &'static [Phase]) -> Self {
        Self { phases, ..self }
    }

    /// A line about reply codes alone.
    pub(super) const fn plain(phases: &'static [Phase], codes: &'static [u16], means: Condition) -> Self {
        let codes = if codes.is_empty() { Codes::Any } else { Codes::Reply(codes) };
        Self { section: Section::Plain, codes, phases, says: &[], means, vague: false }
    }

    pub(super) const fn is_vague(&self) -> bool {
        self.vague
    }

    pub(super) fn applies(
        &self,
        phase: Phase,
        code: u16,
        enhanced: Option<EnhancedCode>,
        text: &str,
    ) -> bool {
        let codes = match self.codes {
            Codes::Any => true,
            Codes::Reply(codes) => codes.contains(&code),
            Codes::Enhanced(class, subject, from, to) => enhanced.is_some_and(|enhanced| {
                class.is_none_or(|class| class == enhanced.class)
                    && subject == enhanced.subject
                    && (from..=to).contains(&enhanced.detail)
            }),
        };
        codes
            && (self.phases.is_empty() || self.phases.contains(&phase))
            && self.says.iter().all(|words| text.contains(words))
    }
}
