//! "Test": sends a real mail over a relay and shows the conversation, or what is wrong.

use std::time::Duration;

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse as _, Response};
use sebar_compose::{Content, Envelope, Person, PublicUrl, Site};
use sebar_domain::id::{MessageId, RelayId};
use sebar_domain::{Address, Authentication, Tracking};
use sebar_oauth::{Account, Token, TokenError, Tokens};
use sebar_smtp::{Credentials, Event, Probe, Target, Timeouts, Tls, Trust, probe};
use sebar_store::relays::{self, Relay};
use sebar_store::{audit, settings};
use serde::Deserialize;
use serde_json::json;

use super::explain;
use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::form::{Faults, check_address};
use crate::foundation::page::{Page, render};
use crate::foundation::session::Session;

/// Nobody waits longer for an answer on a page.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Typed {
    from: String,
    to: String,
}

/// What came of a test.
struct Outcome {
    /// The server's last answer, if it took the mail.
    accepted: Option<String>,
    /// The word for what is wrong (`relays-fault-…`), if it did not.
    fault: Option<&'static str>,
    /// The fault in technical terms.
    detail: String,
    lines: Vec<Line>,
}

/// A line of the conversation: `class` says who speaks.
struct Line {
    class: &'static str,
    at: String,
    text: String,
}

#[derive(Template)]
#[template(path = "relays/test.html")]
struct TestPage {
    page: Page,
    relay: Relay,
    typed: Typed,
    faults: Faults,
    outcome: Option<Outcome>,
}

pub(crate) async fn page(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<RelayId>,
) -> Result<Html<String>> {
    let relay = relays::get(&app.db, id).await?.ok_or(Error::NotFound)?;
    let default = settings::get(&app.db).await?.from_email;
    let allowed = relay.settings.from_allowed.iter().find(|entry| !entry.starts_with('@'));
    let from = match default.parse::<Address>() {
        Ok(address) if relay.may_send_from(&address) => default,
        _ => allowed.cloned().unwrap_or_default(),
    };
    let typed = Typed { from, to: session.user.email.clone() };
    render(&TestPage { page, relay, typed, faults: Faults::default(), outcome: None })
}

pub(crate) async fn run(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<RelayId>,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let relay = relays::get(&app.db, id).await?.ok_or(Error::NotFound)?;
    let mut faults = Faults::default();
    let from = check_address(&page, &mut faults, "from", &typed.from);
    let to = check_address(&page, &mut faults, "to", &typed.to);
    if let Some(from) = &from
        && !relay.may_send_from(from)
    {
        faults.add("from", &page.t("relays-fault-from-not-allowed"));
    }
    let (Some(from), Some(to), true) = (from, to, faults.is_empty()) else {
        return Ok(render(&TestPage { page, relay, typed, faults, outcome: None })?.into_response());
    };
    let outcome = match try_out(&app, &page, &relay, &from, &to).await {
        Ok(probe) => Outcome::new(&probe, relay.settings.authentication),
        Err(NoProbe::Token(fault)) => Outcome::without_token(&fault),
        Err(NoProbe::Other(fault)) => return Err(fault),
    };
    let details = json!({ "to": to.as_str(), "accepted": outcome.accepted.is_some() });
    audit::record(&app.db, session.user.id, "relay.tested", &id.to_string(), details).await?;
    let outcome = Some(outcome);
    Ok(render(&TestPage { page, relay, typed, faults, outcome })?.into_response())
}

/// Why nothing was tried.
enum NoProbe {
    Token(TokenError),
    Other(Error),
}

impl From<TokenError> for NoProbe {
    fn from(fault: TokenError) -> Self {
        Self::Token(fault)
    }
}

impl From<Error> for NoProbe {
    fn from(fault: Error) -> Self {
        Self::Other(fault)
    }
}

async fn try_out(
    app: &App,
    page: &Page,
    relay: &Relay,
    from: &Address,
    to: &Address,
) -> std::result::Result<Probe, NoProbe> {
    let of = &relay.settings;
    let mut target =
        Target::new(&of.host, of.port, of.security).with_timeouts(Timeouts::every_step(PATIENCE));
    if let Some(pem) = &of.ca_pem {
        target = target.with_tls(Tls::new(Trust::Authorities(pem.clone())));
    }
    match of.authentication {
        Authentication::None => {}
        Authentication::Password => {
            let password = relays::password(&app.db, &app.key, relay.id).await.map_err(Error::internal)?;
            target =
                target.with_credentials(Credentials::password(&of.username, password.unwrap_or_default()));
        }
        Authentication::OAuth2 => {
            let token = token(app, relay).await?;
            target = target.with_credentials(Credentials::bearer(&of.username, token.access));
        }
    }
    let mail = compose(app, page, relay, from, to).await?;
    let envelope = sebar_smtp::Envelope { mail_from: Some(from), rcpt_to: to };
    Ok(probe(&target, &envelope, &mail).await)
}

/// A token that was asked for just now: a test is to find out whether that works.
async fn token(app: &App, relay: &Relay) -> std::result::Result<Token, NoProbe> {
    let account = async || {
        let secrets = relays::oauth_secrets(&app.db, &app.key, relay.id).await.map_err(Error::internal)?;
        let (Some(oauth), Some(secrets)) = (relay.oauth.clone(), secrets) else {
            return Err(NoProbe::Other(Error::internal("a relay without its refresh token")));
        };
        Ok(Account {
            token_url: oauth.token_url,
            scope: oauth.scope,
            client_id: oauth.client_id,
            client_secret: secrets.client_secret,
            refresh_token: secrets.refresh_token,
        })
    };
    let token = Tokens::new()?.get("test", 0, None, account).await?;
    if let Some(newest) = &token.new_refresh_token {
        relays::keep_refresh_token(&app.db, &app.key, relay.id, relay.updated_at, newest)
            .await
            .map_err(Error::internal)?;
    }
    Ok(token)
}

/// The mail itself: short, and it says where it comes from.
async fn compose(app: &App, page: &Page, relay: &Relay, from: &Address, to: &Address) -> Result<Vec<u8>> {
    let company = settings::get(&app.db).await?;
    let content = Content {
        subject: page.t("relays-test-mail-subject").to_string(),
        preheader: String::new(),
        html: String::new(),
        text: Some("{{ greeting }}".to_owned()),
        from_name: company.company.clone(),
        from_email: from.clone(),
        reply_to: None,
        tracking: Tracking::Off,
    };
    let compiled = content.compile(0).map_err(|faults| Error::internal(format!("{faults:?}")))?;
    let site = Site {
        public_url: app.config.public_url.parse::<PublicUrl>().map_err(Error::internal)?,
        company: company.company,
        company_address: company.company_address,
        message_id_domain: None,
        unsubscribe_domain: None,
    };
    let greeting = page.t("relays-test-mail-text").with("name", &relay.settings.name).to_string();
    let merge = json!({ "greeting": greeting });
    let person = Person { email: to, name: None, merge: &merge };
    let envelope = Envelope { id: MessageId::new(), to: person, mailing: None };
    compiled
        .compose(&site, &app.tokens, &envelope)
        .map(|composed| composed.bytes)
        .map_err(|fault| Error::internal(format!("{fault:?}")))
}

impl Outcome {
    /// The provider gave no token, so that the relay was not asked.
    fn without_token(fault: &TokenError) -> Self {
        let key = explain::token(fault);
        Self { accepted: None, fault: Some(key), detail: fault.to_string(), lines: Vec::new() }
    }

    fn new(probe: &Probe, login: Authentication) -> Self {
        let lines = probe.transcript.entries().into_iter().map(|entry| {
            let (class, text) = match &entry.event {
                Event::Connected(peer) => ("muted", format!("* connected to {peer}")),
                Event::Encrypted(how) => ("muted", format!("* encrypted: {how}")),
                Event::Sent(line) => ("c", format!("> {line}")),
                Event::SentMessage(octets) => ("c", format!("> ({octets} bytes of mail) .")),
                Event::Received(line) => ("s", format!("< {line}")),
                Event::Failed(phase) => ("e", format!("* ended ({phase})")),
            };
            Line { class, at: format!("{:.3} s", entry.at.as_secs_f64()), text }
        });
        let (accepted, fault, detail) = match &probe.outcome {
            Ok(reply) => (Some(reply.to_string()), None, String::new()),
            Err(error) => (None, Some(explain::refusal(error, login)), error.to_string()),
        };
        Self { accepted, fault, detail, lines: lines.collect() }
    }
}
