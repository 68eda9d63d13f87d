//! The suppression list: addresses and domains that are never mailed.

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::response::{Html, IntoResponse as _, Response};
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use futures::stream;
use sebar_domain::{Address, SuppressionReason};
use sebar_store::audit;
use sebar_store::contacts::Count;
use sebar_store::suppressions::{self, Filter, New, Past, Position, Suppression};
use serde::Deserialize;
use serde_json::json;

use super::archive::midnight;
use super::contacts::consent::lift_warning;
use super::contacts::{Answer, Ask, NOTE_LIMIT, count_text};
use crate::foundation::app::App;
use crate::foundation::csv;
use crate::foundation::error::{Error, Result};
use crate::foundation::form::{Faults, domain_in_ascii};
use crate::foundation::i18n::Text;
use crate::foundation::page::{Page, render};
use crate::foundation::paging;
use crate::foundation::session::Session;

const PAGE_SIZE: usize = 50;
/// The most lines that are taken at once.
const MOST_LINES: usize = 10_000;
/// So many bad lines are named one by one.
const MOST_NAMED: usize = 20;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Find {
    q: String,
    reason: String,
    after: Option<DateTime<Utc>>,
    before: Option<DateTime<Utc>>,
    email: String,
}

impl Find {
    fn filter(&self) -> Filter {
        Filter { search: self.q.trim().chars().take(200).collect(), reason: self.reason.parse().ok() }
    }

    fn position(&self) -> Position {
        match (self.after, self.before) {
            (Some(at), _) => Position::After(at, self.email.clone()),
            (None, Some(at)) => Position::Before(at, self.email.clone()),
            (None, None) => Position::Start,
        }
    }
}

fn href(filter: &Filter, way: Option<(&str, &Suppression)>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    if !filter.search.is_empty() {
        query.append_pair("q", &filter.search);
    }
    if let Some(reason) = filter.reason {
        query.append_pair("reason", reason.as_str());
    }
    if let Some((way, entry)) = way {
        query.append_pair(way, &entry.created_at.to_rfc3339_opts(SecondsFormat::Micros, true));
        query.append_pair("email", &entry.email);
    }
    format!("/suppressions?{}", query.finish())
}

#[derive(Template)]
#[template(path = "suppressions/list.html")]
struct List {
    page: Page,
    filter: Filter,
    reasons: &'static [SuppressionReason],
    entries: Vec<Suppression>,
    count: Count,
    previous: String,
    next: String,
}

impl List {
    fn is_filtered(&self) -> bool {
        self.filter != Filter::default()
    }

    fn reason_href(&self, reason: Option<&SuppressionReason>) -> String {
        href(&Filter { reason: reason.copied(), ..self.filter.clone() }, None)
    }

    fn is_reason(&self, reason: &SuppressionReason) -> bool {
        self.filter.reason.as_ref() == Some(reason)
    }

    #[expect(clippy::unused_self, reason = "the template calls it")]
    fn reason_key(&self, reason: &SuppressionReason) -> String {
        reason_key(*reason)
    }

    fn export_href(&self) -> String {
        href(&self.filter, None).replacen("/suppressions?", "/suppressions/export.csv?", 1)
    }

    fn count_text(&self) -> Text {
        count_text(&self.page, self.count, "suppressions")
    }
}

/// The translation key of a reason.
pub(crate) fn reason_key(reason: SuppressionReason) -> String {
    format!("suppressions-reason-{}", reason.as_str().replace('_', "-"))
}

pub(crate) async fn page(
    State(app): State<App>,
    page: Page,
    Query(find): Query<Find>,
) -> Result<Html<String>> {
    let (filter, position) = (find.filter(), find.position());
    let limit = i64::try_from(PAGE_SIZE + 1).map_err(Error::internal)?;
    let mut entries = suppressions::listing(&app.db, &filter, &position, limit).await?;
    let count = suppressions::count(&app.db, &filter).await?;
    let from = match position {
        Position::Start => paging::From::Start,
        Position::After(..) => paging::From::After,
        Position::Before(..) => paging::From::Before,
    };
    let ways = paging::cut(&mut entries, PAGE_SIZE, from);
    let (mut previous, mut next) = (String::new(), String::new());
    if let Some(first) = entries.first()
        && ways.back
    {
        previous = href(&filter, Some(("before", first)));
    }
    if let Some(last) = entries.last()
        && ways.on
    {
        next = href(&filter, Some(("after", last)));
    }
    render(&List { page, filter, reasons: SuppressionReason::ALL, entries, count, previous, next })
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Typed {
    addresses: String,
    note: String,
    until: String,
}

#[derive(Template)]
#[template(path = "suppressions/form.html")]
struct AddForm {
    page: Page,
    typed: Typed,
    faults: Faults,
    /// Lines that are no addresses, with the reason.
    bad: Vec<(String, Text)>,
    /// How many bad lines are not named.
    unnamed: usize,
    /// How many addresses were added before the bad lines were left over.
    added: usize,
}

pub(crate) async fn new(page: Page) -> Result<Html<String>> {
    let (typed, faults) = (Typed::default(), Faults::default());
    render(&AddForm { page, typed, faults, bad: Vec::new(), unnamed: 0, added: 0 })
}

pub(crate) async fn create(
    State(app): State<App>,
    page: Page,
    session: Session,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let mut faults = Faults::default();
    // A comma or semicolon separates as well: people paste from an address book's line.
    let lines: Vec<&str> = typed
        .addresses
        .split(['\n', '\r', ',', ';'])
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    if lines.is_empty() {
        faults.add("addresses", &page.t("fault-required"));
    } else if lines.len() > MOST_LINES {
        faults.add("addresses", &page.t("suppressions-too-many").with("n", MOST_LINES));
    }
    if typed.note.trim().chars().count() > NOTE_LIMIT {
        faults.add("note", &page.t("fault-too-long").with("n", NOTE_LIMIT));
    }
    let until = match typed.until.trim() {
        "" => None,
        day => match end_of_day(&page, day) {
            Some(until) if until > Utc::now() => Some(until),
            _ => {
                faults.add("until", &page.t("suppressions-fault-until"));
                None
            }
        },
    };
    if !faults.is_empty() {
        let form = AddForm { page, typed, faults, bad: Vec::new(), unnamed: 0, added: 0 };
        return Ok(render(&form)?.into_response());
    }
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for line in lines {
        match understand(line) {
            Ok(email) => good.push(New {
                email,
                reason: SuppressionReason::Manual,
                note: typed.note.trim().to_owned(),
                until,
            }),
            Err(fault) => bad.push((line.to_owned(), page.t(&fault))),
        }
    }
    let mut tx = app.db.begin().await?;
    let added = suppressions::put(&mut tx, &good, "", Some(session.user.id)).await?;
    if !added.is_empty() {
        let details = json!({ "added": added.len(), "note": typed.note.trim() });
        audit::record(&mut *tx, session.user.id, "suppressions.added", "suppressions", details).await?;
    }
    tx.commit().await?;
    if bad.is_empty() {
        let text = if added.is_empty() {
            page.t("suppressions-added-none")
        } else {
            page.t("suppressions-added").with("n", added.len())
        };
        return Ok(session.redirect(&app, "/suppressions", "success", text).await?.into_response());
    }
    // What was good is done; the rest stays in the form to be mended.
    let rest: Vec<&str> = bad.iter().map(|(line, _)| line.as_str()).collect();
    let typed = Typed { addresses: rest.join("\n"), ..typed };
    faults.add("addresses", &page.t("suppressions-bad-lines").with("n", bad.len()));
    let unnamed = bad.len().saturating_sub(MOST_NAMED);
    bad.truncate(MOST_NAMED);
    Ok(render(&AddForm { page, typed, faults, bad, unnamed, added: added.len() })?.into_response())
}

/// An address, or `@` and a domain, in its normal form. The fault is a translation key.
pub(super) fn understand(line: &str) -> std::result::Result<String, String> {
    match line.strip_prefix('@') {
        Some(domain) => domain_in_ascii(domain)
            .filter(|domain| domain.contains('.'))
            .map(|domain| format!("@{domain}"))
            .ok_or_else(|| "suppressions-fault-domain".to_owned()),
        None => {
            line.parse::<Address>().map(|address| address.key()).map_err(|fault| format!("address-{fault}"))
        }
    }
}

/// The end of a day, as the reader's clocks show it.
pub(super) fn end_of_day(page: &Page, day: &str) -> Option<DateTime<Utc>> {
    midnight(page.zone(), day.parse::<NaiveDate>().ok()?.succ_opt()?)
}

/// Entries fetched at once for a file.
const ROWS: i64 = 2000;

/// What is filtered, as a CSV file.
pub(crate) async fn export(
    State(app): State<App>,
    page: Page,
    session: Session,
    Query(find): Query<Find>,
) -> Result<Response> {
    let filter = find.filter();
    audit::record(&app.db, session.user.id, "suppressions.exported", "suppressions", json!({})).await?;
    let name = format!("suppressions-{}.csv", page.now().with_timezone(&page.zone()).format("%Y-%m-%d"));
    let begin = Some((app, filter, Position::Start));
    let body = stream::try_unfold(begin, |part| async move {
        let Some((app, filter, position)) = part else { return Ok(None) };
        let entries = suppressions::listing(&app.db, &filter, &position, ROWS).await?;
        let Some(last) = entries.last() else { return Ok(None) };
        let next = Position::After(last.created_at, last.email.clone());
        let time = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let rows = csv::rows(entries.iter().map(|entry| {
            // A domain begins with an @, which a spreadsheet would take for a formula.
            [
                entry.email.clone(),
                entry.reason.to_string(),
                entry.source.clone(),
                entry.note.clone(),
                time(entry.created_at),
                entry.until.map(time).unwrap_or_default(),
            ]
        }))?;
        Ok(Some((rows, Some((app, filter, next)))))
    });
    let heads = csv::rows([["email", "reason", "source", "note", "since", "until"]])?;
    Ok(csv::download(&name, heads, body))
}

#[derive(Template)]
#[template(path = "suppressions/history.html")]
struct History {
    page: Page,
    email: String,
    entry: Option<Suppression>,
    past: Vec<Past>,
}

impl History {
    fn what(&self, past: &Past) -> Text {
        self.page.t(&format!("suppressions-what-{}", past.what))
    }

    #[expect(clippy::unused_self, reason = "the template calls it")]
    fn reason_key(&self, past: &Past) -> String {
        reason_key(past.reason)
    }
}

/// What happened to an address on the list.
pub(crate) async fn history(
    State(app): State<App>,
    page: Page,
    Query(which): Query<Which>,
) -> Result<Html<String>> {
    let email = which.email.trim().to_lowercase();
    let entry = suppressions::of_address(&app.db, &email).await?;
    let past = suppressions::history(&app.db, &email).await?;
    if entry.is_none() && past.is_empty() {
        return Err(Error::NotFound);
    }
    render(&History { page, email, entry, past })
}

#[derive(Deserialize)]
pub(crate) struct Which {
    #[serde(default)]
    email: String,
}

fn question(page: &Page, entry: &Suppression) -> Ask {
    let mut ask = Ask::new(
        page.clone(),
        page.t("suppressions-lift-title").with("email", &entry.email),
        page.t("suppressions-lift-text"),
        "/suppressions/lift".to_owned(),
        page.t("suppressions-lift"),
        "/suppressions".to_owned(),
    );
    ask.danger = false;
    ask.more.push(lift_warning(page, entry.reason));
    ask.repeat.push(("email", entry.email.clone()));
    ask.note = Some((page.t("contacts-ask-how"), false));
    ask.promise = Some(page.t("contacts-ask-promise"));
    ask
}

pub(crate) async fn ask_lift(
    State(app): State<App>,
    page: Page,
    Query(which): Query<Which>,
) -> Result<Html<String>> {
    let entry = suppressions::get(&app.db, &which.email).await?.ok_or(Error::NotFound)?;
    question(&page, &entry).show()
}

#[derive(Deserialize)]
pub(crate) struct Lift {
    #[serde(default)]
    email: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    promise: String,
}

pub(crate) async fn lift(
    State(app): State<App>,
    page: Page,
    session: Session,
    Form(lift): Form<Lift>,
) -> Result<Response> {
    let entry = suppressions::get(&app.db, &lift.email).await?.ok_or(Error::NotFound)?;
    let typed = Answer { note: lift.note, promise: lift.promise, ..Answer::default() };
    let note = match question(&page, &entry).answered(typed) {
        Ok(note) => note,
        Err(again) => return again.into_response(),
    };
    let mut tx = app.db.begin().await?;
    suppressions::lift(&mut tx, &entry.email, &note, session.user.id).await?;
    let details = json!({ "reason": entry.reason, "note": note });
    audit::record(&mut *tx, session.user.id, "suppression.lifted", &entry.email, details).await?;
    tx.commit().await?;
    let text = page.t("suppressions-lifted").with("email", &entry.email);
    Ok(session.redirect(&app, "/suppressions", "success", text).await?.into_response())
}
