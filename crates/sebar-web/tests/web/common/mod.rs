//! A running web app with a database of its own, and browsers to visit it with.

use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use sebar_domain::{Language, Role};
use sebar_store::keys::MasterKey;
use sebar_store::users::NewUser;
use sebar_testkit::TestDatabase;
use sebar_web::{App, Config, Targets};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

pub(crate) const PASSWORD: &str = "rahasia sekali";

/// The web app on a port of its own.
pub(crate) struct TestApp {
    pub(crate) app: App,
    pub(crate) db: PgPool,
    pub(crate) base: String,
    _database: TestDatabase,
}

impl TestApp {
    /// Starts with an owner, an editor and a viewer (`owner@example.com` …), all with [`PASSWORD`].
    pub(crate) async fn new() -> Self {
        Self::with(|app| app).await
    }

    /// The same with an app that is changed before it starts.
    pub(crate) async fn with(change: impl FnOnce(App) -> App) -> Self {
        let test = Self::start(change).await;
        // One hash for all: hashing is slow on purpose.
        let hash = include_str!("password_hash.txt").trim();
        for role in Role::ALL {
            let email = format!("{role}@example.com");
            let user = NewUser {
                email: &email,
                name: role.as_str(),
                password_hash: hash,
                role: *role,
                language: Some(Language::English),
                time_zone: "Asia/Jakarta",
            };
            sebar_store::users::create(&test.db, &user).await.unwrap().unwrap();
        }
        test
    }

    /// Starts as after installation: nobody can log in yet.
    pub(crate) async fn without_users() -> Self {
        Self::start(|app| app).await
    }

    async fn start(change: impl FnOnce(App) -> App) -> Self {
        let database = TestDatabase::new().await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let config = Config {
            public_url: base.clone(),
            behind_proxy: false,
            max_upload: 20_000_000,
            webhook_targets: Targets::Any,
        };
        let app = App::new(database.pool.clone(), config, MasterKey::new([7; 32]), CancellationToken::new());
        let app = change(app);
        tokio::spawn(sebar_web::serve(listener, app.clone()));
        Self { app, db: database.pool.clone(), base, _database: database }
    }

    /// A browser without a login.
    pub(crate) fn guest(&self) -> Browser {
        let client = Client::builder().cookie_store(true).redirect(Policy::none()).build().unwrap();
        Browser { client, base: self.base.clone() }
    }

    /// A browser in which somebody with this role is logged in.
    pub(crate) async fn login(&self, role: Role) -> Browser {
        let browser = self.guest();
        let email = format!("{role}@example.com");
        let answer = browser.post("/login", &[("email", &email), ("password", PASSWORD)]).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "login as {role}");
        browser
    }

    /// A browser in which the owner is logged in.
    pub(crate) async fn owner(&self) -> Browser {
        self.login(Role::Owner).await
    }

    /// A browser in which an editor is logged in.
    pub(crate) async fn editor(&self) -> Browser {
        self.login(Role::Editor).await
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.app.shutdown.cancel();
    }
}

/// A client that keeps cookies and says what browsers say.
pub(crate) struct Browser {
    pub(crate) client: Client,
    pub(crate) base: String,
}

impl Browser {
    /// Visits a page, without following redirects.
    pub(crate) async fn get(&self, path: &str) -> Response {
        let url = format!("{}{path}", self.base);
        self.client.get(url).header("accept", "text/html").send().await.unwrap()
    }

    /// The text of a page that must be there.
    pub(crate) async fn page(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer.text().await.unwrap()
    }

    /// Submits a form as its own page would.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let url = format!("{}{path}", self.base);
        self.client.post(url).header("sec-fetch-site", "same-origin").form(fields).send().await.unwrap()
    }

    /// Submits a form that must succeed; returns where it leads.
    pub(crate) async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> String {
        let answer = self.post(path, fields).await;
        let (status, to) = (answer.status(), location(&answer));
        assert_eq!(status, StatusCode::SEE_OTHER, "{path}: {}", answer.text().await.unwrap());
        to
    }
}

/// Where a redirect leads; empty if it is none.
pub(crate) fn location(answer: &Response) -> String {
    answer.headers().get("location").map(|to| to.to_str().unwrap().to_owned()).unwrap_or_default()
}
