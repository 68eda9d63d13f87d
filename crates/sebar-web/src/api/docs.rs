//! What the API is like, for programs: its `OpenAPI` description. For people: `reference`.

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::error::{Refusal, Result};
use crate::foundation::app::App;

/// Where the description is served.
pub(super) const DOCUMENT: &str = "/api/openapi.json";

/// The frame of the description; the paths come from the table.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Sebar API",
        description = "Send mail from your programs, and run what the dashboard runs.\n\n\
            Every call carries an API key: `Authorization: Bearer sbr_…`. An owner makes keys under \
            Settings → API keys.\n\n\
            What is answered with 200 is stored for good. A request with an `Idempotency-Key` may be \
            repeated for 24 hours and is carried out once.\n\n\
            Errors have one shape; `name` says the cause in a word that never changes. Fields are named \
            as in Resend's API; those of several words may also be written in camelCase.",
        license(name = "MIT OR Apache-2.0"),
    ),
    servers((url = "/api/v1", description = "This installation")),
    tags(
        (name = "Emails", description = "Single mails: sent, looked up, cancelled, rescheduled."),
        (name = "Contacts", description = "Whom campaigns go to, with what is known of them."),
        (name = "Lists", description = "Named sets of contacts."),
        (name = "Templates", description = "Designs of mails with variables, in versions."),
        (name = "Campaigns", description = "Mailings to lists: written, sent, watched."),
        (name = "Bounces", description = "What came back."),
        (name = "Relays", description = "The SMTP servers that carry the mail, to look at."),
        (name = "Suppressions", description = "Addresses that are never mailed."),
        (name = "Webhooks", description = "Addresses of programs that are told of events."),
    ),
    security(("api_key" = [])),
    modifiers(&Keys),
)]
pub(super) struct Document;

struct Keys;

impl Modify for Keys {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let mut scheme = Http::new(HttpAuthScheme::Bearer);
        scheme.bearer_format = Some("sbr_…".to_owned());
        scheme.description = Some("An API key.".to_owned());
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("api_key", SecurityScheme::Http(scheme));
    }
}

/// The description.
pub(super) async fn document(State(app): State<App>) -> Result<Response> {
    let document = super::table(&app).into_openapi();
    let json = document.to_json().map_err(Refusal::internal)?;
    let kind = HeaderValue::from_static("application/json");
    Ok(([(CONTENT_TYPE, kind)], json).into_response())
}
