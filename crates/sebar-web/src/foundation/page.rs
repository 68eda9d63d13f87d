//! What every template knows: the reader, their language, and where they are.

use std::convert::Infallible;

use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use axum::response::Html;
use axum_extra::extract::CookieJar;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use sebar_domain::{Language, Role};
use sebar_store::users::User;

use super::app::App;
use super::assets;
use super::error::{Error, Result};
use super::i18n::{self, Text};
use super::session::{Flash, Session};
use super::subject;

/// The cookie that keeps the language of somebody who is not logged in.
pub(crate) const LANGUAGE_COOKIE: &str = "sebar_language";

/// The reader and the place; every page's template has it as `page`.
#[derive(Clone)]
pub(crate) struct Page {
    language: Language,
    zone: Tz,
    now: DateTime<Utc>,
    path: String,
    session: Option<Session>,
}

/// A whole number, by value or by any number of references, as templates pass it.
pub(crate) trait Count {
    fn count(&self) -> i64;
}

macro_rules! count {
    ($($number:ty),+) => {$(
        impl Count for $number {
            fn count(&self) -> i64 {
                i64::try_from(*self).unwrap_or(i64::MAX)
            }
        }
    )+};
}
count!(i16, i32, i64, u16, u32, u64, usize);

impl<T: Count> Count for &T {
    fn count(&self) -> i64 {
        (**self).count()
    }
}

/// One entry of the main menu.
pub(crate) struct NavItem {
    pub(crate) href: &'static str,
    pub(crate) label: Text,
    pub(crate) icon: &'static str,
    pub(crate) current: bool,
}

/// The main menu: where it leads, its translation key, its icon, and the paths below it.
const NAVIGATION: &[(&str, &str, &str, &[&str])] = &[
    ("/", "nav-home", "home", &[]),
    ("/campaigns", "nav-campaigns", "campaign", &["/campaigns"]),
    ("/contacts", "nav-contacts", "contacts", &["/contacts", "/lists", "/imports"]),
    ("/templates", "nav-templates", "template", &["/templates"]),
    ("/transactional", "transactional-title", "transactional", &["/transactional"]),
    ("/archive", "nav-archive", "archive", &["/archive"]),
    (
        "/relays",
        "nav-deliverability",
        "deliverability",
        &[
            "/relays",
            "/pools",
            "/receivers",
            "/bounces",
            "/suppressions",
            "/mailboxes",
            "/webhooks-in",
            "/catcher",
        ],
    ),
    ("/settings", "nav-settings", "settings", &["/settings"]),
];

impl Page {
    /// For what programs are told: in English, by nobody's clock.
    pub(crate) fn for_programs() -> Self {
        Self {
            language: Language::English,
            zone: Tz::UTC,
            now: Utc::now(),
            path: String::new(),
            session: None,
        }
    }

    /// A translated text; arguments by chaining `.with("name", value)`.
    pub(crate) fn t(&self, key: &str) -> Text {
        Text::new(self.language, key.to_owned())
    }

    pub(crate) fn language(&self) -> Language {
        self.language
    }

    /// The language as HTML names it.
    pub(crate) fn lang(&self) -> &'static str {
        self.language.as_str()
    }

    /// The reader's time zone.
    pub(crate) fn zone(&self) -> Tz {
        self.zone
    }

    /// The moment for which the page is made.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// A whole number, grouped by locale.
    pub(crate) fn num(&self, n: impl Count) -> String {
        i18n::number(self.language, n.count())
    }

    /// `part` of `whole` in per cent.
    pub(crate) fn percent(&self, part: impl Count, whole: impl Count) -> String {
        i18n::percent(self.language, part.count(), whole.count())
    }

    /// The same page, later: for what is shown anew while the page stays open.
    pub(crate) fn at_this_moment(&self) -> Self {
        Self { now: Utc::now(), ..self.clone() }
    }

    /// A number of bytes.
    pub(crate) fn bytes(&self, n: impl Count) -> String {
        i18n::bytes(self.language, n.count())
    }

    /// A template's subject, readable.
    #[expect(clippy::unused_self, reason = "templates reach everything through the page")]
    pub(crate) fn subject(&self, subject: impl AsRef<str>) -> String {
        subject::readable(subject.as_ref())
    }

    /// A day.
    pub(crate) fn date(&self, at: &DateTime<Utc>) -> String {
        i18n::date(self.language, self.zone, *at)
    }

    /// A day and a time.
    pub(crate) fn datetime(&self, at: &DateTime<Utc>) -> String {
        i18n::datetime(self.language, self.zone, *at)
    }

    /// How long ago.
    pub(crate) fn ago(&self, at: &DateTime<Utc>) -> String {
        i18n::ago(self.language, self.zone, *at, self.now)
    }

    /// A length of time.
    pub(crate) fn duration(&self, seconds: impl Count) -> String {
        i18n::duration(self.language, seconds.count())
    }

    /// A moment as machines read it, for `<time datetime>`.
    #[expect(clippy::unused_self, reason = "templates reach it through the page")]
    pub(crate) fn iso(&self, at: &DateTime<Utc>) -> String {
        at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
    }

    /// The URL of a bundled file.
    #[expect(clippy::unused_self, reason = "templates reach it through the page")]
    pub(crate) fn asset(&self, name: &str) -> String {
        assets::url(name)
    }

    /// Who is logged in.
    pub(crate) fn user(&self) -> Option<&User> {
        self.session.as_ref().map(|session| &session.user)
    }

    /// `auto`, `light` or `dark`.
    pub(crate) fn theme(&self) -> &str {
        self.user().map_or("auto", |user| &user.theme)
    }

    /// The notice left by the page before.
    pub(crate) fn flash(&self) -> Option<&Flash> {
        self.session.as_ref().and_then(Session::flash)
    }

    /// The main menu.
    pub(crate) fn nav(&self) -> Vec<NavItem> {
        NAVIGATION
            .iter()
            // No door that would be shut.
            .filter(|(href, ..)| *href != "/settings" || self.is_owner())
            .map(|(href, key, icon, below)| NavItem {
                href,
                label: self.t(key),
                icon,
                current: self.path == *href
                    || below.iter().any(|path| {
                        self.path
                            .strip_prefix(path)
                            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                    }),
            })
            .collect()
    }

    fn has_role(&self, role: Role) -> bool {
        self.user().is_some_and(|user| user.role >= role)
    }

    /// Whether the reader may change contacts, templates and campaigns.
    pub(crate) fn can_edit(&self) -> bool {
        self.has_role(Role::Editor)
    }

    /// Whether the reader may change relays, users and settings.
    pub(crate) fn is_owner(&self) -> bool {
        self.has_role(Role::Owner)
    }
}

impl FromRequestParts<App> for Page {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Infallible> {
        let session = parts.extensions.get::<Session>().cloned();
        let chosen = session.as_ref().and_then(|session| session.user.language);
        let kept = || {
            CookieJar::from_headers(&parts.headers).get(LANGUAGE_COOKIE).and_then(|c| c.value().parse().ok())
        };
        let asked = || i18n::negotiate(parts.headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?);
        let zone =
            session.as_ref().and_then(|session| session.user.time_zone.parse().ok()).unwrap_or(Tz::UTC);
        Ok(Self {
            language: chosen.or_else(kept).or_else(asked).unwrap_or(Language::English),
            zone,
            now: Utc::now(),
            path: parts.uri.path().to_owned(),
            session,
        })
    }
}

/// Renders a template into an answer.
pub(crate) fn render(template: &impl Template) -> Result<Html<String>> {
    template.render().map(Html).map_err(Error::internal)
}
