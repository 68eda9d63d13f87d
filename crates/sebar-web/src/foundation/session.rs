//! Who is asking: sessions by cookie.

use std::net::{IpAddr, SocketAddr};

use aws_lc_rs::{digest, rand};
use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{TimeDelta, Utc};
use sebar_domain::id::UserId;
use sebar_store::sessions;
use sebar_store::users::User;
use serde::{Deserialize, Serialize};

use super::app::App;
use super::error::{Error, Result};

const COOKIE: &str = "sebar_session";
/// A session ends when it was not used for this long.
const LIFETIME: TimeDelta = TimeDelta::days(14);

/// The session of a logged-in user, put into each request by [`identify`].
#[derive(Clone)]
pub(crate) struct Session {
    /// Who is asking.
    pub(crate) user: User,
    /// SHA-256 of the cookie's token: the session's key in the store.
    pub(crate) key: Vec<u8>,
    flash: Option<Flash>,
}

/// A notice that is shown once, on the next page.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Flash {
    /// `success`, `error` or `info`.
    pub(crate) kind: String,
    /// What happened, in the reader's language.
    pub(crate) text: String,
}

impl Session {
    /// Goes to another page and shows a notice there.
    pub(crate) async fn redirect(
        &self,
        app: &App,
        to: &str,
        kind: &str,
        text: impl ToString,
    ) -> Result<Redirect> {
        let flash = Flash { kind: kind.to_owned(), text: text.to_string() };
        let flash = serde_json::to_value(flash).map_err(Error::internal)?;
        sessions::set_flash(&app.db, &self.key, Some(&flash)).await?;
        Ok(Redirect::to(to))
    }

    pub(crate) fn flash(&self) -> Option<&Flash> {
        self.flash.as_ref()
    }
}

impl FromRequestParts<App> for Session {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self> {
        parts.extensions.get::<Session>().cloned().ok_or(Error::Forbidden)
    }
}

/// Looks up the session that the cookie names and puts it into the request.
pub(crate) async fn identify(
    State(app): State<App>,
    jar: CookieJar,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(key) = jar.get(COOKIE).and_then(|cookie| key_of(cookie.value())) else {
        return next.run(request).await;
    };
    match load(&app, key, is_page_view(&request)).await {
        Ok(Some(session)) => {
            request.extensions_mut().insert(session);
        }
        Ok(None) => {}
        Err(fault) => return Error::from(fault).into_response(),
    }
    next.run(request).await
}

async fn load(app: &App, key: Vec<u8>, is_page_view: bool) -> sqlx::Result<Option<Session>> {
    let Some((user, flash)) = sessions::find(&app.db, &key).await? else {
        return Ok(None);
    };
    sessions::touch(&app.db, &key, Utc::now() + LIFETIME).await?;
    let flash = if is_page_view && flash.is_some() {
        sessions::set_flash(&app.db, &key, None).await?;
        flash.and_then(|flash| serde_json::from_value(flash).ok())
    } else {
        None
    };
    Ok(Some(Session { user, key, flash }))
}

/// Whether the answer will be seen as a page: fragments, frames and live streams must not eat a notice.
fn is_page_view(request: &Request) -> bool {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    request.method() == axum::http::Method::GET
        && header("hx-request").is_none()
        && header("sec-fetch-dest").is_none_or(|dest| dest == "document")
        && header("accept").is_some_and(|accept| accept.contains("text/html"))
}

/// Begins a session of one whose password was verified by this hash: the cookie to set. `None` if their
/// access ended, or their password changed, meanwhile.
pub(crate) async fn begin(app: &App, user: UserId, password_hash: &str) -> Result<Option<Cookie<'static>>> {
    let mut token = [0; 32];
    rand::fill(&mut token).map_err(|_| Error::internal("no randomness"))?;
    let key = digest::digest(&digest::SHA256, &token);
    let begun = sessions::create(&app.db, key.as_ref(), user, password_hash, Utc::now() + LIFETIME).await?;
    Ok(begun.then(|| cookie(app, COOKIE, URL_SAFE_NO_PAD.encode(token))))
}

/// Ends a session: the cookie to remove.
pub(crate) async fn end(app: &App, session: &Session) -> Result<Cookie<'static>> {
    sessions::delete(&app.db, &session.key).await?;
    let mut gone = cookie(app, COOKIE, String::new());
    gone.make_removal();
    Ok(gone)
}

/// A cookie of ours: for this site alone, out of reach of scripts.
pub(crate) fn cookie(app: &App, name: &'static str, value: String) -> Cookie<'static> {
    Cookie::build((name, value))
        .path("/")
        .http_only(true)
        .secure(app.is_https())
        .same_site(SameSite::Lax)
        .permanent()
        .build()
}

fn key_of(token: &str) -> Option<Vec<u8>> {
    let token = URL_SAFE_NO_PAD.decode(token).ok().filter(|token| token.len() == 32)?;
    Some(digest::digest(&digest::SHA256, &token).as_ref().to_vec())
}

/// The network that a request comes from, for counting failed logins: an IPv4 address, or an IPv6 /64.
pub(crate) struct ClientNetwork(pub(crate) String);

impl FromRequestParts<App> for ClientNetwork {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        Ok(Self(match client_ip(app, &parts.extensions, &parts.headers) {
            Some(IpAddr::V6(ip)) => {
                let [a, b, c, d, ..] = ip.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
            Some(ip) => ip.to_string(),
            None => "unknown".into(),
        }))
    }
}

/// The address that a request comes from.
pub(crate) fn client_ip(app: &App, extensions: &Extensions, headers: &HeaderMap) -> Option<IpAddr> {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let forwarded = app.config.behind_proxy.then(|| forwarded_for(headers)).flatten();
    forwarded.or(peer)
}

/// The last address is the one that our own proxy saw; those before it are hearsay.
fn forwarded_for(headers: &HeaderMap) -> Option<IpAddr> {
    headers.get("x-forwarded-for")?.to_str().ok()?.rsplit(',').next()?.trim().parse().ok()
}
