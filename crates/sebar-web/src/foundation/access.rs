//! Who may call which route: asked in one place, here.

use axum::Router;
use axum::extract::{Request, State};
use axum::handler::Handler;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use sebar_domain::Role;

use super::app::App;
use super::error::Error;
use super::guard;
use super::session::Session;

/// What it takes to call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody, from anywhere: mail readers, mailbox providers, load balancers. No session, no origin check.
    Open,
    /// Anybody with a browser: login and set-up.
    Guest,
    /// A user with this role or a higher one.
    Role(Role),
}

/// Sees, changes nothing.
pub(crate) const VIEWER: Access = Access::Role(Role::Viewer);
/// Works with contacts, templates and campaigns.
pub(crate) const EDITOR: Access = Access::Role(Role::Editor);
/// Manages relays, users and settings.
pub(crate) const OWNER: Access = Access::Role(Role::Owner);

/// One line of the route table.
#[derive(Clone, Debug)]
pub struct Route {
    /// GET or POST: browsers send no other from a form.
    pub method: Method,
    /// Path pattern, as axum writes it.
    pub path: &'static str,
    /// Who may call it.
    pub access: Access,
}

/// The route table while it is written. Each line names the access beside the route, so that none is forgotten.
pub(crate) struct Table {
    app: App,
    router: Router<App>,
    routes: Vec<Route>,
}

impl Table {
    pub(crate) fn new(app: App) -> Self {
        Self { app, router: Router::new(), routes: Vec::new() }
    }

    pub(crate) fn get<H, T>(self, access: Access, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.add(access, Method::GET, path, on(MethodFilter::GET, handler))
    }

    pub(crate) fn post<H, T>(self, access: Access, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.add(access, Method::POST, path, on(MethodFilter::POST, handler))
    }

    fn add(mut self, access: Access, method: Method, path: &'static str, route: MethodRouter<App>) -> Self {
        let route = route.route_layer(from_fn_with_state((self.app.clone(), access), check));
        self.router = self.router.route(path, route);
        self.routes.push(Route { method, path, access });
        self
    }

    /// The router, and the table itself for the tests that walk it.
    pub(crate) fn finish(self) -> (Router<App>, Vec<Route>) {
        (self.router, self.routes)
    }
}

async fn check(State((app, access)): State<(App, Access)>, request: Request, next: Next) -> Response {
    if access != Access::Open
        && !request.method().is_safe()
        && !guard::is_same_origin(&app, request.headers())
    {
        return Error::ForeignOrigin.into_response();
    }
    let Access::Role(needed) = access else {
        return next.run(request).await;
    };
    match request.extensions().get::<Session>() {
        Some(session) if session.user.role >= needed => next.run(request).await,
        Some(_) => Error::Forbidden.into_response(),
        None => {
            // Taken apart first: a request's body cannot be shared with another thread while we wait.
            let (parts, _) = request.into_parts();
            ask_to_log_in(&app, &parts).await
        }
    }
}

/// Sends a browser to the login page and back again afterwards; tells a script in words of HTTP.
async fn ask_to_log_in(app: &App, request: &Parts) -> Response {
    match app.is_set_up().await {
        Ok(true) => {}
        Ok(false) => return Redirect::to("/setup").into_response(),
        Err(fault) => return Error::from(fault).into_response(),
    }
    let wants_fragment = request.headers.contains_key("hx-request");
    if wants_fragment {
        // htmx follows this header with the whole page; a redirect would be put into a fragment.
        return (StatusCode::UNAUTHORIZED, [("hx-redirect", "/login")]).into_response();
    }
    if !request.method.is_safe() {
        return Redirect::to("/login").into_response();
    }
    let back = request.uri.path_and_query().map_or("/", |path| path.as_str());
    let query = next_query(back);
    Redirect::to(&format!("/login?{query}")).into_response()
}

fn next_query(path: &str) -> String {
    url::form_urlencoded::Serializer::new(String::new()).append_pair("next", path).finish()
}
