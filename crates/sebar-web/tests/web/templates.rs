//! Templates: versions, faults with their line, and previews that can do no harm.

use reqwest::StatusCode;
use sebar_domain::Role;
use sqlx::PgPool;

use crate::common::{Browser, TestApp};

/// Makes a template and returns its path.
async fn template(browser: &Browser) -> String {
    browser.submit("/templates", &[("name", "Kabar"), ("starter", "newsletter")]).await
}

/// The version that the editor's page says it is based on.
fn based_on(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"based_on\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

async fn save(browser: &Browser, path: &str, based_on: &str, html: &str) -> reqwest::Response {
    let fields =
        [("based_on", based_on), ("subject", "Halo"), ("preheader", ""), ("html", html), ("text", "")];
    browser.post(path, &fields).await
}

async fn versions(db: &PgPool) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM template_versions").fetch_one(db).await.unwrap()
}

async fn add_contact(db: &PgPool, email: &str, attributes: serde_json::Value) {
    sqlx::query("INSERT INTO contacts (id, email, name, attributes) VALUES ($1, $2, 'Ana Wijaya', $3)")
        .bind(uuid::Uuid::now_v7())
        .bind(email)
        .bind(attributes)
        .execute(db)
        .await
        .unwrap();
}

#[tokio::test]
async fn each_save_makes_a_version_but_not_an_unchanged_one() {
    let test = TestApp::new().await;
    let editor = test.editor().await;
    let path = template(&editor).await;
    let first = based_on(&editor.page(&path).await);

    // As a browser sends it: with CRLF.
    assert_eq!(save(&editor, &path, &first, "<p>one\r\ntwo</p>").await.status(), StatusCode::SEE_OTHER);
    let second = based_on(&editor.page(&path).await);
    assert_ne!(first, second);
    assert_eq!(versions(&test.db).await, 2);

    assert_eq!(save(&editor, &path, &second, "<p>one\ntwo</p>").await.status(), StatusCode::SEE_OTHER);
    assert!(editor.page(&path).await.contains("no new version was made"));
    assert_eq!(versions(&test.db).await, 2);

    let list = editor.page(&format!("{path}/versions")).await;
    assert!(list.contains("Version 2") && list.contains("Restore this version"), "{list}");
    assert_eq!(editor.submit(&format!("{path}/versions/1/restore"), &[]).await, path);
    assert!(editor.page(&path).await.contains("Version 1 was restored as version 3."));
    assert!(editor.page(&path).await.contains("What is new this month"));
}

#[tokio::test]
async fn a_syntax_error_is_shown_with_its_line_and_what_was_typed_is_kept() {
    let test = TestApp::new().await;
    let editor = test.editor().await;
    let path = template(&editor).await;
    let first = based_on(&editor.page(&path).await);
    for (html, line, text) in [
        ("<p>\n{{ name | shout }}\n</p>", 2, "There is no filter “shout”."),
        ("<p>a</p>\n\n<p>{{ name </p>", 3, "The template language was not understood"),
        ("<p>a</p>\n{% if name %}b", 2, "The template language was not understood"),
    ] {
        let answer = save(&editor, &path, &first, html).await;
        assert_eq!(answer.status(), StatusCode::OK);
        let page = answer.text().await.unwrap();
        assert!(page.contains(&format!("Line {line}: {text}")), "{html}: {page}");
        assert!(page.contains("aria-invalid=\"true\""));
        assert!(
            page.contains(&html.lines().next().unwrap().replace('<', "&#60;").replace('>', "&#62;")),
            "{page}"
        );
    }
    assert_eq!(versions(&test.db).await, 1);
}

#[tokio::test]
async fn a_variable_that_no_contact_has_is_named_with_its_line() {
    let test = TestApp::new().await;
    let editor = test.editor().await;
    let html = "<p>{{ name }}</p>\n<p>{{ ctiy }}</p>\n<p>{{ town | default('x') }}</p>";
    let fields = [("subject", "Halo {{ city }}"), ("html", html)];
    let page = editor.post("/templates/preview", &fields).await.text().await.unwrap();
    assert!(page.contains("Subject, line 1: “city” has no value"), "{page}");
    assert!(page.contains("HTML, line 2: “ctiy” has no value"), "{page}");
    assert!(!page.contains("“town”") && !page.contains("“name”"), "{page}");

    add_contact(&test.db, "ana@example.com", serde_json::json!({ "city": "Bandung" })).await;
    let page = editor.post("/templates/preview", &fields).await.text().await.unwrap();
    assert!(!page.contains("“city”") && page.contains("“ctiy”"), "{page}");
    // The editor offers what contacts have.
    let path = template(&editor).await;
    assert!(editor.page(&path).await.contains("data-insert=\"city\""));
}

#[tokio::test]
async fn a_preview_is_made_for_the_contact_that_was_asked_for() {
    let test = TestApp::new().await;
    add_contact(&test.db, "ana@example.com", serde_json::json!({ "city": "Bandung" })).await;
    add_contact(&test.db, "budi@example.com", serde_json::json!({ "points": 7 })).await;
    let editor = test.editor().await;
    let with =
        |who: &'static str| [("subject", "Halo {{ city }}"), ("html", "<p>x</p>"), ("preview_as", who)];
    let page = editor.post("/templates/preview", &with("ANA@")).await.text().await.unwrap();
    assert!(page.contains("Halo Bandung") && page.contains("ana@example.com"), "{page}");
    let page = editor.post("/templates/preview", &with("budi@example.com")).await.text().await.unwrap();
    assert!(page.contains("Cannot be made for Ana Wijaya &#60;budi@example.com&#62;"), "{page}");
    let page = editor.post("/templates/preview", &with("nobody at all")).await.text().await.unwrap();
    assert!(page.contains("No contact matches") && page.contains("Halo [city]"), "{page}");
}

#[tokio::test]
async fn a_preview_can_do_no_harm() {
    let test = TestApp::new().await;
    let editor = test.editor().await;
    let html =
        "<script>parent.location='https://evil.example'</script><form action=/logout method=post>x</form>";
    let fields = [("subject", "x"), ("html", html)];
    let answer = editor.post("/templates/preview?document=true", &fields).await;
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("sandbox ") && policy.contains("default-src 'none'"), "{policy}");
    assert!(!policy.contains("allow-scripts") && !policy.contains("allow-same-origin"), "{policy}");

    let path = template(&editor).await;
    for url in [format!("{path}/preview"), "/templates/starters/letter/preview".into()] {
        let answer = editor.get(&url).await;
        assert!(
            answer.headers()["content-security-policy"].to_str().unwrap().starts_with("sandbox "),
            "{url}"
        );
    }
    let page = editor.page(&path).await;
    assert!(
        page.contains("<iframe name=\"preview\" sandbox=\"allow-popups allow-popups-to-escape-sandbox\"")
    );
}

#[tokio::test]
async fn a_template_that_would_never_end_is_stopped() {
    let test = TestApp::new().await;
    let editor = test.editor().await;
    let html = "{% for a in range(10000) %}{% for b in range(10000) %}{{ a }}{% endfor %}{% endfor %}";
    let began = std::time::Instant::now();
    let page =
        editor.post("/templates/preview", &[("subject", "x"), ("html", html)]).await.text().await.unwrap();
    assert!(page.contains("works too long"), "{page}");
    assert!(began.elapsed().as_secs() < 5, "{:?}", began.elapsed());
}

#[tokio::test]
async fn two_who_edit_the_same_template_lose_nothing() {
    let test = TestApp::new().await;
    let (ana, budi) = (test.editor().await, test.owner().await);
    let path = template(&ana).await;
    let first = based_on(&ana.page(&path).await);
    save(&budi, &path, &first, "<p>from Budi</p>").await;

    let answer = save(&ana, &path, &first, "<p>from Ana</p>").await;
    assert_eq!(answer.status(), StatusCode::OK);
    let page = answer.text().await.unwrap();
    assert!(page.contains("Somebody else saved meanwhile") && page.contains("from Ana"), "{page}");
    assert_eq!(versions(&test.db).await, 2);
    // Having seen that, Ana saves again.
    assert_eq!(save(&ana, &path, &based_on(&page), "<p>from Ana</p>").await.status(), StatusCode::SEE_OTHER);
    assert_eq!(versions(&test.db).await, 3);
}

#[tokio::test]
async fn templates_are_renamed_copied_put_away_and_deleted() {
    let test = TestApp::new().await;
    let editor = test.editor().await;
    let path = template(&editor).await;
    editor.submit(&format!("{path}/rename"), &[("name", "Warta")]).await;
    let copy = editor.submit(&format!("{path}/duplicate"), &[]).await;
    assert!(editor.page(&copy).await.contains("Copy of Warta"));
    editor.submit(&format!("{path}/archive"), &[("archived", "true")]).await;
    let gallery = editor.page("/templates?q=warta").await;
    assert!(gallery.contains("Copy of Warta") && !gallery.contains(&format!("href=\"{path}\"")), "{gallery}");
    assert!(editor.page("/templates?archived=true").await.contains(&format!("href=\"{path}\"")));
    assert!(editor.page(&format!("{path}/delete")).await.contains("Delete “Warta”?"));
    editor.submit(&format!("{path}/delete"), &[]).await;
    assert_eq!(editor.get(&path).await.status(), StatusCode::NOT_FOUND);
    let viewer = test.login(Role::Viewer).await;
    let page = viewer.page(&copy).await;
    assert!(page.contains("<fieldset class=\"stack\" disabled>") && !page.contains("Save version"), "{page}");
}

#[tokio::test]
async fn sixty_saves_at_once_of_what_has_not_changed_break_nothing() {
    let test = TestApp::new().await;
    let editor = test.editor().await;
    let path = template(&editor).await;
    let first = based_on(&editor.page(&path).await);
    save(&editor, &path, &first, "<p>one</p>").await;
    let second = based_on(&editor.page(&path).await);
    let saves = (0..60).map(|_| save(&editor, &path, &second, "<p>one</p>"));
    let answers = futures::future::join_all(saves).await;
    assert!(answers.iter().all(|answer| answer.status() == StatusCode::SEE_OTHER));
    let restore = format!("{path}/versions/2/restore");
    let answers = futures::future::join_all((0..60).map(|_| editor.post(&restore, &[]))).await;
    assert!(answers.iter().all(|answer| answer.status() == StatusCode::SEE_OTHER));
    assert_eq!(versions(&test.db).await, 2);
}
