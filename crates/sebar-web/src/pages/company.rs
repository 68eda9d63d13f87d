//! What holds for the whole installation: the company and what new campaigns begin with.

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use chrono_tz::{TZ_VARIANTS, Tz};
use sebar_domain::Tracking;
use sebar_store::audit;
use sebar_store::settings::{self, Settings};
use serde::Deserialize;

use crate::foundation::app::App;
use crate::foundation::error::Result;
use crate::foundation::form::{Faults, check_address, check_line};
use crate::foundation::page::{Page, render};
use crate::foundation::session::Session;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Typed {
    company: String,
    company_address: String,
    time_zone: String,
    from_name: String,
    from_email: String,
    tracking: String,
}

#[derive(Template)]
#[template(path = "settings/company.html")]
struct Company {
    page: Page,
    typed: Typed,
    faults: Faults,
    zones: &'static [Tz],
    modes: &'static [Tracking],
}

impl Company {
    fn new(page: Page, typed: Typed, faults: Faults) -> Self {
        Self { page, typed, faults, zones: &TZ_VARIANTS, modes: Tracking::ALL }
    }
}

pub(crate) async fn page(State(app): State<App>, page: Page) -> Result<Response> {
    let stored = settings::get(&app.db).await?;
    let typed = Typed {
        company: stored.company,
        company_address: stored.company_address,
        time_zone: stored.time_zone,
        from_name: stored.from_name,
        from_email: stored.from_email,
        tracking: stored.tracking.as_str().to_owned(),
    };
    Ok(render(&Company::new(page, typed, Faults::default()))?.into_response())
}

pub(crate) async fn save(
    State(app): State<App>,
    page: Page,
    session: Session,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let mut faults = Faults::default();
    check_line(&page, &mut faults, "company", &typed.company, 100);
    if typed.company_address.chars().count() > 300 {
        faults.add("company_address", &page.t("fault-too-long").with("n", 300));
    }
    check_line(&page, &mut faults, "from_name", &typed.from_name, 100);
    let from_email = check_address(&page, &mut faults, "from_email", &typed.from_email);
    if typed.time_zone.parse::<Tz>().is_err() {
        faults.add("time_zone", &page.t("fault-choice"));
    }
    let tracking = typed.tracking.parse::<Tracking>();
    if tracking.is_err() {
        faults.add("tracking", &page.t("fault-choice"));
    }
    let (Some(from_email), Ok(tracking), true) = (from_email, tracking, faults.is_empty()) else {
        return Ok(render(&Company::new(page, typed, faults))?.into_response());
    };
    let settings = Settings {
        company: typed.company.trim().to_owned(),
        company_address: typed.company_address.trim().to_owned(),
        time_zone: typed.time_zone,
        from_name: typed.from_name.trim().to_owned(),
        from_email: from_email.as_str().to_owned(),
        tracking,
    };
    let mut tx = app.db.begin().await?;
    settings::set(&mut *tx, &settings).await?;
    audit::record(&mut *tx, session.user.id, "settings.changed", "settings", serde_json::json!({})).await?;
    tx.commit().await?;
    Ok(session.redirect(&app, "/settings", "success", page.t("settings-saved")).await?.into_response())
}
