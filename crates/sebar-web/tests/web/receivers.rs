//! Limits for mailbox providers.

use reqwest::StatusCode;
use sebar_domain::{DomainRule, Role};
use sebar_store::domain_rules;

use crate::common::TestApp;

#[tokio::test]
async fn limits_for_a_provider_are_set_changed_and_removed() {
    let test = TestApp::new().await;
    let owner = test.owner().await;
    let page = owner.page("/receivers").await;
    for name in ["Gmail", "Yahoo", "Outlook", "gmail.com, googlemail.com"] {
        assert!(page.contains(name), "{name}");
    }
    let fields = [
        ("name", "Telkom"),
        ("domains", "Telkom.net, @telkom.net\n*.telkom.co.id bücher.example"),
        ("connections", "3"),
        ("per_second", "1,5"),
    ];
    owner.submit("/receivers", &fields).await;
    let find = async || {
        let rules = domain_rules::all(&test.db).await.unwrap();
        rules.into_iter().find(|rule| rule.name.starts_with("Telkom"))
    };
    let rule = find().await.unwrap();
    let DomainRule { domains, connections, per_second, .. } = &rule;
    assert_eq!(domains, &["telkom.net", "*.telkom.co.id", "xn--bcher-kva.example"]);
    assert_eq!((*connections, *per_second), (Some(3), Some(1.5)));
    let path = format!("/receivers/{}", rule.id);
    assert!(owner.page(&path).await.contains("*.telkom.co.id"));
    let viewer = test.login(Role::Viewer).await;
    viewer.submit("/language", &[("language", "id")]).await;
    let page = viewer.page("/receivers").await;
    assert!(page.contains(">1,5<") && !page.contains(&path), "a viewer looks, and reads it as usual: {page}");
    for path in [path.as_str(), "/receivers"] {
        let answer = test.editor().await.post(path, &[("name", "Mine")]).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{path}");
    }
    owner.submit(&path, &[("name", "Telkom"), ("domains", "telkom.net"), ("per_second", "9")]).await;
    assert_eq!(find().await.unwrap().connections, None);

    for (fields, fault) in [
        (
            [("name", "gmail"), ("domains", "telkom.id"), ("per_second", "1")],
            "Another provider has this name",
        ),
        ([("name", "Telkom"), ("domains", "gmail.com"), ("per_second", "1")], "gmail.com belongs to Gmail"),
        ([("name", "Telkom"), ("domains", "*"), ("per_second", "1")], "is no domain"),
        (
            [("name", "Telkom"), ("domains", "telkom.net localhost"), ("per_second", "1")],
            "localhost is no domain",
        ),
        ([("name", "Telkom"), ("domains", "a_*.example"), ("per_second", "1")], "is no domain"),
        ([("name", "Telkom"), ("domains", ""), ("per_second", "1")], "Please fill this in"),
        ([("name", "Telkom"), ("domains", "telkom.net"), ("per_second", "")], "one of the two limits"),
        ([("name", "Telkom"), ("domains", "telkom.net"), ("per_second", "0")], "a number from 0.001"),
    ] {
        let page = owner.post(&path, &fields).await.text().await.unwrap();
        assert!(page.contains(fault), "{fault}: {page}");
    }
    let delete = format!("{path}/delete");
    assert!(owner.page(&delete).await.contains("Remove the limits for Telkom?"));
    owner.submit(&delete, &[]).await;
    let noted: Vec<String> = sqlx::query_scalar(
        "SELECT concat_ws(' ', action, details ->> 'name') FROM audit WHERE action LIKE 'receiver.%' ORDER BY id",
    )
    .fetch_all(&test.db)
    .await
    .unwrap();
    assert_eq!(noted, ["receiver.created Telkom", "receiver.changed Telkom", "receiver.deleted Telkom"]);
    assert_eq!(owner.post(&delete, &[]).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(find().await, None);
    sqlx::query("DELETE FROM domain_rules").execute(&test.db).await.unwrap();
    assert!(owner.page("/receivers").await.contains("No limits for mailbox providers"));
}
