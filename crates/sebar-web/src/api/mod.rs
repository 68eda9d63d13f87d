//! The REST API: what programs call, with a key, in JSON.
//!
//! [`table`] is the map: every path with the scope that a key needs. Field names are those of Resend's
//! API, so that its clients work; errors have one shape and a name for each cause (`error.rs`).

mod access;
mod answers;
mod body;
mod bounces;
mod campaigns;
mod contacts;
mod docs;
mod emails;
mod error;
mod lists;
mod query;
mod rate;
mod reference;
mod relays;
mod shapes;
mod suppressions;
mod templates;
mod text;
mod webhooks;
mod written;

pub(crate) use access::{KeySearch, key_search};
pub(crate) use emails::{Accepting, accepting};
pub(crate) use rate::Limits;
pub(crate) use reference::page as reference;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::Method;
use axum::routing::get;
use sebar_domain::Scope;
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::access::with_scope;
use self::error::{Cause, Refusal};
use crate::foundation::app::App;

/// Where it stands. Another version would stand beside it.
const BASE: &str = "/api/v1";

fn table(app: &App) -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(docs::Document::openapi())
        .routes(with_scope(app, Scope::EmailsSend, routes!(emails::send)))
        .routes(with_scope(app, Scope::EmailsRead, routes!(emails::list)))
        .routes(with_scope(app, Scope::EmailsSend, routes!(emails::batch)))
        .routes(with_scope(app, Scope::EmailsRead, routes!(emails::show)))
        .routes(with_scope(app, Scope::EmailsSend, routes!(emails::reschedule)))
        .routes(with_scope(app, Scope::EmailsSend, routes!(emails::cancel)))
        .routes(with_scope(app, Scope::EmailsSend, routes!(emails::resend)))
        .routes(with_scope(app, Scope::ContactsWrite, routes!(contacts::one)))
        .routes(with_scope(app, Scope::ContactsRead, routes!(contacts::list)))
        .routes(with_scope(app, Scope::ContactsWrite, routes!(contacts::many)))
        .routes(with_scope(app, Scope::ContactsRead, routes!(contacts::show)))
        .routes(with_scope(app, Scope::ContactsWrite, routes!(contacts::remove)))
        .routes(with_scope(app, Scope::ContactsWrite, routes!(contacts::unsubscribe)))
        .routes(with_scope(app, Scope::ContactsWrite, routes!(contacts::change)))
        .routes(with_scope(app, Scope::ContactsWrite, routes!(contacts::resubscribe)))
        .routes(with_scope(app, Scope::ContactsRead, routes!(lists::all)))
        .routes(with_scope(app, Scope::ContactsWrite, routes!(lists::create)))
        .routes(with_scope(app, Scope::ContactsRead, routes!(lists::show)))
        .routes(with_scope(app, Scope::ContactsWrite, routes!(lists::change)))
        .routes(with_scope(app, Scope::ContactsWrite, routes!(lists::remove)))
        .routes(with_scope(app, Scope::ContactsWrite, routes!(lists::add_members)))
        .routes(with_scope(app, Scope::ContactsWrite, routes!(lists::remove_members)))
        .routes(with_scope(app, Scope::TemplatesRead, routes!(templates::list)))
        .routes(with_scope(app, Scope::TemplatesWrite, routes!(templates::create)))
        .routes(with_scope(app, Scope::TemplatesRead, routes!(templates::show)))
        .routes(with_scope(app, Scope::TemplatesWrite, routes!(templates::change)))
        .routes(with_scope(app, Scope::TemplatesWrite, routes!(templates::remove)))
        .routes(with_scope(app, Scope::TemplatesWrite, routes!(templates::duplicate)))
        .routes(with_scope(app, Scope::TemplatesRead, routes!(templates::versions)))
        .routes(with_scope(app, Scope::TemplatesRead, routes!(templates::version)))
        .routes(with_scope(app, Scope::TemplatesWrite, routes!(templates::restore)))
        .routes(with_scope(app, Scope::CampaignsRead, routes!(campaigns::list)))
        .routes(with_scope(app, Scope::CampaignsWrite, routes!(campaigns::create)))
        .routes(with_scope(app, Scope::CampaignsRead, routes!(campaigns::show)))
        .routes(with_scope(app, Scope::CampaignsWrite, routes!(campaigns::change)))
        .routes(with_scope(app, Scope::CampaignsWrite, routes!(campaigns::remove)))
        .routes(with_scope(app, Scope::CampaignsWrite, routes!(campaigns::duplicate)))
        .routes(with_scope(app, Scope::CampaignsWrite, routes!(campaigns::test)))
        .routes(with_scope(app, Scope::CampaignsWrite, routes!(campaigns::start)))
        .routes(with_scope(app, Scope::CampaignsWrite, routes!(campaigns::schedule)))
        .routes(with_scope(app, Scope::CampaignsWrite, routes!(campaigns::unschedule)))
        .routes(with_scope(app, Scope::CampaignsWrite, routes!(campaigns::pause)))
        .routes(with_scope(app, Scope::CampaignsWrite, routes!(campaigns::resume)))
        .routes(with_scope(app, Scope::CampaignsWrite, routes!(campaigns::cancel)))
        .routes(with_scope(app, Scope::CampaignsWrite, routes!(campaigns::resend)))
        .routes(with_scope(app, Scope::CampaignsRead, routes!(campaigns::statistics)))
        .routes(with_scope(app, Scope::BouncesRead, routes!(bounces::list)))
        .routes(with_scope(app, Scope::BouncesRead, routes!(bounces::show)))
        .routes(with_scope(app, Scope::BouncesRead, routes!(bounces::mail)))
        .routes(with_scope(app, Scope::RelaysRead, routes!(relays::list)))
        .routes(with_scope(app, Scope::RelaysRead, routes!(relays::show)))
        .routes(with_scope(app, Scope::RelaysRead, routes!(relays::pools)))
        .routes(with_scope(app, Scope::SuppressionsRead, routes!(suppressions::list)))
        .routes(with_scope(app, Scope::SuppressionsWrite, routes!(suppressions::add)))
        .routes(with_scope(app, Scope::SuppressionsWrite, routes!(suppressions::remove)))
        .routes(with_scope(app, Scope::WebhooksWrite, routes!(webhooks::add)))
        .routes(with_scope(app, Scope::WebhooksRead, routes!(webhooks::list)))
        .routes(with_scope(app, Scope::WebhooksRead, routes!(webhooks::show)))
        .routes(with_scope(app, Scope::WebhooksWrite, routes!(webhooks::change)))
        .routes(with_scope(app, Scope::WebhooksWrite, routes!(webhooks::remove)))
        .routes(with_scope(app, Scope::WebhooksWrite, routes!(webhooks::rotate)))
        .routes(with_scope(app, Scope::WebhooksWrite, routes!(webhooks::test)))
        .routes(with_scope(app, Scope::WebhooksRead, routes!(webhooks::calls)))
        .routes(with_scope(app, Scope::WebhooksWrite, routes!(webhooks::replay)))
}

/// The API, to be merged with the pages.
pub(crate) fn router(app: &App) -> Router<App> {
    let (api, _) = table(app).split_for_parts();
    let api = api
        .fallback(async || Refusal::new(Cause::NotFound, "There is nothing at this address of the API."))
        .method_not_allowed_fallback(async |method: Method| {
            Refusal::new(Cause::MethodNotAllowed, format!("This address of the API knows no {method}."))
        })
        // Bodies are bounded where they are read, in words of the API.
        .layer(DefaultBodyLimit::disable());
    Router::new().nest(BASE, api).route(docs::DOCUMENT, get(docs::document))
}
