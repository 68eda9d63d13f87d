//! Relays: kept with their secret, resting after faults.

use sebar_domain::{Authentication, Phase, RelayTrouble, Security};
use sebar_store::keys::MasterKey;
use sebar_store::relays::{self, OAuth, PauseReason, RelayError, RelaySettings, Secret};
use sebar_testkit::TestDatabase;

fn settings(name: &str) -> RelaySettings {
    RelaySettings {
        name: name.to_owned(),
        preset: "custom".to_owned(),
        host: "smtp.example.com".to_owned(),
        port: 587,
        security: Security::StartTls,
        authentication: Authentication::Password,
        username: "budi".to_owned(),
        ca_pem: None,
        from_allowed: vec!["@example.com".to_owned(), "boss@example.org".to_owned()],
        per_second: Some(14.0),
        per_minute: None,
        per_hour: None,
        per_day: Some(50_000),
        connections: 10,
        per_connection: relays::PER_CONNECTION,
        warm_up: None,
    }
}

#[tokio::test]
async fn a_relay_keeps_what_was_said_about_it_and_its_password_sealed() {
    let database = TestDatabase::new().await;
    let db = &database.pool;
    let key = MasterKey::new([1; 32]);
    let mut connection = db.acquire().await.unwrap();
    let id = relays::create(&mut connection, &key, &settings("SES"), Some("hunter2")).await.unwrap();
    let relay = relays::get(db, id).await.unwrap().unwrap();
    assert_eq!(relay.settings, settings("SES"));
    assert!(relay.has_secret && relay.enabled && relay.pause.is_none());
    assert_eq!(relays::password(db, &key, id).await.unwrap().as_deref(), Some("hunter2"));
    assert!(matches!(relays::password(db, &MasterKey::new([2; 32]), id).await, Err(RelayError::Key(_))));
    let taken = relays::create(&mut connection, &key, &settings("ses"), None).await;
    assert!(matches!(taken, Err(RelayError::NameTaken)));

    let mut other = settings("Amazon");
    other.per_second = None;
    assert!(relays::update(&mut connection, &key, id, &other, Secret::Keep).await.unwrap());
    assert_eq!(relays::get(db, id).await.unwrap().unwrap().settings, other);
    assert_eq!(relays::password(db, &key, id).await.unwrap().as_deref(), Some("hunter2"));
    relays::update(&mut connection, &key, id, &other, Secret::Set("geheim")).await.unwrap();
    assert_eq!(relays::password(db, &key, id).await.unwrap().as_deref(), Some("geheim"));
    relays::update(&mut connection, &key, id, &other, Secret::Clear).await.unwrap();
    assert_eq!(relays::password(db, &key, id).await.unwrap(), None);

    let count = async |from: &str| {
        let from = from.parse().unwrap();
        let all = relays::all(db).await.unwrap();
        all.iter().filter(|relay| relay.enabled && relay.may_send_from(&from)).count()
    };
    assert_eq!((count("a@example.com").await, count("a@example.org").await), (1, 0));
    relays::set_enabled(&mut connection, id, false).await.unwrap();
    assert_eq!(count("a@example.com").await, 0);
    assert!(relays::delete(&mut connection, id).await.unwrap());
    assert!(relays::get(db, id).await.unwrap().is_none());
}

#[tokio::test]
async fn of_many_reports_of_a_fault_one_counts_and_the_rest_doubles_with_the_next() {
    let database = TestDatabase::new().await;
    let db = &database.pool;
    let mut connection = db.acquire().await.unwrap();
    let id = relays::create(&mut connection, &MasterKey::new([1; 32]), &settings("SES"), None).await.unwrap();
    let reason = PauseReason {
        kind: RelayTrouble::Login,
        phase: Phase::Auth,
        code: Some(535),
        text: "535 5.7.8 Wrong password".to_owned(),
    };
    for rest in [10, 20, 40] {
        assert!(relays::rest(&mut connection, id, &reason).await.unwrap().is_some());
        for _ in 0..3 {
            assert_eq!(relays::rest(&mut connection, id, &reason).await.unwrap(), None);
        }
        let relay = relays::get(db, id).await.unwrap().unwrap();
        let pause = relay.pause.clone().unwrap();
        assert_eq!(pause.reason, reason);
        let seconds = (pause.until - chrono::Utc::now()).num_seconds();
        assert!((rest - 5..=rest).contains(&seconds), "{seconds}");
        assert!(!relay.is_usable(chrono::Utc::now()) && relay.is_usable(pause.until));
        let over = "UPDATE relays SET paused_until = now() - interval '1 second'";
        sqlx::query(over).execute(db).await.unwrap();
    }
    assert!(relays::unpause(&mut connection, id).await.unwrap());
    assert_eq!(relays::get(db, id).await.unwrap().unwrap().pause, None);
    assert!(!relays::recovered(db, id).await.unwrap(), "it was not in trouble any more");
}

#[tokio::test]
async fn what_access_tokens_are_had_with_is_sealed_and_replaced_only_where_nobody_changed_it() {
    let database = TestDatabase::new().await;
    let db = &database.pool;
    let key = MasterKey::new([1; 32]);
    let mut connection = db.acquire().await.unwrap();
    let mut of = settings("Workspace");
    of.authentication = Authentication::OAuth2;
    let id = relays::create(&mut connection, &key, &of, Some("refresh 1")).await.unwrap();
    let mut oauth = OAuth {
        token_url: "https://oauth2.example.com/token".to_owned(),
        scope: "mail".to_owned(),
        client_id: "sebar".to_owned(),
        has_client_secret: true,
    };
    assert!(relays::set_oauth(&mut connection, &key, id, &oauth, Secret::Set("client 1")).await.unwrap());
    let relay = relays::get(db, id).await.unwrap().unwrap();
    assert_eq!(relay.oauth, Some(oauth.clone()));
    let opened = async || relays::oauth_secrets(db, &key, id).await.unwrap().unwrap();
    assert_eq!(opened().await.refresh_token, "refresh 1");
    assert_eq!(opened().await.client_secret.as_deref(), Some("client 1"));
    assert!(!format!("{:?}", opened().await).contains("refresh"));
    let raw: (Vec<u8>, Vec<u8>) =
        sqlx::query_as("SELECT secret, client_secret FROM relays").fetch_one(db).await.unwrap();
    for sealed in [raw.0, raw.1] {
        let shown = String::from_utf8_lossy(&sealed).into_owned();
        assert!(!shown.contains("refresh") && !shown.contains("client"), "{shown}");
    }
    let foreign = relays::oauth_secrets(db, &MasterKey::new([2; 32]), id).await;
    assert!(matches!(foreign, Err(RelayError::Key(_))));

    // The provider gives another one; who works with the relay need not begin anew.
    let read_at = relay.updated_at;
    assert!(relays::keep_refresh_token(db, &key, id, read_at, "refresh 2").await.unwrap());
    assert_eq!(opened().await.refresh_token, "refresh 2");
    assert_eq!(relays::get(db, id).await.unwrap().unwrap().updated_at, read_at);

    // A user enters one meanwhile: theirs stays.
    relays::update(&mut connection, &key, id, &of, Secret::Set("refresh 3")).await.unwrap();
    assert!(!relays::keep_refresh_token(db, &key, id, read_at, "refresh 4").await.unwrap());
    assert_eq!(opened().await.refresh_token, "refresh 3");
    oauth.has_client_secret = false;
    relays::set_oauth(&mut connection, &key, id, &oauth, Secret::Clear).await.unwrap();
    assert_eq!(opened().await.client_secret, None);
    relays::update(&mut connection, &key, id, &of, Secret::Clear).await.unwrap();
    assert_eq!(relays::oauth_secrets(db, &key, id).await.unwrap(), None);
}

#[tokio::test]
async fn the_limits_for_a_minute_and_a_connection_are_kept_and_the_finer_rate_counts() {
    let database = TestDatabase::new().await;
    let db = &database.pool;
    let mut connection = db.acquire().await.unwrap();
    let mut of = settings("Microsoft");
    (of.per_second, of.per_day) = (None, None);
    let id = relays::create(&mut connection, &MasterKey::new([1; 32]), &of, None).await.unwrap();
    let relay = relays::get(db, id).await.unwrap().unwrap();
    assert_eq!((relay.settings.per_minute, relay.rate(), relay.settings.is_paced()), (None, None, false));
    assert_eq!(relay.settings.per_connection, 1000);
    (of.per_minute, of.per_connection) = (Some(30), 20);
    let key = MasterKey::new([1; 32]);
    assert!(relays::update(&mut connection, &key, id, &of, Secret::Keep).await.unwrap());
    let relay = relays::get(db, id).await.unwrap().unwrap();
    assert_eq!((&relay.settings, relay.rate(), relay.settings.is_paced()), (&of, Some(0.5), true));
    for (per_second, rate) in [(Some(14.0), 0.5), (Some(0.1), 0.1)] {
        of.per_second = per_second;
        relays::update(&mut connection, &MasterKey::new([1; 32]), id, &of, Secret::Keep).await.unwrap();
        assert_eq!(relays::get(db, id).await.unwrap().unwrap().rate(), Some(rate));
    }
}
