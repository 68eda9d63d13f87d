//! Limits for mail to the big mailbox providers.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse as _, Response};
use sebar_domain::DomainRule;
use sebar_domain::id::DomainRuleId;
use sebar_store::audit;
use sebar_store::domain_rules::{self, DomainRuleError};
use serde::Deserialize;
use serde_json::json;

use super::confirm::Confirm;
use super::relays::{whole, within};
use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::form::{Faults, check_line, domain_in_ascii};
use crate::foundation::page::{Page, render};
use crate::foundation::session::Session;

/// Most domains of a rule.
const MOST_DOMAINS: usize = 200;

#[derive(Template)]
#[template(path = "receivers/list.html")]
struct List {
    page: Page,
    rules: Vec<DomainRule>,
}

#[derive(Template)]
#[template(path = "receivers/form.html")]
struct RuleForm {
    page: Page,
    /// The stored rule; `None` for a new one.
    rule: Option<DomainRuleId>,
    typed: Typed,
    faults: Faults,
}

impl RuleForm {
    fn delete_path(&self) -> String {
        self.rule.map(|id| format!("/receivers/{id}/delete")).unwrap_or_default()
    }
}

/// All as typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Typed {
    name: String,
    domains: String,
    connections: String,
    per_second: String,
}

impl Typed {
    fn stored(rule: &DomainRule) -> Self {
        Self {
            name: rule.name.clone(),
            domains: rule.domains.join("\n"),
            connections: rule.connections.map(|n| n.to_string()).unwrap_or_default(),
            per_second: rule.per_second.map(|n| n.to_string()).unwrap_or_default(),
        }
    }

    /// The rule, or the faults at their fields; `others` are the other rules.
    fn parse(&self, page: &Page, id: DomainRuleId, others: &[DomainRule]) -> Result<DomainRule, Faults> {
        let mut faults = Faults::default();
        check_line(page, &mut faults, "name", &self.name, 80);
        let domains = self.domains(page, &mut faults);
        for domain in &domains {
            if let Some(other) = others.iter().find(|other| other.id != id && other.domains.contains(domain))
            {
                let text = page.t("receivers-fault-taken").with("domain", domain).with("name", &other.name);
                faults.add("domains", &text);
            }
        }
        let set = |text: &str| !text.trim().is_empty();
        let connections = set(&self.connections)
            .then(|| whole(page, &mut faults, "connections", &self.connections, 1, 10_000))
            .flatten();
        let per_second = set(&self.per_second)
            .then(|| within(page, &mut faults, "per_second", &self.per_second, 0.001, 100_000.0))
            .flatten();
        if !set(&self.connections) && !set(&self.per_second) {
            faults.add("connections", &page.t("receivers-fault-no-limit"));
        }
        if faults.is_empty() {
            Ok(DomainRule { id, name: self.name.trim().to_owned(), domains, connections, per_second })
        } else {
            Err(faults)
        }
    }

    /// In lower case, as they stand in addresses, each once.
    fn domains(&self, page: &Page, faults: &mut Faults) -> Vec<String> {
        let lines = self.domains.split(['\n', ',', ';', ' ']).map(str::trim).filter(|line| !line.is_empty());
        let mut domains = Vec::new();
        for line in lines {
            let line = line.trim_start_matches('@').to_lowercase();
            let domain = if line.contains('*') {
                let is_pattern = line.len() <= 253
                    && line.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '*'))
                    && line.chars().any(|c| c.is_ascii_alphanumeric());
                is_pattern.then(|| line.clone())
            } else {
                domain_in_ascii(&line)
            };
            if domain.is_none() {
                faults.add("domains", &page.t("receivers-fault-domain").with("domain", &line));
            }
            domains.extend(domain.filter(|domain| !domains.contains(domain)));
        }
        if domains.is_empty() && faults.get("domains").is_empty() {
            faults.add("domains", &page.t("fault-required"));
        } else if domains.len() > MOST_DOMAINS {
            faults.add("domains", &page.t("receivers-fault-many").with("n", MOST_DOMAINS));
        }
        domains
    }
}

pub(crate) async fn list(State(app): State<App>, page: Page) -> Result<Html<String>> {
    let rules = domain_rules::all(&app.db).await?;
    render(&List { page, rules })
}

pub(crate) async fn new(page: Page) -> Result<Html<String>> {
    render(&RuleForm { page, rule: None, typed: Typed::default(), faults: Faults::default() })
}

pub(crate) async fn edit(
    State(app): State<App>,
    page: Page,
    Path(id): Path<DomainRuleId>,
) -> Result<Html<String>> {
    let rules = domain_rules::all(&app.db).await?;
    let rule = rules.iter().find(|rule| rule.id == id).ok_or(Error::NotFound)?;
    render(&RuleForm { page, rule: Some(id), typed: Typed::stored(rule), faults: Faults::default() })
}

pub(crate) async fn create(
    State(app): State<App>,
    page: Page,
    session: Session,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    store(&app, page, &session, None, typed).await
}

pub(crate) async fn save(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<DomainRuleId>,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    store(&app, page, &session, Some(id), typed).await
}

async fn store(
    app: &App,
    page: Page,
    session: &Session,
    rule: Option<DomainRuleId>,
    typed: Typed,
) -> Result<Response> {
    let mut tx = app.db.begin().await?;
    let rules = domain_rules::all(&mut *tx).await?;
    if rule.is_some_and(|id| !rules.iter().any(|other| other.id == id)) {
        return Err(Error::NotFound);
    }
    let id = rule.unwrap_or_else(DomainRuleId::new);
    let mut faults = match typed.parse(&page, id, &rules) {
        Ok(parsed) => match domain_rules::save(&mut tx, &parsed).await {
            Ok(()) => {
                let action = if rule.is_none() { "receiver.created" } else { "receiver.changed" };
                let details = json!({ "name": parsed.name });
                audit::record(&mut *tx, session.user.id, action, &id.to_string(), details).await?;
                tx.commit().await?;
                let text = page.t("receivers-saved").with("name", &parsed.name);
                return Ok(session.redirect(app, "/receivers", "success", text).await?.into_response());
            }
            Err(DomainRuleError::NameTaken) => Faults::default(),
            Err(fault) => return Err(Error::internal(fault)),
        },
        Err(faults) => faults,
    };
    drop(tx);
    if faults.is_empty() {
        faults.add("name", &page.t("receivers-fault-name-taken"));
    }
    Ok(render(&RuleForm { page, rule, typed, faults })?.into_response())
}

pub(crate) async fn ask_delete(
    State(app): State<App>,
    page: Page,
    Path(id): Path<DomainRuleId>,
) -> Result<Html<String>> {
    let rules = domain_rules::all(&app.db).await?;
    let rule = rules.iter().find(|rule| rule.id == id).ok_or(Error::NotFound)?;
    Confirm {
        title: page.t("receivers-delete-title").with("name", &rule.name),
        text: page.t("receivers-delete-text"),
        action: format!("/receivers/{id}/delete"),
        button: page.t("receivers-delete"),
        is_danger: true,
        back: format!("/receivers/{id}"),
        page,
    }
    .show()
}

pub(crate) async fn delete(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<DomainRuleId>,
) -> Result<Response> {
    let mut tx = app.db.begin().await?;
    let rules = domain_rules::all(&mut *tx).await?;
    let rule = rules.iter().find(|rule| rule.id == id).ok_or(Error::NotFound)?;
    if domain_rules::delete(&mut tx, id).await? {
        let details = json!({ "name": rule.name });
        audit::record(&mut *tx, session.user.id, "receiver.deleted", &id.to_string(), details).await?;
    }
    tx.commit().await?;
    let text = page.t("receivers-deleted");
    Ok(session.redirect(&app, "/receivers", "success", text).await?.into_response())
}
