use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sebar_compose::TokenKey;
use sebar_providers::Amazon;
use sebar_store::keys::MasterKey;
use sebar_webhooks::Targets;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use crate::api::{Accepting, KeySearch, Limits, accepting, key_search};
use crate::pages::campaigns::Live;
use crate::public::links::Links;
use crate::public::track::Hits;

/// Connections for accepting emails: those of the groups under way, of the search for keys, and of telling
/// the senders.
const ACCEPTING: u32 = 5;

/// What the web app needs to know of its surroundings.
#[derive(Clone, Debug)]
pub struct Config {
    /// The address under which browsers and mail readers reach us, without a slash at its end.
    pub public_url: String,
    /// Whether a reverse proxy in front of us sets `X-Forwarded-For`.
    pub behind_proxy: bool,
    /// The largest file that is taken for an import, in bytes.
    pub max_upload: u64,
    /// Which addresses webhooks may have.
    pub webhook_targets: Targets,
}

impl Config {
    /// What `max_upload` is unless somebody sets it: 1 GB.
    pub const MAX_UPLOAD: u64 = 1_000_000_000;
}

/// The state that every handler shares. Cheap to clone: each layer does so for each request.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// What [`App`] stands for.
#[derive(Clone)]
pub struct Parts {
    /// The database.
    pub db: PgPool,
    /// Settings from the environment.
    pub config: Arc<Config>,
    /// From which tokens are signed and secrets sealed.
    pub key: Arc<MasterKey>,
    /// Verifies the tokens of links in mails.
    pub(crate) tokens: Arc<TokenKey>,
    pub(crate) links: Arc<Links>,
    pub(crate) hits: Arc<Hits>,
    /// Numbers of the campaigns that somebody watches.
    pub(crate) live: Arc<Live>,
    /// How many requests each API key has made lately.
    pub(crate) limits: Arc<Limits>,
    /// Looks up the keys of requests that come together.
    pub(crate) key_search: Arc<KeySearch>,
    /// Connections for these two: a statement is planned once for each.
    pub(crate) accepting_db: PgPool,
    /// Stores emails that come together.
    pub(crate) accepting: Arc<Accepting>,
    /// Asked when calls come by way of Amazon SNS.
    pub(crate) amazon: Arc<Amazon>,
    /// Told when the process is to end: long answers (live views) and background work stop then.
    pub shutdown: CancellationToken,
    /// Whether the set-up page is over; once true it stays true.
    set_up: Arc<AtomicBool>,
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    /// Puts the parts together.
    pub fn new(db: PgPool, config: Config, key: MasterKey, shutdown: CancellationToken) -> Self {
        let accepting_db = sebar_store::pool_with_fixed_plans(&db, ACCEPTING);
        Self(Arc::new(Parts {
            db,
            config: Arc::new(config),
            tokens: Arc::new(TokenKey::new(&key.token_key())),
            key: Arc::new(key),
            links: Arc::default(),
            hits: Arc::default(),
            live: Arc::default(),
            limits: Arc::default(),
            key_search: Arc::new(key_search()),
            accepting_db,
            accepting: Arc::new(accepting()),
            amazon: Arc::default(),
            shutdown,
            set_up: Arc::new(AtomicBool::new(false)),
        }))
    }

    /// With another way to Amazon SNS, as tests have it.
    #[must_use]
    pub fn with_amazon(self, amazon: Amazon) -> Self {
        Self(Arc::new(Parts { amazon: Arc::new(amazon), ..Parts::clone(&self) }))
    }

    /// Whether there is a user yet. Asks the database only until there is one.
    pub(crate) async fn is_set_up(&self) -> sqlx::Result<bool> {
        if self.set_up.load(Ordering::Relaxed) {
            return Ok(true);
        }
        let any = sebar_store::users::any(&self.db).await?;
        self.set_up.store(any, Ordering::Relaxed);
        Ok(any)
    }

    /// Whether browsers reach us over TLS, so that cookies can demand it.
    pub(crate) fn is_https(&self) -> bool {
        self.config.public_url.starts_with("https://")
    }
}
