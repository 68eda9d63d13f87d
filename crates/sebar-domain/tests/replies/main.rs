//! The table from replies to consequences, line by line: each file holds replies as servers send
//! them, in their phase, with what follows. A line of the table that no reply here reaches fails the
//! test, and so does a page `docs/replies.md` that says something else than the table.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;
mod exim;
mod gmail;
mod invariants;
mod microsoft;
mod page;
mod plain;
mod postfix;
mod registry;
mod ses;
mod yahoo;

use sebar_domain::replies::{self, Codes, Line, Section};
use sebar_domain::{Failure, Otherwise, Phase, Reason, RelayTrouble, Reply, Verdict, judge};

/// A phase, a reply in it, and what follows on a fresh connection.
pub(crate) type Row = (Phase, &'static str, Verdict);

pub(crate) const fn elsewhere_or_fail(reason: Reason) -> Verdict {
    Verdict::OtherRelay(Otherwise::Fail(reason))
}

pub(crate) const fn elsewhere_or_rest(trouble: RelayTrouble) -> Verdict {
    Verdict::OtherRelay(Otherwise::Rest(trouble))
}

/// The replies about each section of the table.
pub(crate) const ALL: &[(Section, &[Row])] = &[
    (Section::Ses, ses::TABLE),
    (Section::Yahoo, yahoo::TABLE),
    (Section::Microsoft, microsoft::TABLE),
    (Section::Gmail, gmail::TABLE),
    (Section::Postfix, postfix::TABLE),
    (Section::Exim, exim::TABLE),
    (Section::Registry, registry::TABLE),
    (Section::Common, common::TABLE),
    (Section::Plain, plain::TABLE),
];

/// Reads `550 5.1.1 text` as a server's reply.
pub(crate) fn reply(line: &str) -> Reply {
    let (code, text) = line.split_once(' ').unwrap_or((line, ""));
    let enhanced = text.split(' ').next().and_then(|word| word.parse().ok());
    let text = if enhanced.is_some() { text.split_once(' ').map_or("", |(_, text)| text) } else { text };
    Reply { code: code.parse().unwrap(), enhanced, text: text.to_owned() }
}

#[test]
fn every_reply_has_the_consequence_that_stands_beside_it() {
    for (section, rows) in ALL {
        for (phase, line, expected) in *rows {
            let verdict = judge(*phase, Failure::Refused(&reply(line)), true, false);
            assert_eq!(verdict, *expected, "{section}, {phase}: {line}");
        }
    }
}

#[test]
fn every_line_of_the_table_is_reached_by_a_reply() {
    let rows = ALL.iter().flat_map(|(_, rows)| rows.iter());
    let reached: Vec<&Line> = rows.map(|(phase, line, _)| replies::read(*phase, &reply(line)).line).collect();
    let missed: Vec<&Line> = replies::table().filter(|line| !reached.contains(line)).collect();
    assert!(missed.is_empty(), "no reply in these tests is decided by {missed:#?}");
}

#[test]
fn every_code_of_the_registry_has_a_line() {
    // IANA's registry of December 2024: the last detail of each subject, all before it are given out.
    for (subject, last) in [(0, 0), (1, 10), (2, 4), (3, 6), (4, 7), (5, 6), (6, 10), (7, 30)] {
        for detail in 0..=last {
            let stands = replies::table().any(|line| {
                line.section == Section::Registry
                    && matches!(line.codes, Codes::Enhanced(_, of, from, to) if of == subject && (from..=to).contains(&detail))
            });
            assert!(stands, "X.{subject}.{detail}");
        }
    }
}

#[test]
fn no_line_of_the_table_stands_twice() {
    let all: Vec<&Line> = replies::table().collect();
    for (n, line) in all.iter().enumerate() {
        assert!(!all[..n].contains(line), "{line:?}");
    }
    assert!(all.len() > 350, "{} lines", all.len());
}
