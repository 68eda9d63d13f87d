//! What the columns are, where the contacts go, and how they agreed.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use sebar_domain::OnKnown;
use sebar_domain::id::{ImportId, ListId};
use sebar_import::{
    Choices, Delimiter, Encoding, Format, HEAD, Mapping, Preview, Quote, Target, key_for, preview,
};
use sebar_store::audit;
use sebar_store::imports::{self, Import, TargetList};
use serde::Deserialize;

use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::form::Faults;
use crate::foundation::page::{Page, render};
use crate::foundation::session::Session;

/// Examples shown of a column.
const EXAMPLES: usize = 2;
/// Rows shown as they are.
const ROWS: usize = 5;
const TARGETS: [&str; 8] =
    ["email", "name", "first_name", "last_name", "attribute", "language", "time_zone", "ignore"];

/// Corrections of how the file is read, from the form above the mapping.
#[derive(Deserialize)]
pub(crate) struct Corrections {
    encoding: Option<Encoding>,
    delimiter: Option<Delimiter>,
    quote: Option<Quote>,
    header: Option<bool>,
}

/// A column of the file, as the form shows it.
struct Column {
    head: String,
    examples: String,
    target: String,
    key: String,
    fault: String,
}

#[derive(Template)]
#[template(path = "imports/mapping.html")]
struct MappingPage {
    page: Page,
    import: Import,
    format: Format,
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
    lists: Vec<TargetList>,
    chosen: Vec<String>,
    new_list: String,
    on_known: String,
    consent: String,
    faults: Faults,
}

impl MappingPage {
    fn cancel_path(&self) -> String {
        format!("/imports/{}/cancel", self.import.id)
    }

    fn is_chosen(&self, list: &TargetList) -> bool {
        self.chosen.contains(&list.id.to_string())
    }

    /// What a column is called, on this page and to screen readers.
    fn name_of(&self, column: &Column, n: &usize) -> String {
        if column.head.is_empty() {
            self.page.t("imports-column").with("n", n + 1).to_string()
        } else {
            column.head.clone()
        }
    }

    #[expect(clippy::unused_self, reason = "the template reaches it through the page")]
    fn short(&self, cell: &str) -> String {
        shorten(cell, 60)
    }

    #[expect(clippy::unused_self, reason = "the template reaches it through the page")]
    fn targets(&self) -> &'static [&'static str] {
        &TARGETS
    }
}

/// The file's first rows and a guess at what they are.
pub(crate) async fn page(
    app: &App,
    page: Page,
    import: Import,
    corrections: &Corrections,
) -> Result<Response> {
    let stored = stored_format(&import)?;
    let format = Format {
        encoding: corrections.encoding.unwrap_or(stored.encoding),
        delimiter: corrections.delimiter.unwrap_or(stored.delimiter),
        quote: corrections.quote.unwrap_or(stored.quote),
        header: corrections.header.unwrap_or(stored.header),
    };
    let preview = read(app, import.id, format).await?;
    let columns = columns(&preview, &preview.guess);
    let mut faults = Faults::default();
    if !preview.guess.0.contains(&Target::Email) {
        faults.add("mapping", &page.t("imports-no-email-found"));
    }
    let lists = imports::target_lists(&app.db).await?;
    let view = MappingPage {
        page,
        import,
        format,
        columns,
        rows: preview.rows.into_iter().take(ROWS).collect(),
        lists,
        chosen: Vec::new(),
        new_list: String::new(),
        on_known: OnKnown::Fill.as_str().to_owned(),
        consent: String::new(),
        faults,
    };
    Ok(render(&view)?.into_response())
}

fn stored_format(import: &Import) -> Result<Format> {
    let stored = import.format.clone().ok_or(Error::Conflict)?;
    serde_json::from_value(stored).map_err(Error::internal)
}

async fn read(app: &App, id: ImportId, format: Format) -> Result<Preview> {
    let head = imports::head(&app.db, id, i32::try_from(HEAD).unwrap_or(i32::MAX)).await?;
    tokio::task::spawn_blocking(move || preview(&head, format)).await.map_err(Error::internal)
}

fn columns(preview: &Preview, mapping: &Mapping) -> Vec<Column> {
    let column = |(n, head): (usize, &String)| {
        let target = mapping.0.get(n).unwrap_or(&Target::Ignore);
        let mut examples: Vec<&str> = Vec::new();
        for value in preview.rows.iter().filter_map(|row| row.get(n)).filter(|value| !value.is_empty()) {
            if examples.len() < EXAMPLES && !examples.contains(&value.as_str()) {
                examples.push(value);
            }
        }
        Column {
            head: shorten(head, 60),
            examples: examples.into_iter().map(|value| shorten(value, 30)).collect::<Vec<_>>().join(" · "),
            target: target.as_str().to_owned(),
            key: match target {
                Target::Attribute(key) => key.clone(),
                _ => key_for(head, n),
            },
            fault: String::new(),
        }
    };
    preview.heads.iter().enumerate().map(column).collect()
}

fn shorten(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    text.chars().take(limit - 1).chain(['…']).collect()
}

/// The form as it was sent: names may repeat.
struct Sent(Vec<(String, String)>);

impl Sent {
    fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value)
    }

    fn all(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(field, _)| field == name).map(|(_, value)| value.clone()).collect()
    }

    /// One of an enum's words.
    fn word<T: for<'de> Deserialize<'de>>(&self, name: &str) -> Result<T> {
        serde_json::from_value(self.get(name).into()).map_err(|_| Error::BadRequest)
    }
}

pub(crate) async fn start(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<ImportId>,
    Form(sent): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let sent = Sent(sent);
    let import = imports::get(&app.db, id).await?.ok_or(Error::NotFound)?;
    if import.state != sebar_domain::ImportState::Uploaded {
        return Err(Error::Conflict);
    }
    let format = Format {
        encoding: sent.word("encoding")?,
        delimiter: sent.word("delimiter")?,
        quote: sent.word("quote")?,
        header: sent.get("header") == "true",
    };
    let preview = read(&app, id, format).await?;
    let target =
        |n: usize| Target::from_form(sent.get(&format!("target_{n}")), sent.get(&format!("key_{n}")));
    let mapping = Mapping((0..preview.heads.len()).map(target).collect());
    let mut columns = columns(&preview, &mapping);
    for (n, column) in columns.iter_mut().enumerate() {
        sent.get(&format!("key_{n}")).trim().clone_into(&mut column.key);
    }
    let mut faults = Faults::default();
    if let Some((n, fault)) = mapping.fault() {
        let text = page.t(&format!("imports-mapping-{fault}"));
        match columns.get_mut(n).filter(|_| fault != sebar_import::MappingFault::NoEmail) {
            Some(column) => column.fault = text.to_string(),
            None => faults.add("mapping", &text),
        }
    }
    let (new_list, consent) = (sent.get("new_list").trim(), sent.get("consent").trim());
    if new_list.chars().count() > 100 {
        faults.add("new_list", &page.t("fault-too-long").with("n", 100));
    }
    if consent.is_empty() {
        faults.add("consent", &page.t("imports-consent-missing"));
    } else if consent.chars().count() > 2000 {
        faults.add("consent", &page.t("fault-too-long").with("n", 2000));
    }
    let on_known = sent.get("on_known").parse::<OnKnown>().map_err(|_| Error::BadRequest)?;
    let known = imports::target_lists(&app.db).await?;
    let chosen = sent.all("list");
    let mut lists: Vec<ListId> = known
        .iter()
        .filter(|list| chosen.contains(&list.id.to_string()))
        .map(|list| list.id.into())
        .collect();
    if mapping.fault().is_some() || !faults.is_empty() {
        let view = MappingPage {
            page,
            import,
            format,
            columns,
            rows: preview.rows.into_iter().take(ROWS).collect(),
            lists: known,
            chosen,
            new_list: new_list.to_owned(),
            on_known: on_known.as_str().to_owned(),
            consent: consent.to_owned(),
            faults,
        };
        return Ok(render(&view)?.into_response());
    }
    let mut tx = app.db.begin().await?;
    if !new_list.is_empty() {
        lists.push(imports::list_named(&mut *tx, new_list).await?);
    }
    let choices = Choices { format, mapping, lists, on_known, consent: consent.to_owned() };
    if !sebar_import::queue(&mut *tx, id, &choices).await.map_err(Error::internal)? {
        return Err(Error::Conflict);
    }
    let details = serde_json::json!({ "file": import.file_name, "on_known": on_known, "consent": consent });
    audit::record(&mut *tx, session.user.id, "import.started", &id.to_string(), details).await?;
    tx.commit().await?;
    Ok(axum::response::Redirect::to(&format!("/imports/{id}")).into_response())
}
