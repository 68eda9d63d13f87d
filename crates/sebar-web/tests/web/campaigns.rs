//! Campaigns: the wizard, what the review finds, the start, and who may do what when.

use reqwest::StatusCode;
use sebar_domain::Role;
use sqlx::PgPool;
use uuid::Uuid;

use crate::common::{Browser, TestApp};

/// A world in which something can be sent: two lists, five contacts, a relay, an address.
pub(crate) struct World {
    pub(crate) test: TestApp,
    pub(crate) editor: Browser,
    readers: Uuid,
    staff: Uuid,
}

impl World {
    pub(crate) async fn new() -> Self {
        let test = TestApp::new().await;
        let (readers, staff) = (Uuid::now_v7(), Uuid::now_v7());
        let db = &test.db;
        run(
            db,
            &format!("INSERT INTO lists (id, name) VALUES ('{readers}', 'Readers'), ('{staff}', 'Staff')"),
        )
        .await;
        for (email, name, attributes, sql) in [
            ("ana@example.com", "Ana Wijaya", r#"{"city": "Bandung"}"#, ""),
            ("budi@example.com", "Budi", r#"{"city": "Medan", "code": "B7"}"#, ""),
            ("citra@example.com", "", "{}", ""),
            (
                "dewi@example.com",
                "Dewi",
                r#"{"city": "Solo"}"#,
                "UPDATE contacts SET unsubscribed_at = now() WHERE id = ",
            ),
            ("eko@example.com", "Eko", r#"{"city": "Palu"}"#, ""),
        ] {
            let id = Uuid::now_v7();
            run(db, &format!("INSERT INTO contacts (id, email, name, attributes) VALUES ('{id}', '{email}', '{name}', '{attributes}')")).await;
            run(db, &format!("INSERT INTO list_members (list_id, contact_id) VALUES ('{readers}', '{id}')"))
                .await;
            if email.starts_with("eko") {
                run(
                    db,
                    &format!("INSERT INTO list_members (list_id, contact_id) VALUES ('{staff}', '{id}')"),
                )
                .await;
            }
            if !sql.is_empty() {
                run(db, &format!("{sql}'{id}'")).await;
            }
        }
        run(db, "UPDATE settings SET company = 'Toko', company_address = 'Jl. Melati 1', from_name = 'Toko', from_email = 'toko@example.com'").await;
        run(db, &format!("INSERT INTO relays (id, name, host, port, security, authentication, per_second) VALUES ('{}', 'Main', '127.0.0.1', 9, 'none', 'none', 2)", Uuid::now_v7())).await;
        let editor = test.editor().await;
        Self { test, editor, readers, staff }
    }

    /// A draft to the readers without the staff, from our letter; returns its path.
    pub(crate) async fn draft(&self) -> String {
        let audience = self.editor.submit("/campaigns", &[("name", "November")]).await;
        let path = audience.strip_suffix("/audience").unwrap().to_owned();
        let seen = hidden(&self.editor.page(&audience).await, "seen");
        let (readers, staff) = (self.readers.to_string(), self.staff.to_string());
        let chosen = [("lists", readers.as_str()), ("excluded", &staff), ("seen", &seen)];
        assert_eq!(self.editor.submit(&audience, &chosen).await, format!("{path}/content"));
        self.editor.submit(&format!("{path}/template"), &[("template", "letter")]).await;
        path
    }

    /// Replaces parts of a draft's content, as the form would; returns where that leads.
    async fn write(&self, path: &str, changes: &[(&str, &str)]) -> reqwest::Response {
        let page = self.editor.page(&format!("{path}/content")).await;
        let seen = hidden(&page, "seen");
        let mut fields = vec![
            ("subject", "Kabar"),
            ("html", "<p>Halo {{ email }}</p><a href='{{ unsubscribe_url }}'>x</a>"),
            ("from_name", "Toko"),
            ("from_email", "toko@example.com"),
            ("tracking", "individual"),
        ];
        for (name, value) in changes {
            fields.retain(|(known, _)| known != name);
            fields.push((name, value));
        }
        fields.push(("seen", &seen));
        self.editor.post(&format!("{path}/content"), &fields).await
    }

    async fn text(&self, sql: &str) -> Option<String> {
        sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_owned())).fetch_one(&self.test.db).await.unwrap()
    }

    async fn state(&self) -> String {
        self.text("SELECT state FROM campaigns ORDER BY id LIMIT 1").await.unwrap()
    }
}

async fn run(db: &PgPool, sql: &str) {
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(db).await.unwrap();
}

/// The value of a hidden field.
fn hidden(page: &str, name: &str) -> String {
    let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_draft_becomes_a_campaign_whose_content_no_later_change_touches() {
    let world = World::new().await;
    let path = world.draft().await;
    let review = world.editor.page(&format!("{path}/review")).await;
    assert!(review.contains("Send to 3 contacts") && review.contains("2 are left out"), "{review}");
    assert!(
        review.contains("It goes through Main") && review.contains("It takes about 2 seconds"),
        "{review}"
    );

    assert_eq!(world.editor.submit(&format!("{path}/start"), &[]).await, path);
    assert_eq!(world.state().await, "sending");
    let page = world.editor.page(&path).await;
    assert!(page.contains("Sending to 3 contacts has begun.") && page.contains("0 of 3 done"), "{page}");
    assert!(page.contains(&format!("data-live=\"{path}/events\"")));

    let frozen =
        "SELECT site->>'company' || '|' || subject || '|' || from_email || '|' || composer FROM contents";
    let expected = format!("Toko|A short note from us|toko@example.com|{}", sebar_compose::COMPOSER);
    assert_eq!(world.text(frozen).await.unwrap(), expected);
    let link = world.text("SELECT url FROM content_links WHERE n = 0").await.unwrap();
    assert_eq!(link, "https://www.example.com/");
    // The wizard's steps are over.
    let late = world.editor.post(&format!("{path}/audience"), &[("seen", "x")]).await;
    assert_eq!(late.status(), StatusCode::SEE_OTHER);
    assert!(world.editor.page(&path).await.contains("it is being sent, and only a draft can be changed"));
    let audit = world.text("SELECT string_agg(action, ' ' ORDER BY id) FROM audit").await.unwrap();
    assert_eq!(audit, "campaign.created campaign.audience campaign.template campaign.started");
}

#[tokio::test]
async fn the_review_finds_what_would_go_wrong() {
    let world = World::new().await;
    let path = world.draft().await;
    for (changes, found, blocks) in [
        (vec![("subject", " ")], "There is no subject", true),
        (vec![("html", " ")], "The mail is empty", true),
        (vec![("from_email", "")], "There is no sender’s address", true),
        (vec![("from_email", "toko")], "“toko” is no email address", true),
        (vec![("reply_to", "nobody@")], "Answers cannot go to “nobody@”", true),
        (vec![("html", "<p>{{ name </p>")], "The content has a fault", true),
        (vec![("html", "<a href='htp//x'>x</a>")], "A link leads nowhere", true),
        (vec![("html", "<a href='javascript:x'>x</a>")], "A link leads nowhere", true),
        (vec![("html", "<p>{{ city }}</p>")], "1 contact has no “city”", false),
        (vec![("html", "<p>{{ city }}</p>\n{{ code }}")], "HTML, line 2: “code” has no value", false),
        (vec![("subject", "{{ first_name }}")], "1 contact has no “first_name”", false),
        (vec![("html", "<p>{{ ctiy }}</p>")], "No contact in this audience has “ctiy”", true),
        (vec![("html", "<p>Halo</p>")], "The mail shows no link to unsubscribe", false),
        (vec![("html", "<img src='https://example.com/a.png'>")], "There is no plain text", false),
        (vec![("html", LONG.as_str())], "Gmail cuts it off at 102", false),
    ] {
        world.write(&path, &changes).await;
        let review = world.editor.page(&format!("{path}/review")).await;
        assert!(review.contains(found), "{found}: {review}");
        let is_blocked = review.contains("must be mended</span>") || review.contains("things must be mended");
        assert_eq!(is_blocked || review.contains("1 thing must be mended"), blocks, "{found}: {review}");
        if blocks {
            assert_eq!(world.editor.submit(&format!("{path}/start"), &[]).await, format!("{path}/review"));
            assert_eq!(world.state().await, "draft");
        }
    }
}

static LONG: std::sync::LazyLock<String> =
    std::sync::LazyLock::new(|| format!("<p>{}</p>", "kata ".repeat(22_000)));

#[tokio::test]
async fn the_review_finds_what_the_surroundings_lack() {
    let world = World::new().await;
    let path = world.draft().await;
    let db = &world.test.db;
    for (sql, found) in [
        ("UPDATE settings SET company_address = ''", "Your postal address is missing"),
        ("UPDATE relays SET per_second = NULL, per_day = 1", "It takes about 2 days"),
        ("UPDATE relays SET per_day = NULL, per_minute = 1", "It takes about 3 minutes"),
        (
            "UPDATE relays SET per_minute = NULL; UPDATE campaigns SET per_hour = 3",
            "It takes about 60 minutes",
        ),
        ("UPDATE relays SET from_allowed = '{@other.example}'", "No relay may send from toko@example.com"),
        ("UPDATE relays SET enabled = false", "Every relay is switched off"),
        ("DELETE FROM relays", "There is no relay to send through"),
        ("UPDATE contacts SET unsubscribed_at = now()", "Nobody would receive it"),
    ] {
        run(db, sql).await;
        let review = world.editor.page(&format!("{path}/review")).await;
        assert!(review.contains(found), "{found}: {review}");
    }
}

#[tokio::test]
async fn the_audience_is_counted_while_it_is_chosen() {
    let world = World::new().await;
    let audience = world.editor.submit("/campaigns", &[("name", "November")]).await;
    let (readers, staff) = (world.readers.to_string(), world.staff.to_string());
    run(&world.test.db, "INSERT INTO suppressions (email, reason) VALUES ('budi@example.com', 'manual')")
        .await;
    for (fields, recipients) in [
        (vec![("lists", &readers)], 3),
        (vec![("lists", &staff)], 1),
        (vec![("lists", &readers), ("lists", &staff)], 3),
        (vec![("lists", &readers), ("excluded", &staff)], 2),
        (vec![("lists", &staff), ("excluded", &staff)], 0),
        (vec![("excluded", &staff)], 0),
    ] {
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let count = world.editor.post(&format!("{audience}/count"), &fields).await.text().await.unwrap();
        assert!(count.contains(&format!("<p class=\"big-number\">{recipients}</p>")), "{fields:?}: {count}");
    }
}

#[tokio::test]
async fn two_tabs_do_not_undo_each_other() {
    let world = World::new().await;
    let path = world.draft().await;
    let url = format!("{path}/content");
    let seen = hidden(&world.editor.page(&url).await, "seen");
    assert_eq!(
        world.write(&path, &[("subject", "From the other tab")]).await.status(),
        StatusCode::SEE_OTHER
    );

    let mine = [("subject", "Mine"), ("html", "<p>x</p>"), ("tracking", "off"), ("seen", seen.as_str())];
    let saved = world
        .editor
        .client
        .post(format!("{}{url}", world.test.base))
        .header("sec-fetch-site", "same-origin")
        .header("x-autosave", "true")
        .form(&mine)
        .send()
        .await
        .unwrap();
    assert_eq!(saved.status(), StatusCode::CONFLICT);
    let page = world.editor.post(&url, &mine).await.text().await.unwrap();
    assert!(
        page.contains("Somebody else changed this step meanwhile") && page.contains("value=\"Mine\""),
        "{page}"
    );
    assert_eq!(world.text("SELECT subject FROM campaigns").await.unwrap(), "From the other tab");
    // Saving again from there is meant.
    let seen = hidden(&page, "seen");
    let again = [("subject", "Mine"), ("html", "<p>x</p>"), ("tracking", "off"), ("seen", seen.as_str())];
    world.editor.post(&url, &again).await;
    assert_eq!(world.text("SELECT subject FROM campaigns").await.unwrap(), "Mine");
}

#[tokio::test]
async fn a_schedule_is_meant_in_its_zone_and_can_be_changed_and_taken_back() {
    let world = World::new().await;
    let path = world.draft().await;
    let url = format!("{path}/schedule");
    let at = |date, time, zone| [("date", date), ("time", time), ("zone", zone)];
    let past = world.editor.post(&url, &at("2020-01-01", "09:00", "UTC")).await.text().await.unwrap();
    assert!(past.contains("This moment is over") && past.contains("value=\"2020-01-01\""), "{past}");
    let skipped =
        world.editor.post(&url, &at("2033-03-27", "02:30", "Europe/Berlin")).await.text().await.unwrap();
    assert!(skipped.contains("does not exist on that day"), "{skipped}");

    assert_eq!(world.editor.submit(&url, &at("2033-07-05", "09:00", "Asia/Jakarta")).await, path);
    let when = "SELECT to_char(scheduled_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') || ' ' || time_zone FROM campaigns";
    assert_eq!(world.text(when).await.unwrap(), "2033-07-05 02:00 Asia/Jakarta");
    let page = world.editor.page(&path).await;
    assert!(page.contains("Scheduled for 5 Jul 2033, 09:00 (Asia/Jakarta)."), "{page}");
    assert_eq!(world.text("SELECT count(*)::text FROM contents").await.unwrap(), "1");
    world.editor.submit(&url, &at("2033-07-05", "10:00", "UTC")).await;
    assert_eq!(world.text(when).await.unwrap(), "2033-07-05 10:00 UTC");

    world.editor.submit(&format!("{path}/unschedule"), &[]).await;
    assert_eq!(world.state().await, "draft");
    assert_eq!(world.text("SELECT count(*)::text FROM contents").await.unwrap(), "0");
    // And what was scheduled can be sent at once.
    world.editor.submit(&url, &at("2033-07-05", "10:00", "UTC")).await;
    world.editor.submit(&format!("{path}/start"), &[]).await;
    assert_eq!(world.state().await, "sending");
}

#[tokio::test]
async fn a_wrong_step_names_the_state_and_changes_nothing() {
    let world = World::new().await;
    let path = world.draft().await;
    world.editor.submit(&format!("{path}/start"), &[]).await;
    for (step, state, notice) in [
        ("resume", "sending", "it is being sent, and only a paused campaign can be resumed"),
        ("pause", "paused", "Paused. Nothing more is sent until you resume."),
        ("pause", "paused", "it is paused, and only a campaign that is being sent can be paused"),
        ("unschedule", "paused", "The schedule cannot be taken back: the campaign is paused."),
        ("resume", "sending", "Sending goes on."),
        ("start", "sending", "It cannot be started: it is being sent."),
        ("delete", "sending", "only a draft can be deleted"),
        ("cancel", "cancelled", "What was still queued is not sent."),
        ("resume", "cancelled", "it is cancelled"),
        ("cancel", "cancelled", "It cannot be cancelled: it is cancelled."),
    ] {
        assert_eq!(world.editor.submit(&format!("{path}/{step}"), &[]).await, path);
        assert_eq!(world.state().await, state, "{step}");
        let page = world.editor.page(&path).await;
        assert!(page.contains(notice), "{step}: {page}");
    }
}

#[tokio::test]
async fn a_test_goes_to_chosen_addresses_with_the_data_of_the_contact_that_is_shown() {
    let world = World::new().await;
    let path = world.draft().await;
    world.write(&path, &[("subject", "Halo {{ name }} di {{ city }}")]).await;
    let review = world.editor.page(&format!("{path}/review")).await;
    assert!(review.contains("Halo Ana Wijaya di Bandung"), "{review}");
    let first = hidden(&review, "contact");
    let next = world.editor.page(&format!("{path}/review?contact={first}&go=next")).await;
    assert!(next.contains("Halo Budi di Medan"), "{next}");
    let second = hidden(&next, "contact");
    let back = world.editor.page(&format!("{path}/review?contact={second}&go=previous")).await;
    assert_eq!(hidden(&back, "contact"), first);

    let fields = [("addresses", "me@example.com; you@example.com"), ("contact", second.as_str())];
    world.editor.submit(&format!("{path}/test"), &fields).await;
    let queued = "SELECT string_agg(stream || ' ' || recipient || ' ' || merge::text, '; ' ORDER BY recipient) FROM messages
                   WHERE campaign_id IS NULL AND contact_id IS NULL AND state = 'queued'";
    assert_eq!(
        world.text(queued).await.unwrap(),
        r#"test me@example.com {"city": "Medan", "name": "Budi"}; test you@example.com {"city": "Medan", "name": "Budi"}"#
    );
    for (addresses, fault) in
        [("", "Please enter an email address."), ("me", "me: An email address has an @")]
    {
        let fields = [("addresses", addresses), ("contact", second.as_str())];
        let page = world.editor.post(&format!("{path}/test"), &fields).await.text().await.unwrap();
        assert!(page.contains(fault), "{addresses}: {page}");
    }
}

#[tokio::test]
async fn the_live_view_tells_numbers_each_second_and_ends_when_the_state_changes() {
    let world = World::new().await;
    let path = world.draft().await;
    world.editor.submit(&format!("{path}/start"), &[]).await;
    let viewer = world.test.login(Role::Viewer).await;
    let mut events = viewer.get(&format!("{path}/events")).await;
    assert_eq!(events.headers()["content-type"], "text/event-stream");
    let mut read = String::new();
    while !read.contains("0 of 3 done") {
        read.push_str(&String::from_utf8_lossy(&events.chunk().await.unwrap().unwrap()));
    }
    run(&world.test.db, "UPDATE campaign_counts SET planned = 3, sent = 2").await;
    while !read.contains("2 of 3 done") {
        read.push_str(&String::from_utf8_lossy(&events.chunk().await.unwrap().unwrap()));
    }
    world.editor.submit(&format!("{path}/pause"), &[]).await;
    while let Some(chunk) = events.chunk().await.unwrap() {
        read.push_str(&String::from_utf8_lossy(&chunk));
    }
    assert!(read.contains("event: done"), "{read}");
}

#[tokio::test]
async fn campaigns_are_listed_found_copied_renamed_and_deleted() {
    let world = World::new().await;
    let path = world.draft().await;
    for n in 0..30 {
        world.editor.submit("/campaigns", &[("name", &format!("Draft {n:02}"))]).await;
    }
    let first = world.editor.page("/campaigns").await;
    assert!(
        first.contains("Draft 29") && !first.contains("Draft 04") && first.contains("31 campaigns"),
        "{first}"
    );
    let (_, rest) = first.split_once("rel=\"next\" href=\"").unwrap();
    let next = world.editor.page(&rest.split('"').next().unwrap().replace("&#38;", "&")).await;
    assert!(next.contains("Draft 04") && next.contains("November") && !next.contains("Draft 05"), "{next}");
    let (_, rest) = next.split_once("rel=\"prev\" href=\"").unwrap();
    let back = world.editor.page(&rest.split('"').next().unwrap().replace("&#38;", "&")).await;
    assert!(back.contains("Draft 29") && back.contains("Draft 05") && !back.contains("Draft 04"), "{back}");
    assert!(world.editor.page("/campaigns?q=novem&state=draft").await.contains("Readers"));
    assert!(world.editor.page("/campaigns?state=sent").await.contains("No campaign found"));

    let copy = world.editor.submit(&format!("{path}/duplicate"), &[]).await;
    assert!(world.editor.page(&copy).await.contains("Copy of November"));
    world.editor.submit(&format!("{path}/rename"), &[("name", "Desember")]).await;
    assert!(world.editor.page("/campaigns?q=desember").await.contains("Desember"));
    world.editor.submit(&format!("{path}/delete"), &[]).await;
    assert_eq!(world.editor.get(&path).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn sixty_clicks_at_once_start_one_campaign_and_break_nothing() {
    let world = World::new().await;
    let path = world.draft().await;
    let url = format!("{path}/start");
    let clicks = (0..60).map(|_| world.editor.post(&url, &[]));
    let answers = futures::future::join_all(clicks).await;
    for answer in answers {
        assert!(
            matches!(answer.status(), StatusCode::SEE_OTHER | StatusCode::CONFLICT),
            "{}",
            answer.status()
        );
    }
    let started: i64 = sqlx::query_scalar("SELECT count(*) FROM audit WHERE action = 'campaign.started'")
        .fetch_one(&world.test.db)
        .await
        .unwrap();
    assert_eq!(started, 1);
    for action in ["pause", "resume", "cancel"] {
        let url = format!("{path}/{action}");
        let answers = futures::future::join_all((0..60).map(|_| world.editor.post(&url, &[]))).await;
        assert!(answers.iter().all(|answer| answer.status() == StatusCode::SEE_OTHER), "{action}");
    }
}

#[tokio::test]
async fn a_campaigns_pace_is_set_shown_and_copied() {
    let world = World::new().await;
    let path = world.draft().await;
    let review = world.editor.page(&format!("{path}/review")).await;
    assert!(review.contains("As fast as the relays allow, at any hour"));
    let pace = format!("{path}/pace");
    let wrong = [("per_hour", "many"), ("from", "08:00"), ("to", ""), ("zone", "Mars/Olympus")];
    let page = world.editor.post(&pace, &wrong).await.text().await.unwrap();
    for text in
        ["Please enter a number from 1 to", "Please enter both times", "Please choose one of these.", "many"]
    {
        assert!(page.contains(text), "{text}: {page}");
    }
    let same = [("per_hour", ""), ("from", "08:00"), ("to", "08:00"), ("zone", "Asia/Jakarta")];
    assert!(world.editor.post(&pace, &same).await.text().await.unwrap().contains("two different times"));
    let right = [("per_hour", "5,000"), ("from", "22:00"), ("to", "06:30"), ("zone", "Asia/Jakarta")];
    assert_eq!(world.editor.submit(&pace, &right).await, format!("{path}/review"));
    let words = "At most 5,000 an hour; only from 22:00 to 06:30 (Asia/Jakarta)";
    assert!(world.editor.page(&format!("{path}/review")).await.contains(words));
    assert!(world.editor.page(&pace).await.contains("value=\"06:30\""));
    let copy = world.editor.submit(&format!("{path}/duplicate"), &[]).await;
    assert!(
        world
            .editor
            .page(&copy.replace("/audience", "/pace").replace("/review", "/pace"))
            .await
            .contains("value=\"22:00\""),
        "{copy}"
    );
    let empty = [("per_hour", ""), ("from", ""), ("to", ""), ("zone", "Asia/Jakarta")];
    world.editor.submit(&pace, &empty).await;
    assert!(world.editor.page(&format!("{path}/review")).await.contains("As fast as the relays allow"));
}
