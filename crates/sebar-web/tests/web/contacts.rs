//! Contacts: found, changed, exported; whether they are mailed, and what their history says of it.

use reqwest::StatusCode;
use sebar_domain::id::ContactId;
use sebar_store::{contacts, lists, suppressions};

use crate::common::{Browser, TestApp, location};

/// Adds a contact by its form; returns its id.
async fn add(browser: &Browser, email: &str, name: &str, more: &[(&str, &str)]) -> ContactId {
    let fields = [&[("email", email), ("name", name)], more].concat();
    let to = browser.submit("/contacts", &fields).await;
    to.strip_prefix("/contacts/").unwrap().parse().unwrap()
}

async fn add_list(browser: &Browser, name: &str) -> String {
    let to = browser.submit("/lists", &[("name", name)]).await;
    to.strip_prefix("/lists/").unwrap().to_owned()
}

async fn text(browser: &Browser, path: &str, fields: &[(&str, &str)]) -> String {
    let answer = browser.post(path, fields).await;
    assert_eq!(answer.status(), StatusCode::OK, "{path} shows the form again");
    answer.text().await.unwrap()
}

#[tokio::test]
async fn a_contact_is_added_with_attributes_of_their_kinds_and_lists() {
    let test = TestApp::new().await;
    let editor = test.editor().await;
    assert!(editor.page("/contacts").await.contains("Nobody here yet"));
    let list = add_list(&editor, "Pelanggan").await;
    let more = [
        ("language", "Bahasa Indonesia"),
        ("time_zone", "Asia/Makassar"),
        ("list", &*list),
        ("attribute", "Kota Asal"),
        ("value", "Ciamis"),
        ("kind", "text"),
        ("attribute", "umur"),
        ("value", "31"),
        ("kind", "number"),
        ("attribute", "member"),
        ("value", "ya"),
        ("kind", "yes_no"),
        ("attribute", ""),
        ("value", ""),
        ("kind", "text"),
    ];
    let id = add(&editor, "Budi@Example.COM", "  Budi   Santoso ", &more).await;
    let stored = contacts::get(&test.db, id).await.unwrap().unwrap();
    assert_eq!(stored.email, "Budi@example.com");
    assert_eq!(stored.name, "Budi Santoso");
    assert_eq!(stored.language.as_deref(), Some("id"));
    assert_eq!(stored.time_zone.as_deref(), Some("Asia/Makassar"));
    let attributes = serde_json::json!({"kota_asal": "Ciamis", "umur": 31, "member": true});
    assert_eq!(serde_json::Value::Object(stored.attributes), attributes);

    let page = editor.page(&format!("/contacts/{id}")).await;
    for part in
        ["Budi Santoso", "Pelanggan", "kota_asal", "Ciamis", "Added by hand", "by editor", "first_name"]
    {
        assert!(page.contains(part), "{part}");
    }
    let form = editor.page(&format!("/contacts/{id}/edit")).await;
    assert!(form.contains("value=\"31\"") && form.contains("<option value=\"number\" selected>"));
}

#[tokio::test]
async fn faults_stand_at_their_fields_and_nothing_typed_is_lost() {
    let test = TestApp::new().await;
    let editor = test.editor().await;
    let first = add(&editor, "siti@example.com", "Siti", &[]).await;
    let page = text(&editor, "/contacts", &[("email", "SITI@example.com"), ("name", "Siti lain")]).await;
    assert!(page.contains("Another contact has this address") && page.contains("Siti lain"));
    assert!(page.contains(&format!("/contacts/{first}")), "leads to the one who has it");

    let fields = [
        ("email", "no address"),
        ("language", "klingon!"),
        ("attribute", "email"),
        ("value", "x"),
        ("kind", "text"),
        ("attribute", "umur"),
        ("value", "tua"),
        ("kind", "number"),
        ("attribute", "1st"),
        ("value", "y"),
        ("kind", "text"),
    ];
    let page = text(&editor, "/contacts", &fields).await;
    for fault in ["email-fault", "language-fault", "attribute-0-fault", "value-1-fault", "attribute-2-fault"]
    {
        assert!(page.contains(&format!("id=\"{fault}\"")), "{fault}");
    }
    assert!(page.contains("klingon!") && page.contains("value=\"tua\""));
    // Asking for rows is no attempt to save.
    let page = text(
        &editor,
        "/contacts",
        &[("email", "x"), ("rows", "more"), ("attribute", "kota"), ("value", "y")],
    )
    .await;
    assert!(!page.contains("-fault\"") && page.contains("value=\"kota\"") && page.contains("id=\"value-3\""));
    assert_eq!(contacts::total(&test.db).await.unwrap(), 1);
}

#[tokio::test]
async fn an_edit_tells_what_changed_and_keeps_what_it_did_not_touch() {
    let test = TestApp::new().await;
    let editor = test.editor().await;
    let list = add_list(&editor, "Buletin").await;
    let id = add(&editor, "a@example.com", "A", &[("list", &list)]).await;
    sqlx::query(
        "UPDATE contacts SET attributes = '{\"Old Key\": {\"a\": [1, null]}, \"n\": 1.50}' WHERE id = $1",
    )
    .bind(id.0)
    .execute(&test.db)
    .await
    .unwrap();
    let fields = [
        ("email", "b@example.com"),
        ("name", "A"),
        ("attribute", "Old Key"),
        ("value", "{\"a\":[1,null]}"),
        ("kind", "json"),
        ("attribute", "n"),
        ("value", "2"),
        ("kind", "number"),
    ];
    editor.submit(&format!("/contacts/{id}/edit"), &fields).await;
    let stored = contacts::get(&test.db, id).await.unwrap().unwrap();
    assert_eq!(
        serde_json::Value::Object(stored.attributes),
        serde_json::json!({"Old Key": {"a": [1, null]}, "n": 2})
    );
    let page = editor.page(&format!("/contacts/{id}")).await;
    assert!(page.contains("Changed: Email address, n"), "{page}");
    assert!(page.contains("Address before: a@example.com"));
    assert!(page.contains("Removed from the list “Buletin”"), "a list that is not ticked is left");
    assert!(lists::of_contact(&test.db, id).await.unwrap().is_empty());
}

#[tokio::test]
async fn unsubscribing_is_easy_and_taking_it_back_needs_the_persons_wish() {
    let test = TestApp::new().await;
    let editor = test.editor().await;
    let id = add(&editor, "ana@example.com", "Ana", &[]).await;
    let path = |action: &str| format!("/contacts/{id}/{action}");
    assert!(editor.page(&path("unsubscribe")).await.contains("Unsubscribe Ana?"));
    editor.submit(&path("unsubscribe"), &[("note", "asked by phone")]).await;
    assert!(contacts::get(&test.db, id).await.unwrap().unwrap().unsubscribed_at.is_some());
    assert!(editor.page(&path("")[..path("").len() - 1]).await.contains("“asked by phone”"));

    for fields in [&[("note", "met her")][..], &[("promise", "on")], &[("note", "  "), ("promise", "on")]] {
        text(&editor, &path("resubscribe"), fields).await;
    }
    assert!(contacts::get(&test.db, id).await.unwrap().unwrap().unsubscribed_at.is_some());
    editor.submit(&path("resubscribe"), &[("note", "wrote to us"), ("promise", "on")]).await;
    assert!(contacts::get(&test.db, id).await.unwrap().unwrap().unsubscribed_at.is_none());

    editor.submit(&path("suppress"), &[]).await;
    assert!(suppressions::is_suppressed(&test.db, "ANA@example.com").await.unwrap());
    text(&editor, &path("lift"), &[("note", "x")]).await;
    editor.submit(&path("lift"), &[("note", "wrote to us"), ("promise", "on")]).await;
    assert!(!suppressions::is_suppressed(&test.db, "ana@example.com").await.unwrap());

    let kinds: Vec<String> =
        sqlx::query_scalar("SELECT kind FROM contact_events WHERE contact_id = $1 ORDER BY id")
            .bind(id.0)
            .fetch_all(&test.db)
            .await
            .unwrap();
    assert_eq!(kinds, ["created", "unsubscribed", "resubscribed", "suppressed", "unsuppressed"]);
    let actions: Vec<String> = sqlx::query_scalar("SELECT action FROM audit WHERE subject = $1 ORDER BY id")
        .bind(id.to_string())
        .fetch_all(&test.db)
        .await
        .unwrap();
    assert_eq!(actions.len(), 5, "{actions:?}");
}

#[tokio::test]
async fn deleting_says_what_is_lost_and_an_unsubscribed_address_stays_out() {
    let test = TestApp::new().await;
    let editor = test.editor().await;
    let id = add(&editor, "ana@example.com", "Ana", &[]).await;
    editor.submit(&format!("/contacts/{id}/unsubscribe"), &[]).await;
    let page = editor.page(&format!("/contacts/{id}/delete")).await;
    assert!(page.contains("history of ana@example.com are lost") && page.contains("stay in the archive"));
    assert_eq!(editor.submit(&format!("/contacts/{id}/delete"), &[]).await, "/contacts");
    assert_eq!(editor.get(&format!("/contacts/{id}")).await.status(), StatusCode::NOT_FOUND);
    assert!(suppressions::is_suppressed(&test.db, "ana@example.com").await.unwrap());
    assert_eq!(contacts::total(&test.db).await.unwrap(), 0);
}

/// Adds `n` contacts named so that their order by name is not that of their making.
async fn fill(test: &TestApp, n: i64) {
    sqlx::query(
        "INSERT INTO contacts (id, email, name)
         SELECT (lpad(to_hex(1700000000000 + i), 12, '0') || '70008000000000000000')::uuid,
                'user' || i || '@example.com', 'Nama ' || lpad(((i * 37) % 1000)::text, 4, '0')
           FROM generate_series(1, $1) AS i",
    )
    .bind(n)
    .execute(&test.db)
    .await
    .unwrap();
}

fn addresses(page: &str) -> Vec<String> {
    let cells = page.split("<td class=\"break\">").skip(1).filter_map(|part| part.split("</td>").next());
    cells.filter(|cell| cell.contains("example.com")).map(str::to_owned).collect()
}

fn link(page: &str, rel: &str) -> Option<String> {
    let part = page.split(&format!("rel=\"{rel}\" href=\"")).nth(1)?;
    Some(part.split('"').next()?.replace("&amp;", "&").replace("&#38;", "&"))
}

#[tokio::test]
async fn every_order_is_paged_forwards_and_back_without_a_gap() {
    let test = TestApp::new().await;
    fill(&test, 120).await;
    let viewer = test.login(sebar_domain::Role::Viewer).await;
    for query in
        ["", "?sort=oldest", "?sort=email", "?sort=-email", "?sort=name", "?sort=-name", "?q=nama&sort=name"]
    {
        let mut path = format!("/contacts{query}");
        let mut pages = Vec::new();
        loop {
            let page = viewer.page(&path).await;
            assert!(page.contains("120 contacts"), "{path}");
            pages.push(addresses(&page));
            match link(&page, "next") {
                Some(next) => path = next,
                None => break,
            }
        }
        assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [50, 50, 20], "{query}");
        let mut seen = pages.concat();
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 120, "{query}");
        for before in pages.iter().rev().skip(1) {
            path = link(&viewer.page(&path).await, "prev").unwrap();
            assert_eq!(&addresses(&viewer.page(&path).await), before, "{query}");
        }
        assert_eq!(link(&viewer.page(&path).await, "prev"), None, "{query}");
    }
    let newest = addresses(&viewer.page("/contacts").await);
    assert_eq!(newest[0], "user120@example.com");
}

#[tokio::test]
async fn search_finds_any_part_and_short_words_where_they_begin() {
    let test = TestApp::new().await;
    let editor = test.editor().await;
    for (email, name) in [
        ("budi.santoso@toko.example.com", "Budi Santoso"),
        ("siti_x+promo@example.com", "Siti Nur'aini 100%"),
        ("qadir@example.com", "Abdul Qadir"),
    ] {
        add(&editor, email, name, &[]).await;
    }
    for (search, found) in [
        ("ANTO", 1),
        ("toko", 1),
        ("santoso budi", 1),
        ("budi siti", 0),
        ("qa", 1),
        ("q", 1),
        ("di", 0),
        ("ab", 1),
        ("%", 1),
        ("_", 1),
        ("r'a", 1),
        ("0%", 1),
        ("\\", 0),
        ("example.com", 3),
    ] {
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("q", search).finish();
        let page = editor.page(&format!("/contacts?{query}")).await;
        assert_eq!(addresses(&page).len(), found, "{search}");
        assert_eq!(page.contains("Nobody found"), found == 0, "{search}");
    }
}

#[tokio::test]
async fn filters_combine_and_stand_in_the_url() {
    let test = TestApp::new().await;
    let editor = test.editor().await;
    let list = add_list(&editor, "Buletin").await;
    let a = add(&editor, "a@example.com", "Ana", &[("list", &list)]).await;
    let b = add(&editor, "b@example.com", "Budi", &[("list", &list)]).await;
    add(&editor, "c@example.com", "Citra", &[]).await;
    editor.submit(&format!("/contacts/{a}/unsubscribe"), &[]).await;
    editor.submit(&format!("/contacts/{b}/suppress"), &[]).await;
    for (query, found) in [
        (format!("list={list}"), vec!["b", "a"]),
        ("status=subscribed".to_owned(), vec!["c"]),
        ("status=unsubscribed".to_owned(), vec!["a"]),
        ("status=suppressed".to_owned(), vec!["b"]),
        (format!("list={list}&status=subscribed"), vec![]),
        (format!("list={list}&q=ana"), vec!["a"]),
        ("list=nonsense&status=wrong&sort=odd&after=x&before=y".to_owned(), vec!["c", "b", "a"]),
    ] {
        let page = editor.page(&format!("/contacts?{query}")).await;
        let wanted: Vec<_> = found.iter().map(|one| format!("{one}@example.com")).collect();
        assert_eq!(addresses(&page), wanted, "{query}");
    }
    let page = editor.page(&format!("/lists/{list}?status=suppressed")).await;
    assert_eq!(addresses(&page), ["b@example.com"]);
    assert_eq!(
        editor.get("/lists/01890000-0000-7000-8000-000000000000").await.status(),
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn an_action_on_many_asks_first_and_does_it_to_the_chosen_alone() {
    let test = TestApp::new().await;
    let editor = test.editor().await;
    let list = add_list(&editor, "Buletin").await;
    let mut ids = Vec::new();
    for n in 0..4 {
        ids.push(add(&editor, &format!("m{n}@example.com"), "", &[]).await.to_string());
    }
    let fields = |action: &'static str, more: &[(&'static str, &'static str)]| {
        let mut fields = vec![("id", ids[0].clone()), ("id", ids[1].clone()), ("action", action.to_owned())];
        fields.push(("list", list.clone()));
        fields.push(("back", format!("/lists/{list}?sort=name")));
        fields.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
        fields
    };
    let post = async |fields: Vec<(&str, String)>| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        editor.post("/contacts/many", &fields).await
    };
    let answer = post(fields("add", &[])).await;
    assert_eq!(location(&answer), format!("/lists/{list}?sort=name"));
    assert!(editor.page("/lists").await.contains("<td class=\"num\">2</td>"));

    for (action, done) in
        [("unsubscribe", "unsubscribed"), ("suppress", "suppression list"), ("delete", "deleted")]
    {
        let asked = post(fields(action, &[])).await;
        assert_eq!(asked.status(), StatusCode::OK, "{action} asks first");
        assert!(asked.text().await.unwrap().contains(&ids[1]));
        let answer = post(fields(action, &[("sure", "yes")])).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        let page = editor.page(&location(&answer)).await;
        assert!(page.contains(done), "{action}: {page}");
    }
    assert_eq!(contacts::total(&test.db).await.unwrap(), 2);
    assert!(!suppressions::is_suppressed(&test.db, "m2@example.com").await.unwrap());
    assert!(suppressions::is_suppressed(&test.db, "m0@example.com").await.unwrap());

    // Nobody chosen, and no way to lead elsewhere.
    let fields = [("action", "delete"), ("back", "https://evil.example/")];
    assert_eq!(editor.submit("/contacts/many", &fields).await, "/contacts");
}

#[tokio::test]
async fn the_export_has_what_is_filtered_and_no_formula() {
    let test = TestApp::new().await;
    let editor = test.editor().await;
    fill(&test, 4500).await;
    let more = [("attribute", "rumus"), ("value", "+62812"), ("kind", "text")];
    add(&editor, "evil@example.com", "=cmd|' /C calc'!A0", &more).await;
    let answer = editor.get("/contacts/export.csv").await;
    assert!(answer.headers()["content-disposition"].to_str().unwrap().contains("contacts-"));
    let all = answer.text().await.unwrap();
    let rows: Vec<&str> = all.lines().collect();
    assert_eq!(
        rows[0].trim_start_matches('\u{feff}'),
        "email,name,language,time_zone,status,lists,created_at,rumus"
    );
    assert_eq!(rows.len(), 4502);
    let last = rows[4501];
    assert!(
        last.starts_with("evil@example.com,'=cmd|' /C calc'!A0,") && last.ends_with(",'+62812"),
        "{last}"
    );

    let some = editor.get("/contacts/export.csv?q=user44&status=subscribed").await.text().await.unwrap();
    assert_eq!(some.lines().count(), 1 + 111, "user44, user44x and user44xx");
    let viewer = test.login(sebar_domain::Role::Viewer).await;
    assert_eq!(viewer.get("/contacts/export.csv").await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_history_merges_imports_mails_and_events_by_time() {
    let test = TestApp::new().await;
    let editor = test.editor().await;
    let id = add(&editor, "ana@example.com", "Ana", &[]).await;
    let import = sebar_domain::id::ImportId::new();
    let (content, message) = (sebar_domain::id::ContentId::new(), sebar_domain::id::MessageId::new());
    for sql in [
        format!("INSERT INTO imports (id, file_name, state) VALUES ('{import}', 'pelanggan.csv', 'done')"),
        format!("INSERT INTO import_contacts (import_id, contact_id) VALUES ('{import}', '{id}')"),
        format!(
            "INSERT INTO contents (id, composer, subject, preheader, html, from_name, from_email, tracking, site)
             VALUES ('{content}', 1, 'Promo Lebaran', '', '', '', 'a@example.com', 'off', '{{}}')"
        ),
        format!(
            "INSERT INTO messages (id, stream, contact_id, content_id, recipient, state, finished_at, opened_at)
             VALUES ('{message}', 'transactional', '{id}', '{content}', 'ana@example.com', 'sent', now(), now())"
        ),
    ] {
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&test.db).await.unwrap();
    }
    editor.submit(&format!("/contacts/{id}/unsubscribe"), &[]).await;
    let page = editor.page(&format!("/contacts/{id}")).await;
    let places: Vec<usize> = ["by editor", "Promo Lebaran", "Imported from pelanggan.csv", "Added by hand"]
        .map(|part| page.find(part).unwrap_or_else(|| panic!("{part}: {page}")))
        .to_vec();
    assert!(places.is_sorted(), "newest first: {places:?}");
    assert!(page.contains(&format!("/archive/{message}")) && page.contains(&format!("/imports/{import}")));
    assert!(page.contains("Opened just now") && page.contains("Transactional mail"));

    for _ in 0..40 {
        editor.submit(&format!("/contacts/{id}/suppress"), &[]).await;
        let fields = [("note", "x"), ("promise", "on")];
        editor.submit(&format!("/contacts/{id}/lift"), &fields).await;
    }
    let (mut lines, mut path) = (0, format!("/contacts/{id}"));
    loop {
        let page = editor.page(&path).await;
        lines += page.matches("<span class=\"what\">").count();
        match link(&page, "next") {
            Some(next) => path = next,
            None => break,
        }
    }
    assert_eq!(lines, 84);
}

#[tokio::test]
async fn a_list_with_contacts_wants_its_name_typed_and_leaves_them_alive() {
    let test = TestApp::new().await;
    let editor = test.editor().await;
    let list = add_list(&editor, "Pelanggan").await;
    add(&editor, "a@example.com", "A", &[("list", &list)]).await;
    assert!(text(&editor, "/lists", &[("name", "PELANGGAN")]).await.contains("Another list has this name"));
    let edit = format!("/lists/{list}/edit");
    editor.submit(&edit, &[("name", "Pelanggan setia"), ("description", "Dari toko")]).await;
    assert!(editor.page(&format!("/lists/{list}")).await.contains("Dari toko"));

    let delete = format!("/lists/{list}/delete");
    assert!(editor.page(&delete).await.contains("1 contact stays"));
    assert!(text(&editor, &delete, &[("confirm", "Pelanggan")]).await.contains("confirm-fault"));
    assert_eq!(editor.submit(&delete, &[("confirm", "Pelanggan setia")]).await, "/lists");
    assert_eq!(contacts::total(&test.db).await.unwrap(), 1);
}

#[tokio::test]
async fn a_list_that_a_scheduled_campaign_goes_to_cannot_be_deleted() {
    let test = TestApp::new().await;
    let editor = test.editor().await;
    let list = add_list(&editor, "Buletin").await;
    let insert = format!(
        "INSERT INTO campaigns (id, name, state, list_ids) VALUES
         ('{}', 'Draf saja', 'draft', '{{{list}}}'), ('{}', 'Besok pagi', 'scheduled', '{{{list}}}')",
        sebar_domain::id::CampaignId::new(),
        sebar_domain::id::CampaignId::new(),
    );
    sqlx::query(sqlx::AssertSqlSafe(insert)).execute(&test.db).await.unwrap();
    let to = editor.submit(&format!("/lists/{list}/delete"), &[]).await;
    assert!(editor.page(&to).await.contains("Besok pagi"));
    assert_eq!(lists::all(&test.db).await.unwrap().len(), 1);

    sqlx::query("UPDATE campaigns SET state = 'cancelled' WHERE state = 'scheduled'")
        .execute(&test.db)
        .await
        .unwrap();
    assert!(editor.page(&format!("/lists/{list}/delete")).await.contains("Draf saja"));
    editor.submit(&format!("/lists/{list}/delete"), &[]).await;
    assert!(lists::all(&test.db).await.unwrap().is_empty());
}

#[tokio::test]
async fn many_addresses_are_suppressed_at_once_and_bad_lines_come_back() {
    let test = TestApp::new().await;
    let editor = test.editor().await;
    add(&editor, "known@example.com", "Known", &[]).await;
    let typed =
        "Known@Example.com\r\n\r\nnot an address\nother@example.com; third@example.com\nother@example.com\n";
    let page = text(&editor, "/suppressions", &[("addresses", typed), ("note", "complained")]).await;
    assert!(page.contains("3 addresses are added") && page.contains("not an address</code>"), "{page}");
    assert!(!page.contains("third@example.com"), "what was good is done");
    assert!(text(&editor, "/suppressions", &[("addresses", " \n")]).await.contains("addresses-fault"));

    let page = editor.page("/suppressions?q=KNOWN").await;
    assert!(
        page.contains("known@example.com") && page.contains("“complained”") || page.contains("complained")
    );
    assert!(page.contains("1 address<") && !page.contains("other@example.com"));
    assert!(editor.page("/suppressions?reason=complaint").await.contains("No address found"));

    let lift = "/suppressions/lift";
    assert!(editor.page(&format!("{lift}?email=known%40example.com")).await.contains("put it there by hand"));
    text(&editor, lift, &[("email", "known@example.com")]).await;
    let fields = [("email", "known@example.com"), ("note", "by phone"), ("promise", "on")];
    assert_eq!(editor.submit(lift, &fields).await, "/suppressions");
    assert!(!suppressions::is_suppressed(&test.db, "known@example.com").await.unwrap());
    assert!(suppressions::is_suppressed(&test.db, "third@example.com").await.unwrap());
}

#[tokio::test]
async fn suppressions_of_one_moment_are_paged_without_a_gap() {
    let test = TestApp::new().await;
    sqlx::query("INSERT INTO suppressions (email, reason) SELECT 's' || i || '@example.com', 'import' FROM generate_series(1, 120) i")
        .execute(&test.db)
        .await
        .unwrap();
    let viewer = test.login(sebar_domain::Role::Viewer).await;
    let (mut path, mut seen) = ("/suppressions".to_owned(), Vec::new());
    loop {
        let page = viewer.page(&path).await;
        let rows = page
            .split("<th scope=\"row\" class=\"break\">")
            .skip(1)
            .filter_map(|part| part.split('<').next());
        seen.extend(rows.map(str::to_owned));
        assert!(!page.contains("/suppressions/lift"), "a viewer changes nothing");
        match link(&page, "next") {
            Some(next) => path = next,
            None => break,
        }
    }
    let first = viewer.page(&link(&viewer.page(&path).await, "prev").unwrap()).await;
    assert!(first.contains(&seen[50]) && first.contains(&seen[99]));
    assert_eq!(seen.len(), 120);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 120);
}
