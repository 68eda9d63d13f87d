//! CSV files through the browser: upload, columns, progress, result, rejected rows.

use std::time::Duration;

use crate::common::{Browser, TestApp, location};
use reqwest::multipart::{Form, Part};
use reqwest::{Response, StatusCode};
use sebar_domain::Role;

/// Sends a file as the upload form does.
async fn upload(browser: &Browser, name: &str, bytes: impl Into<Vec<u8>>) -> Response {
    let file = Part::bytes(bytes.into()).file_name(name.to_owned()).mime_str("text/csv").unwrap();
    let url = format!("{}/imports/new", browser.base);
    let form = Form::new().part("file", file);
    browser.client.post(url).header("sec-fetch-site", "same-origin").multipart(form).send().await.unwrap()
}

/// Uploads a file that must be taken; returns its page's path.
async fn uploaded(browser: &Browser, bytes: impl Into<Vec<u8>>) -> String {
    let answer = upload(browser, "pelanggan.csv", bytes).await;
    let (status, to) = (answer.status(), location(&answer));
    assert_eq!(status, StatusCode::SEE_OTHER, "{}", answer.text().await.unwrap());
    to
}

/// The fields of the mapping form as the page offers them.
fn fields(page: &str) -> Vec<(String, String)> {
    let form = page.split("<form method=\"post\"").find(|form| form.contains("name=\"target_0\"")).unwrap();
    let form = form.split("</form>").next().unwrap();
    let attribute = |tag: &str, name: &str| {
        let value = tag.split(&format!(" {name}=\"")).nth(1)?.split('"').next()?;
        Some(value.replace("&#38;", "&"))
    };
    let mut fields = Vec::new();
    for tag in form.split('<') {
        if tag.starts_with("input") || tag.starts_with("textarea") {
            let kind = attribute(tag, "type").unwrap_or_default();
            let checked = tag.contains(" checked");
            if (kind != "checkbox" && kind != "radio") || checked {
                fields.push((
                    attribute(tag, "name").unwrap_or_default(),
                    attribute(tag, "value").unwrap_or_default(),
                ));
            }
        } else if tag.starts_with("select") {
            fields.push((attribute(tag, "name").unwrap(), String::new()));
        } else if tag.starts_with("option") && tag.contains(" selected") {
            fields.last_mut().unwrap().1 = attribute(tag, "value").unwrap();
        }
    }
    fields
}

fn set(fields: &mut Vec<(String, String)>, name: &str, value: &str) {
    match fields.iter_mut().find(|(field, _)| field == name) {
        Some(field) => value.clone_into(&mut field.1),
        None => fields.push((name.to_owned(), value.to_owned())),
    }
}

/// Starts an import with what the page offers and these changes; returns the answer.
async fn start(browser: &Browser, path: &str, changes: &[(&str, &str)]) -> Response {
    let mut fields = fields(&browser.page(path).await);
    set(&mut fields, "consent", "Mendaftar di toko kami");
    for (name, value) in changes {
        set(&mut fields, name, value);
    }
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.post(path, &fields).await
}

/// Waits until the import is over; returns its page.
async fn result(browser: &Browser, path: &str) -> String {
    for _ in 0..300 {
        let page = browser.page(path).await;
        if !page.contains("data-live=") {
            return page;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{path} did not end in 30 seconds");
}

/// The numbers of the result: added, updated, unchanged, duplicate, rejected.
fn counts(page: &str) -> Vec<i64> {
    let values = page.split("<span class=\"value\">").skip(1);
    values.map(|value| value.split('<').next().unwrap().replace([',', '.'], "").parse().unwrap()).collect()
}

#[tokio::test]
async fn a_file_becomes_contacts_on_a_list_and_its_bad_rows_a_file_to_mend() {
    let test = TestApp::new().await;
    let editor = test.editor().await;
    let file = "surel;nama lengkap;kota\r\n\
                ana@example.com;Ana Wijaya;Bandung\r\n\
                \"budi@example.com\";\"Budi; S.Kom\";Surabaya\r\n\
                bukan-alamat;=cmd|' /C calc'!A0;x\r\n\
                =1+1@;Rina;x\r\n\
                ANA@example.com;Ana lagi;Bogor\r\n";
    let path = uploaded(&editor, file).await;
    let page = editor.page(&path).await;
    assert!(page.contains("Ana Wijaya") && page.contains("Bandung"), "{page}");
    let offered = fields(&page);
    for (name, value) in [
        ("target_0", "email"),
        ("target_1", "name"),
        ("target_2", "attribute"),
        ("key_2", "kota"),
        ("delimiter", "semicolon"),
        ("encoding", "utf-8"),
        ("header", "true"),
        ("on_known", "fill"),
    ] {
        assert!(offered.contains(&(name.into(), value.into())), "{name}: {offered:?}");
    }
    let answer = start(&editor, &path, &[("new_list", "Pelanggan")]).await;
    assert_eq!((answer.status(), location(&answer)), (StatusCode::SEE_OTHER, path.clone()));
    let page = result(&editor, &path).await;
    assert_eq!(counts(&page), [2, 0, 0, 1, 2], "{page}");
    assert!(page.contains("Pelanggan") && page.contains("Mendaftar di toko kami"));

    let rows: Vec<(String, String, String)> =
        sqlx::query_as("SELECT email, name, attributes::text FROM contacts ORDER BY email")
            .fetch_all(&test.db)
            .await
            .unwrap();
    assert_eq!(
        rows,
        [
            ("ana@example.com".into(), "Ana Wijaya".into(), "{\"kota\": \"Bandung\"}".into()),
            ("budi@example.com".into(), "Budi; S.Kom".into(), "{\"kota\": \"Surabaya\"}".into()),
        ]
    );
    let members: i64 = sqlx::query_scalar("SELECT members FROM lists").fetch_one(&test.db).await.unwrap();
    assert_eq!(members, 2);

    let answer = editor.get(&format!("{path}/rejects.csv")).await;
    assert_eq!(answer.headers()["content-disposition"], "attachment; filename=\"pelanggan (rejected).csv\"");
    let rejects = answer.text().await.unwrap();
    let lines: Vec<&str> = rejects.lines().collect();
    assert!(lines[0].ends_with("Line,Field,Reason,Value"), "{rejects}");
    assert!(lines[1].starts_with("4,Email address,") && lines[1].ends_with(",bukan-alamat"), "{rejects}");
    assert!(lines[2].starts_with("5,Email address,") && lines[2].ends_with(",'=1+1@"), "{rejects}");
    assert_eq!(lines.len(), 3);

    let list = editor.page("/imports").await;
    assert!(list.contains("pelanggan.csv") && list.contains(&path));
}

#[tokio::test]
async fn what_is_no_table_is_refused_in_words_that_say_what_to_do() {
    let test = TestApp::new().await;
    let editor = test.editor().await;
    let columns = vec!["x"; 10_000].join(",");
    let mut xlsx = b"PK\x03\x04\x14\0\x06\0\x08\0\0\0!\0".to_vec();
    xlsx.extend_from_slice(b"[Content_Types].xml and more");
    for (bytes, words) in [
        (b"".to_vec(), "This file is empty"),
        (b" \r\n\r\n".to_vec(), "This file is empty"),
        (b"email,name\r\n".to_vec(), "only one row"),
        (xlsx, "This is an Excel workbook"),
        (b"PK\x03\x04\x14\0\0\0photo.jpg".to_vec(), "ZIP"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), "This is a picture"),
        (b"%PDF-1.7\n%\xe2\xe3".to_vec(), "This is a PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0".to_vec(), "older Office"),
        (b"<!DOCTYPE html><html>".to_vec(), "web page"),
        ((0..=255).cycle().take(4000).collect(), "not a text file"),
        (format!("{columns}\n{columns}\n").into_bytes(), "more than 500 columns"),
    ] {
        let answer = upload(&editor, "pelanggan.csv", bytes).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{words}");
        let page = answer.text().await.unwrap();
        assert!(page.contains(words), "{words}: {page}");
    }
    let kept: i64 = sqlx::query_scalar("SELECT count(*) FROM imports").fetch_one(&test.db).await.unwrap();
    assert_eq!(kept, 0);
    let url = format!("{}/language", editor.base);
    let form = [("language", "id")];
    editor.client.post(url).header("sec-fetch-site", "same-origin").form(&form).send().await.unwrap();
    let page = upload(&editor, "a.csv", b"%PDF-1.7 ".to_vec()).await.text().await.unwrap();
    assert!(page.contains("Ini PDF, bukan tabel"), "{page}");
}

#[tokio::test]
async fn a_file_that_is_too_large_is_refused_before_it_is_sent() {
    let test = TestApp::new().await;
    let editor = test.editor().await;
    let answer = upload(&editor, "besar.csv", vec![b'x'; 20_200_000]).await;
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert!(answer.text().await.unwrap().contains("larger than 20.0 MB"));
    let kept: i64 =
        sqlx::query_scalar("SELECT count(*) FROM import_chunks").fetch_one(&test.db).await.unwrap();
    assert_eq!(kept, 0);
}

#[tokio::test]
async fn what_was_chosen_stays_when_something_is_missing() {
    let test = TestApp::new().await;
    let editor = test.editor().await;
    let path = uploaded(&editor, "email,kota,Kota\nana@example.com,Bandung,x\n").await;
    let changes = [("consent", " "), ("key_1", "Kota Asal"), ("on_known", "overwrite"), ("new_list", "Toko")];
    let page = start(&editor, &path, &changes).await.text().await.unwrap();
    assert!(page.contains("Say how these people agreed"));
    assert!(page.contains("Use small letters"));
    let kept = fields(&page);
    for (name, value) in [("key_1", "Kota Asal"), ("on_known", "overwrite"), ("new_list", "Toko")] {
        assert!(kept.contains(&(name.into(), value.into())), "{name}: {kept:?}");
    }
    let page = start(&editor, &path, &[("target_0", "ignore")]).await.text().await.unwrap();
    assert!(page.contains("Choose the column that holds the email address"));
    let page = start(&editor, &path, &[("key_1", "x"), ("key_2", "x")]).await.text().await.unwrap();
    assert!(page.contains("Another column becomes the same already"));
    let lists: i64 = sqlx::query_scalar("SELECT count(*) FROM lists").fetch_one(&test.db).await.unwrap();
    assert_eq!(lists, 0);
}

#[tokio::test]
async fn how_the_file_is_read_can_be_corrected() {
    let test = TestApp::new().await;
    let editor = test.editor().await;
    let path = uploaded(&editor, "ana@example.com|José\nbudi@example.com|Budi\n").await;
    let page = editor.page(&path).await;
    assert!(fields(&page).contains(&("header".into(), "false".into())));
    let page = editor.page(&format!("{path}?encoding=utf-8&delimiter=comma&header=true&quote=double")).await;
    assert!(page.contains("ana@example.com|José"));
    let page = editor.page(&format!("{path}?encoding=windows-1252&delimiter=pipe&header=false")).await;
    assert!(page.contains("JosÃ©"));
    let page = editor.page(&format!("{path}?delimiter=comma")).await;
    assert!(page.contains("No column holds email addresses"));
}

#[tokio::test]
async fn a_queued_import_can_be_cancelled_and_a_viewer_only_looks_on() {
    let test = TestApp::new().await;
    let (editor, viewer) = (test.editor().await, test.login(Role::Viewer).await);
    let path = uploaded(&editor, "email\nana@example.com\n").await;
    assert!(viewer.page(&path).await.contains("waits for its columns"));
    assert_eq!(viewer.post(&path, &[("consent", "x")]).await.status(), StatusCode::FORBIDDEN);
    assert_eq!(upload(&viewer, "a.csv", "email\na@example.com").await.status(), StatusCode::FORBIDDEN);
    assert_eq!(editor.submit(&format!("{path}/cancel"), &[]).await, path);
    let page = editor.page(&path).await;
    assert!(page.contains("Cancelled before any contact was imported"), "{page}");
    assert_eq!(start_status(&editor, &path).await, StatusCode::CONFLICT);
    let chunks: i64 =
        sqlx::query_scalar("SELECT count(*) FROM import_chunks").fetch_one(&test.db).await.unwrap();
    assert_eq!(chunks, 0);
}

async fn start_status(browser: &Browser, path: &str) -> StatusCode {
    browser.post(path, &[("consent", "x")]).await.status()
}

#[tokio::test]
async fn two_files_at_once_run_one_after_the_other_and_both_are_right() {
    let test = TestApp::new().await;
    let editor = test.editor().await;
    let file = |from: usize| {
        let mut file = "email,nama\n".to_owned();
        for n in from..from + 3000 {
            file.extend(["orang", &n.to_string(), "@example.com,Orang ", &n.to_string(), "\n"]);
        }
        file
    };
    let first = uploaded(&editor, file(0)).await;
    let second = uploaded(&editor, file(2000)).await;
    start(&editor, &first, &[]).await;
    start(&editor, &second, &[]).await;
    assert_eq!(counts(&result(&editor, &first).await), [3000, 0, 0, 0, 0]);
    assert_eq!(counts(&result(&editor, &second).await), [2000, 0, 1000, 0, 0]);
}

#[tokio::test]
async fn the_live_view_tells_the_progress_and_its_end() {
    let test = TestApp::new().await;
    let editor = test.editor().await;
    let path = uploaded(&editor, "email\nana@example.com\n").await;
    start(&editor, &path, &[]).await;
    let answer = editor.get(&format!("{path}/events")).await;
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    let events = tokio::time::timeout(Duration::from_secs(20), answer.text()).await.unwrap().unwrap();
    assert!(events.contains("event: done"), "{events}");
}
