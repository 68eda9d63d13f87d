//! Mailboxes that are looked into for what came back.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse as _, Response};
use sebar_domain::id::MailboxId;
use sebar_domain::{MailProtocol, MailboxSettings, Security};
use sebar_intake::Fault;
use sebar_store::mailboxes::{self, Mailbox};
use sebar_store::{audit, settings};
use serde::Deserialize;
use serde_json::json;

use super::confirm::Confirm;
use super::relays::whole;
use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::form::{Faults, check_line};
use crate::foundation::i18n::Text;
use crate::foundation::page::{Page, render};
use crate::foundation::session::Session;

const PROTOCOLS: &[MailProtocol] = MailProtocol::ALL;
const SECURITIES: [Security; 3] = [Security::ImplicitTls, Security::StartTls, Security::None];
/// A look may take a while; an hour between two is long enough for anybody.
const SECONDS: (u32, u32) = (10, 86_400);

#[derive(Template)]
#[template(path = "mailboxes/list.html")]
struct List {
    page: Page,
    mailboxes: Vec<Mailbox>,
    has_return_path: bool,
}

impl List {
    fn protocol(mailbox: &Mailbox) -> String {
        mailbox.settings.protocol.as_str().to_uppercase()
    }
}

#[derive(Template)]
#[template(path = "mailboxes/form.html")]
struct MailboxForm {
    page: Page,
    /// The stored mailbox; `None` for a new one.
    mailbox: Option<MailboxId>,
    typed: Typed,
    faults: Faults,
    /// What the test found.
    tested: Option<std::result::Result<Text, Text>>,
    protocols: &'static [MailProtocol],
    securities: [Security; 3],
}

impl MailboxForm {
    fn new(page: Page, mailbox: Option<MailboxId>, typed: Typed, faults: Faults) -> Self {
        Self { page, mailbox, typed, faults, tested: None, protocols: PROTOCOLS, securities: SECURITIES }
    }

    fn delete_path(&self) -> String {
        self.mailbox.map(|id| format!("/mailboxes/{id}/delete")).unwrap_or_default()
    }

    #[expect(clippy::unused_self, reason = "the template calls it")]
    fn protocol_name(&self, protocol: &MailProtocol) -> String {
        protocol.as_str().to_uppercase()
    }

    fn security_text(&self, security: &Security) -> Text {
        self.page.t(&format!("mailboxes-security-{security}"))
    }
}

/// All as typed; the password is never filled in again.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Typed {
    name: String,
    protocol: String,
    host: String,
    port: String,
    security: String,
    username: String,
    password: String,
    ca: String,
    folder: String,
    done_folder: String,
    keep: String,
    every_seconds: String,
    enabled: String,
    /// Which button was pressed.
    test: String,
}

impl Typed {
    fn fresh() -> Self {
        Self {
            protocol: MailProtocol::Imap.to_string(),
            port: MailProtocol::Imap.port(Security::ImplicitTls).to_string(),
            security: Security::ImplicitTls.to_string(),
            folder: "INBOX".to_owned(),
            done_folder: "Sebar".to_owned(),
            every_seconds: "60".to_owned(),
            enabled: "on".to_owned(),
            ..Self::default()
        }
    }

    fn stored(of: &MailboxSettings) -> Self {
        let tick = |is: bool| if is { "on".to_owned() } else { String::new() };
        Self {
            name: of.name.clone(),
            protocol: of.protocol.to_string(),
            host: of.host.clone(),
            port: of.port.to_string(),
            security: of.security.to_string(),
            username: of.username.clone(),
            password: String::new(),
            ca: of.ca.clone(),
            folder: of.folder.clone(),
            done_folder: of.done_folder.clone(),
            keep: tick(of.keep),
            every_seconds: of.every_seconds.to_string(),
            enabled: tick(of.enabled),
            test: String::new(),
        }
    }

    fn parse(&self, page: &Page, is_new: bool) -> std::result::Result<MailboxSettings, Faults> {
        let mut faults = Faults::default();
        check_line(page, &mut faults, "name", &self.name, 80);
        check_line(page, &mut faults, "host", &self.host, 255);
        check_line(page, &mut faults, "username", &self.username, 320);
        if is_new && self.password.is_empty() {
            faults.add("password", &page.t("fault-required"));
        }
        let port = whole(page, &mut faults, "port", &self.port, 1, 65_535);
        let every = whole(page, &mut faults, "every_seconds", &self.every_seconds, SECONDS.0, SECONDS.1);
        let choice = |faults: &mut Faults, field: &str| faults.add(field, &page.t("fault-choice"));
        let protocol = self.protocol.parse::<MailProtocol>();
        if protocol.is_err() {
            choice(&mut faults, "protocol");
        }
        let security = self.security.parse::<Security>();
        if security.is_err() {
            choice(&mut faults, "security");
        }
        if protocol == Ok(MailProtocol::Imap) {
            check_line(page, &mut faults, "folder", &self.folder, 200);
            if self.done_folder.trim() == self.folder.trim() && !self.folder.trim().is_empty() {
                faults.add("done_folder", &page.t("mailboxes-fault-same-folder"));
            }
        }
        if !self.ca.trim().is_empty()
            && let Err(why) = sebar_smtp::Tls::new(sebar_smtp::Trust::Authorities(self.ca.clone())).check()
        {
            faults.add("ca", &page.t("mailboxes-fault-ca").with("why", why));
        }
        match (faults.is_empty(), protocol, security, port, every) {
            (true, Ok(protocol), Ok(security), Some(port), Some(every_seconds)) => Ok(MailboxSettings {
                name: self.name.trim().to_owned(),
                protocol,
                host: self.host.trim().to_owned(),
                port: u16::try_from(port).unwrap_or_default(),
                security,
                username: self.username.trim().to_owned(),
                ca: self.ca.trim().to_owned(),
                folder: self.folder.trim().to_owned(),
                done_folder: self.done_folder.trim().to_owned(),
                keep: !self.keep.is_empty(),
                every_seconds,
                enabled: !self.enabled.is_empty(),
            }),
            _ => Err(faults),
        }
    }
}

pub(crate) async fn list(State(app): State<App>, page: Page) -> Result<Html<String>> {
    let mailboxes = mailboxes::all(&app.db).await?;
    let has_return_path = settings::returns(&app.db).await?.return_path.is_some();
    render(&List { page, mailboxes, has_return_path })
}

pub(crate) async fn new(page: Page) -> Result<Html<String>> {
    render(&MailboxForm::new(page, None, Typed::fresh(), Faults::default()))
}

pub(crate) async fn edit(
    State(app): State<App>,
    page: Page,
    Path(id): Path<MailboxId>,
) -> Result<Html<String>> {
    let mailbox = mailboxes::find(&app.db, id).await?.ok_or(Error::NotFound)?;
    render(&MailboxForm::new(page, Some(id), Typed::stored(&mailbox.settings), Faults::default()))
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
    Path(id): Path<MailboxId>,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let stored = mailboxes::find(&app.db, id).await?.ok_or(Error::NotFound)?;
    store(&app, page, &session, Some(stored), typed).await
}

async fn store(
    app: &App,
    page: Page,
    session: &Session,
    stored: Option<Mailbox>,
    typed: Typed,
) -> Result<Response> {
    let id = stored.as_ref().map(|mailbox| mailbox.id);
    let mut parsed = typed.parse(&page, stored.is_none());
    // A stored password goes nowhere else than where it was entered for.
    if let (Ok(settings), Some(stored)) = (&parsed, &stored)
        && typed.password.is_empty()
        && !settings.has_login_of(&stored.settings)
    {
        let mut faults = Faults::default();
        faults.add("password", &page.t("mailboxes-fault-password-again"));
        parsed = Err(faults);
    }
    let settings = match parsed {
        Ok(settings) => settings,
        Err(faults) => return Ok(render(&MailboxForm::new(page, id, typed, faults))?.into_response()),
    };
    if !typed.test.is_empty() {
        let password = match (&stored, typed.password.is_empty()) {
            (Some(stored), true) => stored.password(&app.key).map_err(|_| Fault::Password),
            _ => Ok(typed.password.clone()),
        };
        let found = match password {
            Ok(password) => sebar_intake::look(&settings, &password).await,
            Err(fault) => Err(fault),
        };
        let tested = match found {
            Ok(waiting) => Ok(page.t("mailboxes-tested").with("n", waiting)),
            Err(fault) => Err(fault_text(&page, &fault)),
        };
        let mut form = MailboxForm::new(page, id, typed, Faults::default());
        form.tested = Some(tested);
        return Ok(render(&form)?.into_response());
    }
    let mut tx = app.db.begin().await?;
    let (action, id) = if let Some(id) = id {
        let password = (!typed.password.is_empty()).then_some(typed.password.as_str());
        mailboxes::change(&mut tx, &app.key, id, &settings, password).await.map_err(Error::internal)?;
        ("mailbox.changed", id)
    } else {
        let made = mailboxes::add(&mut tx, &app.key, &settings, &typed.password).await;
        ("mailbox.created", made.map_err(Error::internal)?)
    };
    let details = json!({ "name": settings.name });
    audit::record(&mut *tx, session.user.id, action, &id.to_string(), details).await?;
    tx.commit().await?;
    let text = page.t("mailboxes-saved").with("name", &settings.name);
    Ok(session.redirect(app, "/mailboxes", "success", text).await?.into_response())
}

/// What went wrong, and what to do.
fn fault_text(page: &Page, fault: &Fault) -> Text {
    let key = match fault {
        Fault::Connection(_) => "connection",
        Fault::Silent => "silent",
        Fault::Tls(_) => "tls",
        Fault::NoStartTls => "no-starttls",
        Fault::Login(_) => "login",
        Fault::Folder(..) => "folder",
        Fault::Lacks(_) => "lacks",
        Fault::Password => "password",
        Fault::Refused(_) | Fault::NotStored | Fault::Database(_) => "refused",
    };
    page.t(&format!("mailboxes-fault-{key}")).with("why", fault.to_string())
}

pub(crate) async fn ask_delete(
    State(app): State<App>,
    page: Page,
    Path(id): Path<MailboxId>,
) -> Result<Html<String>> {
    let mailbox = mailboxes::find(&app.db, id).await?.ok_or(Error::NotFound)?;
    Confirm {
        title: page.t("mailboxes-delete-title").with("name", &mailbox.settings.name),
        text: page.t("mailboxes-delete-text"),
        action: format!("/mailboxes/{id}/delete"),
        button: page.t("mailboxes-delete"),
        is_danger: true,
        back: format!("/mailboxes/{id}"),
        page,
    }
    .show()
}

pub(crate) async fn delete(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<MailboxId>,
) -> Result<Response> {
    let mailbox = mailboxes::find(&app.db, id).await?.ok_or(Error::NotFound)?;
    let mut tx = app.db.begin().await?;
    mailboxes::delete(&mut *tx, id).await?;
    let details = json!({ "name": mailbox.settings.name });
    audit::record(&mut *tx, session.user.id, "mailbox.deleted", &id.to_string(), details).await?;
    tx.commit().await?;
    Ok(session.redirect(&app, "/mailboxes", "success", page.t("mailboxes-deleted")).await?.into_response())
}
