//! Templates over the API.

use reqwest::StatusCode;
use serde_json::json;

use crate::api::{Program, good, refused};
use crate::common::TestApp;

#[tokio::test]
async fn a_template_is_written_in_versions() {
    let test = TestApp::new().await;
    let program = Program::new(&test).await;
    let order = json!({ "name": "Pesanan", "subject": "Pesanan {{ nomor }}", "html": "<p>Halo {{ first_name }}</p>" });
    let made = good(program.post("/templates", &order).await).await;
    assert_eq!((&made["version"], &made["text"]), (&json!(1), &json!(null)));
    let path = format!("/templates/{}", made["id"].as_str().unwrap());
    let changed =
        good(program.patch(&path, &json!({ "html": "<p>Hai</p>", "name": "Pesanan baru" })).await).await;
    assert_eq!((&changed["version"], &changed["subject"]), (&json!(2), &json!("Pesanan {{ nomor }}")));
    let same = good(program.patch(&path, &json!({ "html": "<p>Hai</p>" })).await).await;
    assert_eq!(same["version"], 2, "what says the same is no new version");
    let late = refused(program.patch(&path, &json!({ "html": "<p>Lain</p>", "version": 1 })).await).await;
    assert_eq!((late.0, late.1.as_str()), (409, "changed_meanwhile"));

    let versions = good(program.get(&format!("{path}/versions?limit=1")).await).await;
    assert_eq!((&versions["has_more"], &versions["data"][0]["version"]), (&json!(true), &json!(2)));
    let first = good(program.get(&format!("{path}/versions/1")).await).await;
    assert_eq!(first["html"], "<p>Halo {{ first_name }}</p>");
    let restored = good(program.post(&format!("{path}/versions/1/restore"), &json!({})).await).await;
    assert_eq!((&restored["version"], &restored["html"]), (&json!(3), &first["html"]));
    assert_eq!(program.get(&format!("{path}/versions/9")).await.status(), StatusCode::NOT_FOUND);

    let copy = good(program.post(&format!("{path}/duplicate"), &json!({})).await).await;
    assert_eq!(copy["name"], "Copy of Pesanan baru");
    good(program.patch(&path, &json!({ "archived": true })).await).await;
    let all = good(program.get("/templates?q=pesanan").await).await;
    assert_eq!(all["data"].as_array().unwrap().len(), 1, "what is put away stands apart");
    let away = good(program.get("/templates?archived=true").await).await;
    assert_eq!(away["data"][0]["id"], made["id"]);
    good(program.delete(&path).await).await;
    assert_eq!(program.get(&path).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn faults_of_a_template_stand_at_their_fields() {
    let test = TestApp::new().await;
    let program = Program::new(&test).await;
    for (template, name, fields) in [
        (json!({ "name": "" }), "missing_required_field", vec!["name"]),
        (
            json!({ "name": "A", "subject": "{{ x", "html": "<p>{% if %}</p>" }),
            "template_fault",
            vec!["subject", "html"],
        ),
        (json!({ "name": "A", "html": "a\u{0}b" }), "invalid_value", vec!["html"]),
        (json!({ "name": "A", "body": "x" }), "unknown_field", vec!["body"]),
        (json!({ "name": "A", "subject": "x".repeat(501) }), "invalid_value", vec!["subject"]),
    ] {
        let (status, told, at) = refused(program.post("/templates", &template).await).await;
        assert_eq!((status, told.as_str()), (422, name), "{template}");
        assert_eq!(at, fields, "{template}");
    }
}
