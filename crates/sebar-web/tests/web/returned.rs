//! What came back, as the dashboard shows it; suppressions, mailboxes and the settings for them.

use reqwest::StatusCode;
use reqwest::multipart::{Form, Part};
use sebar_domain::id::{ContentId, MessageId};
use sebar_domain::{BounceKind, BounceReason, MatchedBy, Road, Role};
use sebar_store::blobs::Digest;
use sebar_store::returned::{self, NewBounce, NewMail};
use sebar_store::{settings, suppressions};
use sqlx::PgPool;

use crate::common::{TestApp, location};

async fn sent(db: &PgPool, recipient: &str) -> MessageId {
    let id = MessageId::new();
    sqlx::query(
        "INSERT INTO messages (id, stream, content_id, recipient, state, finished_at)
         VALUES ($1, 'transactional', $2, $3, 'sent', now())",
    )
    .bind(id.0)
    .bind(ContentId::new().0)
    .bind(recipient)
    .execute(db)
    .await
    .unwrap();
    id
}

/// A mail that came back about a message.
pub(crate) async fn came_back(db: &PgPool, message: MessageId, reason: BounceReason, raw: &str) {
    came_back_as(db, message, reason.kind(), reason, raw).await;
}

/// The same, with what it says.
pub(crate) async fn came_back_as(
    db: &PgPool,
    message: MessageId,
    kind: BounceKind,
    reason: BounceReason,
    raw: &str,
) {
    let mail = NewMail {
        digest: Digest::of(raw.as_bytes()),
        road: Road::Imap,
        mailbox: None,
        envelope_to: "bounces@returns.example".to_owned(),
        kind,
        sender: "MAILER-DAEMON@mx.example".to_owned(),
        subject: "Undelivered".to_owned(),
        raw: raw.as_bytes().to_vec(),
    };
    let bounce = NewBounce {
        key: mail.digest,
        kind,
        reason,
        confidence: 95,
        at: chrono::Utc::now(),
        road: Road::Imap,
        source: "Returns".to_owned(),
        mail: Some(mail.digest),
        message: Some((MatchedBy::Token, message)),
        quoted: Vec::new(),
        proven: false,
        address: None,
        final_address: None,
        status: "5.1.1".parse().ok(),
        reply_code: Some(550),
        reply: "550 5.1.1 <script>No such user".to_owned(),
        reporting_mta: "mx.example".to_owned(),
        remote_mta: String::new(),
    };
    let mut tx = db.begin().await.unwrap();
    returned::record(&mut tx, &[mail], &[bounce]).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn bounces_are_found_shown_with_their_mail_and_exported() {
    let test = TestApp::new().await;
    let viewer = test.login(Role::Viewer).await;
    assert!(viewer.page("/bounces").await.contains("Nothing has come back"));
    let message = sent(&test.db, "ida@toko.example").await;
    let raw = "From: MAILER-DAEMON@mx.example\nSubject: Undelivered\n\nNo such <b>user</b>\n";
    came_back(&test.db, message, BounceReason::RecipientUnknown, raw).await;
    let full = sent(&test.db, "budi@kopi.example").await;
    came_back(&test.db, full, BounceReason::MailboxFull, "Subject: Full\n\nFull\n").await;
    let page = viewer.page("/bounces").await;
    assert!(page.contains("ida@toko.example") && page.contains("Dead address"), "{page}");
    assert!(page.contains("550 5.1.1 &#60;script&#62;No such user"), "once, and harmless: {page}");
    assert!(!page.contains("/bounces/export.csv"), "a viewer takes nothing away");
    for (query, there) in [
        ("?kind=soft", "budi@kopi.example"),
        ("?q=@toko.example", "ida@toko.example"),
        ("?q=ida", "ida@toko.example"),
        ("?reason=mailbox_full", "budi@kopi.example"),
    ] {
        let page = viewer.page(&format!("/bounces{query}")).await;
        let other = if there.starts_with("ida") { "budi@kopi.example" } else { "ida@toko.example" };
        assert!(page.contains(there) && !page.contains(other), "{query}");
    }
    for query in ["?unmatched=yes", "?q=nobody", "?until=2020-01-01", "?kind=complaint"] {
        assert!(viewer.page(&format!("/bounces{query}")).await.contains("No bounce found"), "{query}");
    }
    let found = returned::of_message(&test.db, message).await.unwrap();
    let page = viewer.page(&format!("/bounces/{}", found[0].id)).await;
    for text in
        ["suppressed at once", "its mark in the return path", "Mailbox (IMAP)", "No such &#60;b&#62;user"]
    {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(
        page.contains(&format!("href=\"/archive/{message}\"")) && !page.contains("No longer kept"),
        "{page}"
    );
    let mail = found[0].mail.unwrap();
    let answer = viewer.get(&format!("/bounces/mails/{mail}/raw")).await;
    assert_eq!(answer.text().await.unwrap(), raw);
    assert!(viewer.page(&format!("/bounces/mails/{mail}")).await.contains("ida@toko.example"));
    let archived = viewer.page(&format!("/archive/{message}")).await;
    assert!(archived.contains("Came back: Dead address"), "{archived}");
    let editor = test.editor().await;
    let file = editor.get("/bounces/export.csv?kind=hard").await.text().await.unwrap();
    let lines: Vec<&str> = file.lines().collect();
    assert_eq!(lines.len(), 2);
    assert!(lines[1].contains("ida@toko.example,hard,recipient_unknown,5.1.1,550"), "{file}");
    for path in ["/bounces/export.csv", "/mailboxes/new"] {
        assert_eq!(viewer.get(path).await.status(), StatusCode::FORBIDDEN, "{path}");
    }
    let unknown = uuid::Uuid::now_v7();
    for path in [format!("/bounces/{unknown}"), format!("/bounces/mails/{unknown}"), "/bounces/x".to_owned()]
    {
        assert!(viewer.get(&path).await.status().is_client_error(), "{path}");
    }
    // The months of the message are over.
    sqlx::query("DELETE FROM messages WHERE id = $1").bind(message.0).execute(&test.db).await.unwrap();
    let page = viewer.page(&format!("/bounces/{}", found[0].id)).await;
    assert!(page.contains("No longer kept") && !page.contains("/archive/0"), "{page}");
    viewer.submit("/language", &[("language", "id")]).await;
    assert!(viewer.page("/bounces").await.contains("Alamat mati"));
    let kinds = BounceKind::ALL.iter().map(|kind| kind.as_str().replace('_', "-"));
    for text in kinds.map(|kind| format!("bounces-kind-{kind}")) {
        assert!(!viewer.page("/bounces").await.contains(&text), "{text} has no translation");
    }
    // Nothing leads to what was forgotten.
    sqlx::query("DELETE FROM bounces").execute(&test.db).await.unwrap();
    for path in ["/suppressions", "/suppressions/history?email=ida@toko.example"] {
        let page = viewer.page(path).await;
        assert!(page.contains("ida@toko.example") && !page.contains("/bounces/0"), "{path}: {page}");
    }
}

#[tokio::test]
async fn suppressions_take_domains_and_days_and_come_and_go_as_files() {
    let test = TestApp::new().await;
    let editor = test.editor().await;
    let fields =
        [("addresses", "@Spam.example\nida@toko.example"), ("until", "2099-12-31"), ("note", "They asked")];
    editor.submit("/suppressions", &fields).await;
    assert!(suppressions::is_suppressed(&test.db, "anybody@spam.example").await.unwrap());
    let page = editor.page("/suppressions").await;
    assert!(page.contains("@spam.example") && page.contains("until"), "{page}");
    for (fields, fault) in [
        ([("addresses", "@localhost"), ("until", "")], "Write it like @example.com"),
        ([("addresses", "ida@toko.example"), ("until", "2020-01-01")], "a day from today on"),
    ] {
        let answer = editor.post("/suppressions", &fields).await.text().await.unwrap();
        assert!(answer.contains(fault), "{fault}");
    }
    let file = editor.get("/suppressions/export.csv").await.text().await.unwrap();
    assert!(file.contains("'@spam.example,manual,,They asked,"), "{file}");

    let answer = editor
        .post(
            "/suppressions/lift",
            &[("email", "ida@toko.example"), ("note", "She called"), ("promise", "on")],
        )
        .await;
    assert_eq!(location(&answer), "/suppressions");
    let page = editor.page("/suppressions/history?email=ida@toko.example").await;
    assert!(
        page.contains("Lifted")
            && page.contains("She called")
            && page.contains("not on the suppression list")
    );
    let page = editor.page("/suppressions/history?email=anybody@spam.example").await;
    assert!(page.contains("Its domain @spam.example"), "{page}");

    // What was exported can be imported again, and so can other programs' files.
    let import = async |text: &str| {
        let part = Part::bytes(text.as_bytes().to_vec()).file_name("list.csv");
        let form = Form::new().part("file", part);
        let path = "/suppressions/import";
        let answer = editor
            .client
            .post(format!("{}{path}", editor.base))
            .header("sec-fetch-site", "same-origin")
            .multipart(form)
            .send()
            .await
            .unwrap();
        answer.text().await.unwrap()
    };
    let page = import(&file).await;
    assert!(page.contains("1 entries are imported; 1 were on the list already"), "{page}");
    let page = import("Email;Reason\nA@toko.example;complaint\nnot an address;\n'@shop.example;\n").await;
    assert!(
        page.contains("2 entries are imported") && page.contains("Line 3: <code>not an address"),
        "{page}"
    );
    assert!(suppressions::is_suppressed(&test.db, "x@shop.example").await.unwrap());
    let found = suppressions::get(&test.db, "a@toko.example").await.unwrap().unwrap();
    assert_eq!((found.reason.as_str(), found.source.as_str()), ("complaint", "import"));
    // A row that cannot be read is told, and costs no other.
    let page = import(
        "email,until\nb@toko.example,next week\nc@toko.example,2099-01-31\nd@toko.example,2099-01-31T09:00:00+07:00\n\
         e@toko.example,\n",
    )
    .await;
    assert!(page.contains("3 entries are imported") && page.contains("1 line cannot be read"), "{page}");
    assert!(page.contains("Line 2: <code>next week</code>: “until” is neither"), "{page}");
    let until =
        async |email: &str| suppressions::get(&test.db, email).await.unwrap().map(|entry| entry.until);
    assert_eq!(until("b@toko.example").await, None);
    assert_eq!(until("e@toko.example").await, Some(None));
    assert!(until("c@toko.example").await.unwrap() > until("d@toko.example").await.unwrap());
    assert!(import("name\nIda\n").await.contains("no column “email”"));
    assert!(import("").await.contains("choose a file"));
}

#[tokio::test]
async fn a_mailbox_is_added_tested_changed_and_removed() {
    let test = TestApp::new().await;
    let owner = test.owner().await;
    assert!(owner.page("/mailboxes").await.contains("No mailboxes yet"));
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let fields = |test: &'static str| {
        vec![
            ("name", "Returns"),
            ("protocol", "pop3"),
            ("host", "127.0.0.1"),
            ("port", closed.as_str()),
            ("security", "none"),
            ("username", "bounces"),
            ("password", "geheim"),
            ("every_seconds", "60"),
            ("enabled", "on"),
            ("test", test),
        ]
    };
    let page = owner.post("/mailboxes", &fields("yes")).await.text().await.unwrap();
    assert!(page.contains("No connection. Check host and port."), "{page}");
    assert_eq!(owner.submit("/mailboxes", &fields("")).await, "/mailboxes");
    let page = owner.page("/mailboxes").await;
    assert!(page.contains("POP3 · bounces") && page.contains("No return path is set"), "{page}");
    let id = sebar_store::mailboxes::all(&test.db).await.unwrap()[0].id;
    // What went wrong at the last look stands there in words, until one goes well.
    for (fault, state) in [(Some("the login was refused: Authentication failed."), "Fails"), (None, "Works")]
    {
        let (_, lease) = sebar_store::mailboxes::lease(&test.db, 60.0).await.unwrap().unwrap();
        assert!(sebar_store::mailboxes::note(&test.db, &lease, 0, fault).await.unwrap());
        let page = owner.page("/mailboxes").await;
        assert!(page.contains(state) && page.contains("the login was refused") == fault.is_some(), "{page}");
        assert!(sebar_store::mailboxes::release(&test.db, &lease).await.unwrap());
        sqlx::query("UPDATE mailboxes SET polled_at = NULL").execute(&test.db).await.unwrap();
    }
    let path = format!("/mailboxes/{id}");
    assert!(!owner.page(&path).await.contains("geheim"), "the password is never shown");
    // It goes nowhere else than where it was entered for.
    for changed in [
        ("host", "evil.example"),
        ("port", "1"),
        ("security", "starttls"),
        ("protocol", "imap"),
        ("username", "other"),
    ] {
        for button in ["yes", ""] {
            let mut elsewhere = fields(button);
            elsewhere.retain(|(name, _)| ![changed.0, "password"].contains(name));
            elsewhere.extend([changed, ("folder", "INBOX")]);
            let page = owner.post(&path, &elsewhere).await.text().await.unwrap();
            assert!(page.contains("Enter the password again"), "{changed:?}: {page}");
        }
    }
    let mut kept = fields("");
    kept.retain(|(name, _)| !["name", "password"].contains(name));
    kept.push(("name", "Returned"));
    assert_eq!(owner.submit(&path, &kept).await, "/mailboxes", "the rest may change");
    assert_eq!(owner.submit(&path, &fields("")).await, "/mailboxes");
    for (field, value, fault) in [
        ("port", "70000", "a number from 1 to 65"),
        ("name", "", "Please fill this in"),
        ("ca", "nonsense", "cannot be read"),
        ("security", "magic", "choose one"),
    ] {
        let mut fields = fields("");
        fields.retain(|(name, _)| *name != field);
        fields.push((field, value));
        let page = owner.post(&path, &fields).await.text().await.unwrap();
        assert!(page.contains(fault), "{field}");
    }
    let answer = test.editor().await.post(&path, &fields("")).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert!(owner.page(&format!("{path}/delete")).await.contains("Remove the mailbox Returns?"));
    owner.submit(&format!("{path}/delete"), &[]).await;
    assert!(sebar_store::mailboxes::all(&test.db).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_return_path_and_the_threshold_are_set() {
    let test = TestApp::new().await;
    let owner = test.owner().await;
    let fields = |path: &'static str, soft: &'static str, days: &'static str| {
        [
            ("campaigns", "at_most_once"),
            ("single", "at_least_once"),
            ("return_path", path),
            ("marked", "on"),
            ("soft_bounces", soft),
            ("soft_days", days),
        ]
    };
    owner.submit("/settings/sending", &fields("bounces@mail.toko.example", "", "14")).await;
    let stored = settings::returns(&test.db).await.unwrap();
    assert_eq!(stored.return_path.unwrap().as_str(), "bounces@mail.toko.example");
    assert_eq!((stored.soft_bounces, stored.soft_days, stored.marked), (None, 14, true));
    assert!(owner.page("/settings/sending").await.contains("bounces@mail.toko.example"));
    for (fields, fault) in [
        (fields("bounces", "5", "30"), "address"),
        (fields("a-very-long-name-for-a-return-path@toko.example", "5", "30"), "too long to put a mark in"),
        (fields("", "0", "30"), "a number from 1 to 100"),
        (fields("", "5", ""), "Please fill this in"),
    ] {
        let page = owner.post("/settings/sending", &fields).await.text().await.unwrap();
        assert!(page.contains(fault), "{fault}");
    }
}
