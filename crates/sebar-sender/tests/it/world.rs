//! The world of a test: a database, a relay, people, campaigns and senders.

use std::collections::BTreeMap;
use std::time::Duration;

use sebar_domain::id::{CampaignId, ContentId, ListId, PoolId, RelayId};
use sebar_domain::{Authentication, CampaignPace, FrozenContent, Security, Tracking};
use sebar_sender::{Options, Sender};
use sebar_smtp::Timeouts;
use sebar_store::keys::MasterKey;
use sebar_store::relays::RelaySettings;
use sebar_store::{campaigns, contents, recount, relays};
use sebar_testkit::{HostileRelay, TestDatabase};
use sqlx::PgPool;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

pub(crate) const KEY: [u8; 32] = [7; 32];
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct World {
    pub(crate) database: TestDatabase,
    pub(crate) relay: HostileRelay,
    pub(crate) relay_id: RelayId,
    /// Where the host's senders keep their journals.
    journals: tempfile::TempDir,
}

/// A sender at work.
pub(crate) struct Running {
    stop: CancellationToken,
    work: JoinHandle<()>,
}

impl Running {
    /// Stops it as SIGTERM would.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.work.await.unwrap();
    }
}

/// A sender with threads of its own.
pub(crate) struct Killable(tokio::runtime::Runtime);

impl Killable {
    /// Ends it as SIGKILL would: all that it does stops where it is, and its connections break.
    pub(crate) fn kill(self) {
        let (killed, wait) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            self.0.shutdown_timeout(Duration::from_secs(5));
            killed.send(())
        });
        wait.recv().unwrap();
    }
}

pub(crate) fn settings(port: u16) -> RelaySettings {
    RelaySettings {
        name: format!("relay {port}"),
        preset: "custom".to_owned(),
        host: "127.0.0.1".to_owned(),
        port,
        security: Security::None,
        authentication: Authentication::None,
        username: String::new(),
        ca_pem: None,
        from_allowed: Vec::new(),
        per_second: None,
        per_minute: None,
        per_hour: None,
        per_day: None,
        connections: 4,
        per_connection: relays::PER_CONNECTION,
        warm_up: None,
    }
}

impl World {
    /// A database and an obedient relay.
    pub(crate) async fn new() -> Self {
        Self::with_relay(|_| {}).await
    }

    /// The same; `change` says what is special about the relay's settings.
    pub(crate) async fn with_relay(change: impl FnOnce(&mut RelaySettings)) -> Self {
        let database = TestDatabase::new().await;
        let relay = HostileRelay::start().await;
        let mut settings = settings(relay.port);
        change(&mut settings);
        let relay_id = add_relay(&database.pool, &settings).await;
        Self { database, relay, relay_id, journals: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn db(&self) -> &PgPool {
        &self.database.pool
    }

    /// A new list of `n` people, `p1@example.com` and so on.
    pub(crate) async fn people(&self, n: i32) -> ListId {
        let list = ListId::new();
        sqlx::query("INSERT INTO lists (id, name) VALUES ($1, $1::text)")
            .bind(list.0)
            .execute(self.db())
            .await
            .unwrap();
        sqlx::query(
            "INSERT INTO contacts (id, email, name, attributes)
             SELECT gen_random_uuid(), 'p' || i || '@example.com', 'Person ' || i, '{\"city\": \"Bogor\", \"shoe\": 42}'
               FROM generate_series(1, $1) i ON CONFLICT DO NOTHING",
        )
        .bind(n)
        .execute(self.db())
        .await
        .unwrap();
        sqlx::query(
            "INSERT INTO list_members (list_id, contact_id)
             SELECT $1, id FROM contacts WHERE substr(split_part(email, '@', 1), 2)::int <= $2",
        )
        .bind(list.0)
        .bind(n)
        .execute(self.db())
        .await
        .unwrap();
        list
    }

    /// Frozen content with a merge variable and a link.
    pub(crate) async fn content(&self, from: &str) -> ContentId {
        let content = FrozenContent {
            id: ContentId::new(),
            no: 0,
            composer: sebar_compose::COMPOSER,
            subject: "Halo {{ first_name }}".to_owned(),
            preheader: String::new(),
            html: "<p>Kota {{ city }}. <a href=\"https://example.com/\">Lihat</a> \
                   <a href=\"{{ unsubscribe_url }}\">Berhenti</a></p>"
                .to_owned(),
            text: None,
            from_name: "Toko".to_owned(),
            from_email: from.parse().unwrap(),
            reply_to: None,
            tracking: Tracking::Individual,
            site: serde_json::json!({
                "public_url": "https://mail.example.com", "company": "Toko", "company_address": "Bogor",
                "message_id_domain": null, "unsubscribe_domain": null,
            }),
        };
        let mut tx = self.db().begin().await.unwrap();
        let links = vec!["https://example.com/".to_owned()];
        let (id, _) = contents::freeze(&mut tx, &content, None, &links).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// Starts a campaign to a list that goes over a pool from its first message on.
    pub(crate) async fn campaign_over(&self, pool: PoolId, list: ListId) -> CampaignId {
        let campaign = self.draft(&[list], &[]).await;
        let mut tx = self.db().begin().await.unwrap();
        let pace = CampaignPace { pool: Some(pool), ..CampaignPace::default() };
        campaigns::set_pace(&mut tx, campaign, &pace).await.unwrap();
        tx.commit().await.unwrap();
        self.start(campaign, "news@example.com").await;
        campaign
    }

    /// Starts a campaign to the lists.
    pub(crate) async fn campaign(&self, lists: &[ListId], excluded: &[ListId]) -> CampaignId {
        self.campaign_from("news@example.com", lists, excluded).await
    }

    pub(crate) async fn campaign_from(
        &self,
        from: &str,
        lists: &[ListId],
        excluded: &[ListId],
    ) -> CampaignId {
        let campaign = self.draft(lists, excluded).await;
        self.start(campaign, from).await;
        campaign
    }

    async fn draft(&self, lists: &[ListId], excluded: &[ListId]) -> CampaignId {
        let campaign = campaigns::create(self.db(), "Test", None).await.unwrap();
        campaigns::set_audience(self.db(), campaign, lists, excluded).await.unwrap();
        campaign
    }

    async fn start(&self, campaign: CampaignId, from: &str) {
        let content = self.content(from).await;
        let mut tx = self.db().begin().await.unwrap();
        campaigns::start(&mut tx, campaign, content, 0).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn set_state(&self, campaign: CampaignId, state: sebar_domain::CampaignState) {
        let mut tx = self.db().begin().await.unwrap();
        campaigns::set_state(&mut tx, campaign, state).await.unwrap();
        tx.commit().await.unwrap();
    }

    fn sender(&self) -> Sender {
        let options = Options {
            hello: "[127.0.0.1]".to_owned(),
            timeouts: Timeouts::every_step(Duration::from_secs(5)),
            journals: Some(self.journals.path().to_owned()),
        };
        Sender { db: self.db().clone(), key: MasterKey::new(KEY), options }
    }

    /// Starts a sender.
    pub(crate) fn send(&self) -> Running {
        let stop = CancellationToken::new();
        Running { work: tokio::spawn(self.sender().run(stop.clone())), stop }
    }

    /// Starts a sender that can be killed.
    pub(crate) fn send_until_killed(&self) -> Killable {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.spawn(self.sender().run(CancellationToken::new()));
        Killable(runtime)
    }

    /// How many messages of a campaign are in each state.
    pub(crate) async fn states(&self, campaign: CampaignId) -> BTreeMap<String, i64> {
        let rows: Vec<(String, i64)> =
            sqlx::query_as("SELECT state, count(*) FROM messages WHERE campaign_id = $1 GROUP BY 1")
                .bind(campaign.0)
                .fetch_all(self.db())
                .await
                .unwrap();
        rows.into_iter().collect()
    }

    /// How many messages senders hold.
    pub(crate) async fn held(&self) -> i64 {
        let held = "SELECT count(*) FROM queue WHERE sender_id IS NOT NULL";
        sqlx::query_scalar(held).fetch_one(self.db()).await.unwrap()
    }

    pub(crate) async fn state_of(&self, campaign: CampaignId) -> String {
        self.text("SELECT state FROM campaigns WHERE id = $1", campaign.0).await
    }

    /// One value, read by a query about one id.
    pub(crate) async fn text(&self, query: &'static str, id: uuid::Uuid) -> String {
        let value: Option<String> = sqlx::query_scalar(query).bind(id).fetch_one(self.db()).await.unwrap();
        value.unwrap_or_default()
    }

    /// Waits until the campaign is in this state, then checks its counters against a recount.
    pub(crate) async fn until_state(&self, campaign: CampaignId, state: &str) {
        self.until(|| async { self.state_of(campaign).await == state }).await;
        assert_eq!(recount::recount(self.db()).await.unwrap().differences, [], "counters equal a recount");
    }

    /// Waits for something to come true.
    pub(crate) async fn until<F: Future<Output = bool>>(&self, what: impl Fn() -> F) {
        let start = Instant::now();
        while !what().await {
            assert!(start.elapsed() < PATIENCE, "it did not come true in time");
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Asserts that the relay took one message for each of `p1` to `pn`, and nothing else.
    pub(crate) fn assert_each_once(&self, n: usize) {
        let taken = self.relay.by_recipient();
        assert_eq!(taken.len(), n);
        assert!(taken.values().all(|count| *count == 1), "nobody got it twice");
    }
}

pub(crate) async fn add_relay(db: &PgPool, settings: &RelaySettings) -> RelayId {
    let mut tx = db.begin().await.unwrap();
    let password = (settings.authentication != Authentication::None).then_some("wrong");
    let id = relays::create(&mut tx, &MasterKey::new(KEY), settings, password).await.unwrap();
    tx.commit().await.unwrap();
    id
}
