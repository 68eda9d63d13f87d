//! `docs/replies.md` shows the table as it is in the code.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use sebar_domain::replies::{Codes, Condition, Line, Section, table};
use sebar_domain::{Phase, Reply};

const BEGIN: &str = "<!-- begin: written by the test `page` -->\n";
const END: &str = "<!-- end -->";

fn title(section: Section) -> &'static str {
    match section {
        Section::Ses => "Amazon SES",
        Section::Yahoo => "Yahoo and AOL",
        Section::Microsoft => "Microsoft 365, Exchange, Outlook.com",
        Section::Gmail => "Gmail and Google Workspace",
        Section::Postfix => "Postfix",
        Section::Exim => "Exim",
        Section::Registry => "Enhanced codes",
        Section::Common => "Common words",
        Section::Plain => "Codes alone",
    }
}

/// What follows from a condition, in words.
fn follows(condition: Condition, phase: Phase, code: u16) -> String {
    let reply = Reply { code, enhanced: None, text: String::new() };
    match condition.consequence(phase, &reply) {
        sebar_domain::Verdict::Retry(reason) => format!("retry ({reason})"),
        sebar_domain::Verdict::SlowDown(reason) => format!("slow down ({reason})"),
        sebar_domain::Verdict::Fail(reason) => format!("**fail** ({reason})"),
        sebar_domain::Verdict::RelayFault(trouble) => format!("pause the relay ({trouble})"),
        sebar_domain::Verdict::OtherRelay(sebar_domain::Otherwise::Fail(reason)) => {
            format!("another relay, else **fail** ({reason})")
        }
        sebar_domain::Verdict::OtherRelay(sebar_domain::Otherwise::Rest(trouble)) => {
            format!("another relay, else pause this one ({trouble})")
        }
        other => format!("{other:?}"),
    }
}

fn codes(line: &Line) -> String {
    match line.codes {
        Codes::Any => "any".to_owned(),
        Codes::Reply(codes) => codes.iter().map(u16::to_string).collect::<Vec<_>>().join(", "),
        Codes::Enhanced(class, subject, from, to) => {
            let class = class.map_or("X".to_owned(), |class| class.to_string());
            let to = if from == to { String::new() } else { format!(" – {to}") };
            format!("{class}.{subject}.{from}{to}")
        }
    }
}

fn page() -> String {
    let mut page = String::from("### What follows from a condition\n\n");
    page.push_str("| condition | MAIL, 4xx | MAIL, 5xx | RCPT, 4xx | RCPT, 5xx | end of data, 5xx |\n|---|---|---|---|---|---|\n");
    for condition in Condition::ALL.iter().copied() {
        let at = |phase, code| follows(condition, phase, code);
        writeln!(
            page,
            "| {condition} | {} | {} | {} | {} | {} |",
            at(Phase::Mail, 451),
            at(Phase::Mail, 550),
            at(Phase::Rcpt, 451),
            at(Phase::Rcpt, 550),
            at(Phase::EndOfData, 554)
        )
        .unwrap();
    }
    let mut lines: Vec<&Line> = table().collect();
    // The registry is asked in two rounds and shown in its own order.
    lines.sort_by_key(|line| (place(line.section), order(line)));
    let mut section = None;
    for line in lines {
        if section != Some(line.section) {
            section = Some(line.section);
            write!(
                page,
                "\n### {}\n\n| codes | words | phases | condition |\n|---|---|---|---|\n",
                title(line.section)
            )
            .unwrap();
        }
        let says = line.says.iter().map(|words| format!("`{words}`")).collect::<Vec<_>>().join(" … ");
        let phases = line.phases.iter().map(|phase| phase.as_str()).collect::<Vec<_>>().join(", ");
        writeln!(page, "| {} | {says} | {phases} | {} |", codes(line), line.means).unwrap();
    }
    page
}

fn place(section: Section) -> usize {
    use Section::{Common, Exim, Gmail, Microsoft, Plain, Postfix, Registry, Ses, Yahoo};
    [Ses, Yahoo, Microsoft, Gmail, Postfix, Exim, Registry, Common, Plain]
        .iter()
        .position(|known| *known == section)
        .unwrap()
}

fn order(line: &Line) -> (u16, u16) {
    match line.codes {
        Codes::Enhanced(_, subject, from, _) if line.section == Section::Registry => (subject, from),
        _ => (0, 0),
    }
}

/// `SEBAR_WRITE_DOCS=1 cargo test -p sebar-domain --test replies` writes it anew.
#[test]
fn the_page_about_replies_shows_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/replies.md");
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (shown, after) = rest.split_once(END).unwrap();
    if env::var_os("SEBAR_WRITE_DOCS").is_some() {
        fs::write(&path, format!("{before}{BEGIN}{}{END}{after}", page())).unwrap();
    } else {
        assert_eq!(shown, page(), "docs/replies.md is not the table: write it with SEBAR_WRITE_DOCS=1");
    }
}
