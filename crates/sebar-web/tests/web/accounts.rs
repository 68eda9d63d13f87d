//! Set-up, login, throttling, users.

use crate::common::{PASSWORD, TestApp, location};
use reqwest::StatusCode;
use sebar_domain::Role;

#[tokio::test]
async fn the_first_visitor_becomes_the_owner_and_nobody_after_them() {
    let test = TestApp::without_users().await;
    let browser = test.guest();
    assert_eq!(location(&browser.get("/").await), "/setup");
    assert_eq!(location(&browser.get("/login").await), "/setup");

    let fields = |password| {
        [("company", "Kopi"), ("name", "Sari"), ("email", "sari@kopi.example"), ("password", password)]
    };
    let refused = browser.post("/setup", &fields("short")).await.text().await.unwrap();
    assert!(refused.contains("at least 10 characters"), "{refused}");
    assert!(refused.contains("sari@kopi.example"), "what was typed is kept");

    assert_eq!(browser.submit("/setup", &fields(PASSWORD)).await, "/");
    assert!(browser.page("/").await.contains("Sari"));
    assert_eq!(test.guest().submit("/setup", &fields(PASSWORD)).await, "/login");
    let users = sebar_store::users::all(&test.db).await.unwrap();
    assert_eq!(users.len(), 1);
    assert_eq!(users[0].role, Role::Owner);
}

#[tokio::test]
async fn two_who_set_up_at_once_make_one_owner() {
    let test = TestApp::without_users().await;
    let attempts = (0..4).map(|n| {
        let browser = test.guest();
        async move {
            let email = format!("owner{n}@kopi.example");
            let fields = [("company", "Kopi"), ("name", "Sari"), ("email", &*email), ("password", PASSWORD)];
            browser.submit("/setup", &fields).await
        }
    });
    let ended = futures::future::join_all(attempts).await;
    assert_eq!(ended.iter().filter(|to| *to == "/").count(), 1, "{ended:?}");
    assert_eq!(sebar_store::users::all(&test.db).await.unwrap().len(), 1);
}

#[tokio::test]
async fn guessing_passwords_is_slowed_down_and_says_why() {
    let test = TestApp::new().await;
    let browser = test.guest();
    for _ in 0..8 {
        let answer =
            browser.post("/login", &[("email", "owner@example.com"), ("password", "wrong guess")]).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    }
    let right = [("email", "owner@example.com"), ("password", PASSWORD)];
    let answer = browser.post("/login", &right).await;
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(answer.text().await.unwrap().contains("15 minutes"));
    // Somebody else is not locked out with them.
    let other = browser.post("/login", &[("email", "viewer@example.com"), ("password", PASSWORD)]).await;
    assert_eq!(other.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn after_logout_the_cookie_opens_nothing() {
    let test = TestApp::new().await;
    let owner = test.owner().await;
    assert_eq!(owner.submit("/logout", &[]).await, "/login");
    assert!(location(&owner.get("/").await).starts_with("/login"));
}

#[tokio::test]
async fn after_login_one_arrives_where_one_wanted_to_go() {
    let test = TestApp::new().await;
    let browser = test.guest();
    assert_eq!(
        location(&browser.get("/settings/users?a=b").await),
        "/login?next=%2Fsettings%2Fusers%3Fa%3Db"
    );
    let fields = [("email", "owner@example.com"), ("password", PASSWORD), ("next", "/settings/users?a=b")];
    assert_eq!(browser.submit("/login", &fields).await, "/settings/users?a=b");
}

#[tokio::test]
async fn the_last_owner_stays_owner() {
    let test = TestApp::new().await;
    let owner = test.owner().await;
    let users = sebar_store::users::all(&test.db).await.unwrap();
    let id = |role| users.iter().find(|user| user.role == role).unwrap().id;
    let path = format!("/settings/users/{}", id(Role::Owner));
    owner.submit(&path, &[("role", "viewer"), ("disabled", "false")]).await;
    assert!(owner.page("/settings/users").await.contains("at least one active owner"));

    let path = format!("/settings/users/{}", id(Role::Viewer));
    let viewer = test.login(Role::Viewer).await;
    owner.submit(&path, &[("role", "viewer"), ("disabled", "true")]).await;
    assert!(location(&viewer.get("/").await).starts_with("/login"), "access ends at once");
}

#[tokio::test]
async fn the_language_follows_the_browser_then_the_choice() {
    let test = TestApp::new().await;
    let browser = test.guest();
    let url = format!("{}/login", test.base);
    let page = browser.client.get(&url).header("accept-language", "id-ID,id;q=0.9").send().await.unwrap();
    assert!(page.text().await.unwrap().contains("Kata sandi"));
    browser.submit("/language", &[("language", "en")]).await;
    let page = browser.client.get(&url).header("accept-language", "id-ID,id;q=0.9").send().await.unwrap();
    assert!(page.text().await.unwrap().contains("Password"));
}

#[tokio::test]
async fn guesses_at_once_get_no_further_than_one_by_one() {
    let test = TestApp::new().await;
    let browser = test.guest();
    let guess = || browser.post("/login", &[("email", "owner@example.com"), ("password", "wrong guess")]);
    let answers = futures::future::join_all((0..30).map(|_| guess())).await;
    let checked = answers.iter().filter(|answer| answer.status() == StatusCode::UNPROCESSABLE_ENTITY).count();
    assert_eq!(checked, 8);
    assert!(answers.iter().all(|answer| !answer.status().is_server_error()));
}

#[tokio::test]
async fn right_passwords_cost_nobody_a_guess() {
    let test = TestApp::new().await;
    for _ in 0..10 {
        test.owner().await;
    }
    let left: i64 =
        sqlx::query_scalar("SELECT count(*) FROM login_failures").fetch_one(&test.db).await.unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn the_own_password_cannot_be_guessed_in_a_browser_left_open() {
    let test = TestApp::new().await;
    let viewer = test.login(Role::Viewer).await;
    let change = |current| [("current", current), ("new", "a new password")];
    for _ in 0..8 {
        let answer = viewer.post("/account/password", &change("wrong guess")).await;
        assert_eq!(answer.status(), StatusCode::OK);
    }
    assert_eq!(
        viewer.post("/account/password", &change(PASSWORD)).await.status(),
        StatusCode::TOO_MANY_REQUESTS
    );
}

#[tokio::test]
async fn a_user_who_was_disabled_must_log_in_anew() {
    let test = TestApp::new().await;
    let (owner, viewer) = (test.owner().await, test.login(Role::Viewer).await);
    let users = sebar_store::users::all(&test.db).await.unwrap();
    let id = users.iter().find(|user| user.role == Role::Viewer).unwrap().id;
    let path = format!("/settings/users/{id}");
    owner.submit(&path, &[("role", "viewer"), ("disabled", "true")]).await;
    owner.submit(&path, &[("role", "viewer"), ("disabled", "false")]).await;
    assert!(location(&viewer.get("/").await).starts_with("/login"), "the old cookie opens nothing");
    test.login(Role::Viewer).await;
}

#[tokio::test]
async fn an_owner_gives_a_colleague_a_new_password() {
    let test = TestApp::new().await;
    let (owner, editor) = (test.owner().await, test.editor().await);
    let users = sebar_store::users::all(&test.db).await.unwrap();
    let id = users.iter().find(|user| user.role == Role::Editor).unwrap().id;
    let path = format!("/settings/users/{id}/password");
    assert!(owner.page("/settings/users").await.contains(&path));
    let refused = owner.post(&path, &[("password", "short")]).await.text().await.unwrap();
    assert!(refused.contains("at least 10 characters"), "{refused}");
    owner.submit(&path, &[("password", "kata sandi baru")]).await;
    assert!(location(&editor.get("/").await).starts_with("/login"), "logged out everywhere");
    let guest = test.guest();
    let login = |password| [("email", "editor@example.com"), ("password", password)];
    assert_eq!(guest.post("/login", &login(PASSWORD)).await.status(), StatusCode::UNPROCESSABLE_ENTITY);
    guest.submit("/login", &login("kata sandi baru")).await;
    let noted = "SELECT count(*) FROM audit WHERE action = 'user.password_reset' AND subject = $1";
    let noted: i64 = sqlx::query_scalar(noted).bind(id.to_string()).fetch_one(&test.db).await.unwrap();
    assert_eq!(noted, 1, "who did it stands in the log");
}

#[tokio::test]
async fn the_own_password_is_changed_only_with_the_present_one() {
    let test = TestApp::new().await;
    let owner = test.owner().await;
    let users = sebar_store::users::all(&test.db).await.unwrap();
    let id = users.iter().find(|user| user.role == Role::Owner).unwrap().id;
    let path = format!("/settings/users/{id}/password");
    assert_eq!(location(&owner.get(&path).await), "/account");
    assert_eq!(owner.submit(&path, &[("password", "kata sandi baru")]).await, "/account");
    test.owner().await;
}

#[tokio::test]
async fn a_login_begins_nothing_when_access_or_password_changed_while_it_was_checked() {
    let test = TestApp::new().await;
    let (id, hash) = sebar_store::users::login(&test.db, "editor@example.com").await.unwrap().unwrap();
    let later = chrono::Utc::now() + chrono::TimeDelta::days(1);
    let begin = |token: &'static [u8]| sebar_store::sessions::create(&test.db, token, id, &hash, later);
    assert!(begin(b"before").await.unwrap());
    sebar_store::users::set_password(&test.db, id, "another").await.unwrap();
    assert!(!begin(b"other password").await.unwrap());
    sebar_store::users::set_password(&test.db, id, &hash).await.unwrap();
    let mut connection = test.db.acquire().await.unwrap();
    sebar_store::users::set_access(&mut connection, id, Role::Editor, true).await.unwrap();
    assert!(!begin(b"disabled").await.unwrap());
}

#[tokio::test]
async fn guesses_at_the_own_password_at_once_get_no_further_either() {
    let test = TestApp::new().await;
    let viewer = test.login(Role::Viewer).await;
    let guess = || viewer.post("/account/password", &[("current", "wrong guess"), ("new", "a new password")]);
    let answers = futures::future::join_all((0..60).map(|_| guess())).await;
    assert_eq!(answers.iter().filter(|answer| answer.status() == StatusCode::OK).count(), 8);
    assert!(answers.iter().all(|answer| !answer.status().is_server_error()));
}

#[tokio::test]
async fn how_the_installation_sends_is_set_by_the_owner() {
    let test = TestApp::new().await;
    let owner = test.owner().await;
    let path = "/settings/sending";
    let rules = || async { sebar_store::settings::rules(&test.db).await.unwrap() };
    assert_eq!(rules().await, sebar_store::settings::Rules::default());
    let wrong =
        [("campaigns", "sometimes"), ("single", ""), ("block_percent", "101"), ("keep_months", "a year")];
    let page = owner.post(path, &wrong).await.text().await.unwrap();
    assert!(page.contains("Please choose one of these."), "{page}");
    assert!(page.contains("Please enter a number from 1 to 100.") && page.contains("a year"), "{page}");
    assert_eq!(rules().await, sebar_store::settings::Rules::default(), "nothing was stored");
    let right = [
        ("campaigns", "at_least_once"),
        ("single", "at_most_once"),
        ("block_percent", ""),
        ("keep_months", " 24 "),
    ];
    assert_eq!(owner.submit(path, &right).await, path);
    let stored = rules().await;
    assert_eq!((stored.campaigns.as_str(), stored.single.as_str()), ("at_least_once", "at_most_once"));
    assert_eq!((stored.block_percent, stored.keep_months), (None, Some(24)));
    assert!(owner.page(path).await.contains("Settings saved."));
}
