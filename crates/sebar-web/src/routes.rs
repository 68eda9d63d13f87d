//! The map of the web app: every path, and who may call it.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler as _;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Redirect;
use tokio::net::TcpListener;
use tower_http::compression::CompressionLayer;
use tower_http::trace::TraceLayer;

use crate::api;
use crate::foundation::access::Access::{Guest, Open};
use crate::foundation::access::{EDITOR, OWNER, Route, Table, VIEWER};
use crate::foundation::app::App;
use crate::foundation::{assets, error, guard, nul, session};
use crate::pages::{
    account, api_keys, archive, bounces, campaigns, catcher, company, contacts, health, home, imports, lists,
    login, mailboxes, pools, receivers, relays, report, sending, setup, suppressions, suppressions_import,
    templates, transactional, user_password, users, webhooks, webhooks_in,
};
use crate::public::{hooks, track, unsubscribe};

#[expect(clippy::too_many_lines, reason = "the map is one table, to be read from top to bottom")]
fn table(app: &App) -> Table {
    Table::new(app.clone())
        .get(Open, "/healthz", health::live)
        .get(Open, "/readyz", health::ready)
        .get(Open, "/static/{*name}", assets::serve)
        // Who is asking
        .get(Guest, "/setup", setup::page)
        .post(Guest, "/setup", setup::create)
        .get(Guest, "/login", login::page)
        .post(Guest, "/login", login::log_in)
        .post(VIEWER, "/logout", login::log_out)
        .post(Guest, "/language", account::set_language)
        .post(VIEWER, "/theme", account::set_theme)
        .get(VIEWER, "/account", account::page)
        .post(VIEWER, "/account", account::save)
        .post(VIEWER, "/account/password", account::change_password)
        .get(VIEWER, "/", home::page)
        // Contacts, lists, imports
        .get(VIEWER, "/contacts", contacts::list::page)
        .post(EDITOR, "/contacts", contacts::edit::create)
        .get(EDITOR, "/contacts/new", contacts::edit::new)
        .get(EDITOR, "/contacts/export.csv", contacts::export::download)
        .post(EDITOR, "/contacts/many", contacts::many::act)
        .get(VIEWER, "/contacts/{id}", contacts::show::page)
        .get(EDITOR, "/contacts/{id}/edit", contacts::edit::edit)
        .post(EDITOR, "/contacts/{id}/edit", contacts::edit::save)
        .get(EDITOR, "/contacts/{id}/unsubscribe", contacts::consent::ask_unsubscribe)
        .post(EDITOR, "/contacts/{id}/unsubscribe", contacts::consent::unsubscribe)
        .get(EDITOR, "/contacts/{id}/resubscribe", contacts::consent::ask_resubscribe)
        .post(EDITOR, "/contacts/{id}/resubscribe", contacts::consent::resubscribe)
        .get(EDITOR, "/contacts/{id}/suppress", contacts::consent::ask_suppress)
        .post(EDITOR, "/contacts/{id}/suppress", contacts::consent::suppress)
        .get(EDITOR, "/contacts/{id}/lift", contacts::consent::ask_lift)
        .post(EDITOR, "/contacts/{id}/lift", contacts::consent::lift)
        .get(EDITOR, "/contacts/{id}/delete", contacts::consent::ask_delete)
        .post(EDITOR, "/contacts/{id}/delete", contacts::consent::delete)
        .get(VIEWER, "/lists", lists::all)
        .post(EDITOR, "/lists", lists::edit::create)
        .get(EDITOR, "/lists/new", lists::edit::new)
        .get(VIEWER, "/lists/{id}", lists::show)
        .get(EDITOR, "/lists/{id}/edit", lists::edit::edit)
        .post(EDITOR, "/lists/{id}/edit", lists::edit::save)
        .get(EDITOR, "/lists/{id}/delete", lists::edit::ask_delete)
        .post(EDITOR, "/lists/{id}/delete", lists::edit::delete)
        .get(VIEWER, "/imports", imports::list)
        .get(EDITOR, "/imports/new", imports::new::page)
        .post(EDITOR, "/imports/new", imports::new::upload.layer(DefaultBodyLimit::disable()))
        .get(VIEWER, "/imports/sample.csv", imports::new::sample)
        .get(VIEWER, "/imports/{id}", imports::show::page)
        .post(EDITOR, "/imports/{id}", imports::mapping::start)
        .get(VIEWER, "/imports/{id}/events", imports::show::events)
        .get(VIEWER, "/imports/{id}/rejects.csv", imports::rejects::download)
        .get(EDITOR, "/imports/{id}/cancel", imports::show::ask_to_cancel)
        .post(EDITOR, "/imports/{id}/cancel", imports::show::cancel)
        // Templates
        .get(VIEWER, "/templates", templates::gallery)
        .post(EDITOR, "/templates", templates::create)
        .get(EDITOR, "/templates/new", templates::new)
        .post(VIEWER, "/templates/preview", templates::preview_typed)
        .get(VIEWER, "/templates/starters/{word}/preview", templates::preview_starter)
        .get(VIEWER, "/templates/{id}", templates::edit)
        .post(EDITOR, "/templates/{id}", templates::save)
        .get(VIEWER, "/templates/{id}/preview", templates::preview)
        .get(VIEWER, "/templates/{id}/versions", templates::versions)
        .get(VIEWER, "/templates/{id}/versions/{n}", templates::view)
        .post(EDITOR, "/templates/{id}/versions/{n}/restore", templates::restore)
        .post(EDITOR, "/templates/{id}/rename", templates::rename)
        .post(EDITOR, "/templates/{id}/duplicate", templates::duplicate)
        .post(EDITOR, "/templates/{id}/archive", templates::set_archived)
        .get(EDITOR, "/templates/{id}/delete", templates::ask_delete)
        .post(EDITOR, "/templates/{id}/delete", templates::delete)
        // Campaigns
        .get(VIEWER, "/campaigns", campaigns::list)
        .post(EDITOR, "/campaigns", campaigns::create)
        .get(EDITOR, "/campaigns/new", campaigns::new)
        .get(VIEWER, "/campaigns/{id}", campaigns::show)
        .get(VIEWER, "/campaigns/{id}/events", campaigns::events)
        .get(EDITOR, "/campaigns/{id}/audience", campaigns::audience)
        .post(EDITOR, "/campaigns/{id}/audience", campaigns::save_audience)
        .post(EDITOR, "/campaigns/{id}/audience/count", campaigns::count_audience)
        .get(EDITOR, "/campaigns/{id}/template", campaigns::template)
        .post(EDITOR, "/campaigns/{id}/template", campaigns::choose_template)
        .get(EDITOR, "/campaigns/{id}/content", campaigns::content)
        .post(EDITOR, "/campaigns/{id}/content", campaigns::save_content)
        .get(VIEWER, "/campaigns/{id}/review", campaigns::review)
        .get(VIEWER, "/campaigns/{id}/preview", campaigns::preview)
        .post(EDITOR, "/campaigns/{id}/test", campaigns::send_test)
        .get(EDITOR, "/campaigns/{id}/start", campaigns::ask_start)
        .post(EDITOR, "/campaigns/{id}/start", campaigns::start)
        .post(EDITOR, "/campaigns/{id}/schedule", campaigns::schedule)
        .post(EDITOR, "/campaigns/{id}/unschedule", campaigns::unschedule)
        .get(EDITOR, "/campaigns/{id}/pace", campaigns::pace)
        .post(EDITOR, "/campaigns/{id}/pace", campaigns::save_pace)
        .post(EDITOR, "/campaigns/{id}/pause", campaigns::pause)
        .post(EDITOR, "/campaigns/{id}/resume", campaigns::resume)
        .get(EDITOR, "/campaigns/{id}/cancel", campaigns::ask_cancel)
        .post(EDITOR, "/campaigns/{id}/cancel", campaigns::cancel)
        .post(EDITOR, "/campaigns/{id}/rename", campaigns::rename)
        .post(EDITOR, "/campaigns/{id}/duplicate", campaigns::duplicate)
        .get(EDITOR, "/campaigns/{id}/delete", campaigns::ask_delete)
        .post(EDITOR, "/campaigns/{id}/delete", campaigns::delete)
        .get(EDITOR, "/campaigns/{id}/resend", report::ask_resend)
        .post(EDITOR, "/campaigns/{id}/resend/{show}", report::resend)
        .get(VIEWER, "/campaigns/{id}/report", report::page)
        .get(VIEWER, "/campaigns/{id}/report/breakdown", report::breakdown)
        .get(VIEWER, "/campaigns/{id}/recipients", report::recipients)
        .get(EDITOR, "/campaigns/{id}/recipients.csv", report::export)
        // Archive
        .get(VIEWER, "/archive", archive::list)
        .get(VIEWER, "/archive/{id}", archive::message)
        .get(VIEWER, "/archive/{id}/html", archive::html)
        .get(VIEWER, "/archive/{id}/raw", archive::raw)
        // Mail of programs
        .get(VIEWER, "/transactional", transactional::list)
        .get(VIEWER, "/transactional/start", transactional::start)
        // Relays, suppressions, catcher
        .get(VIEWER, "/relays", relays::list::page)
        .get(OWNER, "/relays/new", relays::edit::new)
        .post(OWNER, "/relays", relays::edit::create)
        .get(OWNER, "/relays/{id}", relays::edit::edit)
        .post(OWNER, "/relays/{id}", relays::edit::save)
        .get(VIEWER, "/relays/{id}/conversations", relays::conversations::page)
        .get(VIEWER, "/relays/{id}/conversations/events", relays::conversations::events)
        .get(OWNER, "/relays/{id}/test", relays::test::page)
        .post(OWNER, "/relays/{id}/test", relays::test::run)
        .post(OWNER, "/relays/{id}/enable", relays::list::enable)
        .post(OWNER, "/relays/{id}/disable", relays::list::disable)
        .post(OWNER, "/relays/{id}/resume", relays::list::resume)
        .post(OWNER, "/relays/{id}/delete", relays::list::delete)
        .get(VIEWER, "/pools", pools::list::page)
        .get(OWNER, "/pools/new", pools::edit::new)
        .post(OWNER, "/pools", pools::edit::create)
        .post(OWNER, "/pools/rules", pools::rules::add)
        .post(OWNER, "/pools/rules/{id}/delete", pools::rules::delete)
        .get(OWNER, "/pools/{id}", pools::edit::edit)
        .post(OWNER, "/pools/{id}", pools::edit::save)
        .get(OWNER, "/pools/{id}/delete", pools::edit::ask_delete)
        .post(OWNER, "/pools/{id}/delete", pools::edit::delete)
        .get(VIEWER, "/receivers", receivers::list)
        .get(OWNER, "/receivers/new", receivers::new)
        .post(OWNER, "/receivers", receivers::create)
        .get(OWNER, "/receivers/{id}", receivers::edit)
        .post(OWNER, "/receivers/{id}", receivers::save)
        .get(OWNER, "/receivers/{id}/delete", receivers::ask_delete)
        .post(OWNER, "/receivers/{id}/delete", receivers::delete)
        .get(VIEWER, "/bounces", bounces::list)
        .get(EDITOR, "/bounces/export.csv", bounces::export)
        .get(VIEWER, "/bounces/mails", bounces::mails)
        .get(VIEWER, "/bounces/mails/{id}", bounces::mail)
        .get(VIEWER, "/bounces/mails/{id}/html", bounces::html)
        .get(VIEWER, "/bounces/mails/{id}/raw", bounces::raw)
        .get(VIEWER, "/bounces/{id}", bounces::show)
        .get(VIEWER, "/mailboxes", mailboxes::list)
        .get(OWNER, "/mailboxes/new", mailboxes::new)
        .post(OWNER, "/mailboxes", mailboxes::create)
        .get(OWNER, "/mailboxes/{id}", mailboxes::edit)
        .post(OWNER, "/mailboxes/{id}", mailboxes::save)
        .get(OWNER, "/mailboxes/{id}/delete", mailboxes::ask_delete)
        .post(OWNER, "/mailboxes/{id}/delete", mailboxes::delete)
        .get(VIEWER, "/webhooks-in", webhooks_in::list)
        .get(OWNER, "/webhooks-in/new", webhooks_in::new)
        .post(OWNER, "/webhooks-in", webhooks_in::create)
        .get(OWNER, "/webhooks-in/{id}", webhooks_in::edit)
        .post(OWNER, "/webhooks-in/{id}", webhooks_in::save)
        .get(OWNER, "/webhooks-in/{id}/delete", webhooks_in::ask_delete)
        .post(OWNER, "/webhooks-in/{id}/delete", webhooks_in::delete)
        .get(VIEWER, "/suppressions", suppressions::page)
        .get(EDITOR, "/suppressions/export.csv", suppressions::export)
        .get(VIEWER, "/suppressions/history", suppressions::history)
        .post(EDITOR, "/suppressions", suppressions::create)
        .get(EDITOR, "/suppressions/import", suppressions_import::page)
        .post(
            EDITOR,
            "/suppressions/import",
            suppressions_import::upload
                .layer(DefaultBodyLimit::max(suppressions_import::MOST_MB * 1_000_000)),
        )
        .get(EDITOR, "/suppressions/new", suppressions::new)
        .get(EDITOR, "/suppressions/lift", suppressions::ask_lift)
        .post(EDITOR, "/suppressions/lift", suppressions::lift)
        .get(VIEWER, "/catcher", catcher::list)
        .get(VIEWER, "/catcher/{id}", catcher::mail)
        .get(VIEWER, "/catcher/{id}/html", catcher::html)
        .get(VIEWER, "/catcher/{id}/raw", catcher::raw)
        .post(EDITOR, "/catcher/clear", catcher::clear)
        // Settings
        .get(OWNER, "/settings", company::page)
        .post(OWNER, "/settings", company::save)
        .get(OWNER, "/settings/sending", sending::page)
        .post(OWNER, "/settings/sending", sending::save)
        .get(OWNER, "/settings/users", users::page)
        .post(OWNER, "/settings/users", users::create)
        .post(OWNER, "/settings/users/{id}", users::change)
        .get(OWNER, "/settings/users/{id}/password", user_password::page)
        .post(OWNER, "/settings/users/{id}/password", user_password::save)
        .get(OWNER, "/settings/api-keys", api_keys::list)
        .post(OWNER, "/settings/api-keys", api_keys::create)
        .get(OWNER, "/settings/api-keys/new", api_keys::new)
        .get(OWNER, "/settings/api-keys/{id}/revoke", api_keys::ask_revoke)
        .post(OWNER, "/settings/api-keys/{id}/revoke", api_keys::revoke)
        .get(OWNER, "/settings/webhooks", webhooks::list)
        .post(OWNER, "/settings/webhooks", webhooks::create)
        .get(OWNER, "/settings/webhooks/new", webhooks::new)
        .get(OWNER, "/settings/webhooks/{id}", webhooks::show)
        .get(OWNER, "/settings/webhooks/{id}/edit", webhooks::edit)
        .post(OWNER, "/settings/webhooks/{id}/edit", webhooks::save)
        .post(OWNER, "/settings/webhooks/{id}/test", webhooks::send_test)
        .post(OWNER, "/settings/webhooks/{id}/enable", webhooks::enable)
        .post(OWNER, "/settings/webhooks/{id}/disable", webhooks::disable)
        .get(OWNER, "/settings/webhooks/{id}/rotate", webhooks::ask_rotate)
        .post(OWNER, "/settings/webhooks/{id}/rotate", webhooks::rotate)
        .get(OWNER, "/settings/webhooks/{id}/delete", webhooks::ask_delete)
        .post(OWNER, "/settings/webhooks/{id}/delete", webhooks::delete)
        .post(OWNER, "/settings/webhooks/{id}/replay", webhooks::replay_failed)
        .get(OWNER, "/settings/webhooks/{id}/calls/{n}", webhooks::call)
        .post(OWNER, "/settings/webhooks/{id}/calls/{n}/replay", webhooks::replay)
        .get(Guest, "/api/docs", api::reference)
        // Where the links of earlier versions lead.
        .get(Guest, "/api/docs/", async || Redirect::permanent("/api/docs"))
        // Public: links in mails
        .get(Open, "/t/o/{name}", track::open)
        .get(Open, "/t/c/{token}", track::click)
        .get(Open, "/u/{token}", unsubscribe::page)
        .post(Open, "/u/{token}", unsubscribe::confirm)
        .post(Open, "/u/{token}/undo", unsubscribe::take_back)
        // Public: what providers call
        .post(Open, "/hooks/in/{id}/{secret}", hooks::take)
}

/// The web app as a service. Serve it with connection info (`SocketAddr`): see [`serve`].
pub fn router(app: &App) -> Router {
    let (router, _) = table(app).finish();
    router
        .fallback(async || error::Error::NotFound)
        .layer(from_fn(nul::drop_nul))
        .layer(from_fn_with_state(app.clone(), error::show_errors))
        .layer(from_fn_with_state(app.clone(), session::identify))
        // Programs have no session, and want no pages when something is wrong.
        .merge(api::router(app))
        .layer(from_fn(guard::security_headers))
        .layer(CompressionLayer::new().gzip(true))
        .layer(TraceLayer::new_for_http())
        .with_state(app.clone())
}

/// The route table, for tests that walk all of it.
pub fn routes(app: &App) -> Vec<Route> {
    table(app).finish().1
}

/// Serves, and runs imports and calls webhooks in the background, until the app's shutdown token is cancelled; then lets open requests end, 25 seconds at most.
///
/// # Errors
/// When the listener fails.
pub async fn serve(listener: TcpListener, app: App) -> std::io::Result<()> {
    let importer = tokio::spawn(sebar_import::run(app.db.clone(), app.shutdown.clone()));
    let service = router(&app).into_make_service_with_connect_info::<SocketAddr>();
    let shutdown = app.shutdown.clone();
    let stopped = shutdown.clone();
    let hits = tokio::spawn(track::write_hits(app.clone()));
    let (db, key, targets) = (app.db.clone(), app.key.clone(), app.config.webhook_targets);
    let webhooks = tokio::spawn(sebar_webhooks::run(db, key, targets, app.shutdown.clone()));
    let server =
        axum::serve(listener, service).with_graceful_shutdown(async move { stopped.cancelled().await });
    let done = tokio::select! {
        done = server => done,
        () = async { shutdown.cancelled().await; tokio::time::sleep(Duration::from_secs(25)).await } => {
            tracing::warn!("some requests did not end in time and were cut off");
            Ok(())
        }
    };
    shutdown.cancel();
    hits.await.map_err(std::io::Error::other)?;
    webhooks.await.map_err(std::io::Error::other)?;
    // Its import goes back into the queue before we leave.
    importer.await.map_err(std::io::Error::other)?;
    done
}
