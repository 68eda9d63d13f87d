//! The body of an email from a template.

use sebar_compose::{Fault, FaultKind, Person};
use sebar_domain::id::{MessageId, TemplateId};
use sebar_domain::{Address, Mailbox, Tracking};
use sebar_store::{settings, templates};
use serde_json::Value;

use super::request::{EmailRequest, TemplateRequest};
use crate::api::error::{Cause, Faults, Refusal, Result};
use crate::foundation::app::App;
use crate::pages::writing;

/// What an email says.
pub(super) struct Body {
    pub(super) subject: String,
    pub(super) html: String,
    pub(super) text: String,
}

/// Fills in a template's present version; `None` where that cannot be, which is told in the faults.
///
/// The variables are the template's own; `email` and `name` are those of the first recipient.
pub(super) async fn render(
    app: &App,
    faults: &mut Faults,
    request: &EmailRequest,
    template: &TemplateRequest,
    message: MessageId,
    to: &[Mailbox],
    recipients: usize,
) -> Result<Option<Body>> {
    for (field, given) in [("html", &request.html), ("text", &request.text)] {
        if given.is_some() {
            faults.add(Cause::InvalidValue, field, "cannot be given together with `template`.");
        }
    }
    let stored = match template.id.trim().parse::<TemplateId>() {
        Ok(id) => templates::get(&app.db, id).await?,
        Err(_) => None,
    };
    let Some(stored) = stored else {
        let message = "names no template. Its id stands in the address of its page, `/templates/…`.";
        faults.add(Cause::TemplateNotFound, "template.id", message);
        return Ok(None);
    };
    let Some(to) = to.first() else { return Ok(None) };
    let draft = templates::content(&app.db, stored.version).await?;
    let draft = draft.ok_or_else(|| Refusal::internal("a template without a version"))?;
    // Who sends stands in the request, not in the template.
    let content = writing::content(&draft, "", to.address.clone(), None, Tracking::Off);
    let compiled = match content.compile(0) {
        Ok(compiled) => compiled,
        Err(found) => {
            tell(faults, &found);
            return Ok(None);
        }
    };
    if compiled.has_unsubscribe_link() && recipients > 1 {
        let message = "has an unsubscribe link, which is one person's own: send it to one recipient.";
        faults.add(Cause::TemplateFault, "template.id", message);
        return Ok(None);
    }
    let site = writing::site(app, &settings::get(&app.db).await?)
        .map_err(|_| Refusal::internal("the public address cannot be read"))?;
    let merge = Value::Object(template.variables.clone());
    let address: &Address = &to.address;
    let person = Person {
        email: address,
        name: Some(&to.name).filter(|name| !name.is_empty()).map(String::as_str),
        merge: &merge,
    };
    match compiled.render_for(&site, &app.tokens, message, &person) {
        Ok(made) => Ok(Some(Body {
            subject: request.subject.clone().unwrap_or(made.subject),
            html: made.html,
            text: made.text,
        })),
        Err(found) => {
            tell(faults, &found);
            Ok(None)
        }
    }
}

fn tell(faults: &mut Faults, found: &[Fault]) {
    for fault in found {
        let place =
            fault.line.map_or_else(|| fault.part.to_string(), |line| format!("{}, line {line}", fault.part));
        let detail: String = fault.detail.chars().take(200).collect();
        match fault.kind {
            FaultKind::UnknownVariable => {
                let message =
                    format!("is missing: the template uses it ({place}) and has no default for it.");
                faults.add(Cause::TemplateFault, format!("template.variables.{detail}"), message);
            }
            kind => {
                let message =
                    format!("names a template with a fault ({place}): {}: {detail}.", kind.as_str());
                faults.add(Cause::TemplateFault, "template.id", message);
            }
        }
    }
}
