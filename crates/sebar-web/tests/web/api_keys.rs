//! Keys for programs, as an owner makes and ends them.

use reqwest::StatusCode;
use sebar_domain::{Role, Scope};
use sebar_store::api_keys::{self, Secret};

use crate::api::found;
use crate::common::{Browser, TestApp};

/// Makes a key on its page and copies it from there.
async fn made(owner: &Browser, fields: &[(&str, &str)]) -> Secret {
    let answer = owner.post("/settings/api-keys", fields).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let page = answer.text().await.unwrap();
    let start = page.find("sbr_").unwrap_or_else(|| panic!("no key: {page}"));
    Secret::read(&page[start..start + 44]).unwrap()
}

#[tokio::test]
async fn a_key_is_shown_once_and_stored_only_as_a_hash() {
    let test = TestApp::new().await;
    let owner = test.owner().await;
    assert!(owner.page("/settings/api-keys").await.contains("No API key yet"));
    let secret = made(
        &owner,
        &[
            ("name", "Toko <web>"),
            ("scope", "emails:send"),
            ("scope", "emails:read"),
            ("from_domains", "Toko.example, @bücher.example"),
            ("networks", "203.0.113.9/24 2001:db8::1"),
            ("per_minute", "60"),
            ("days", "90"),
        ],
    )
    .await;

    let list = owner.page("/settings/api-keys").await;
    assert!(list.contains("Toko &#60;web&#62;") && list.contains(secret.prefix()), "{list}");
    assert!(list.contains("toko.example, xn--bcher-kva.example") && list.contains("203.0.113.0/24"));
    assert!(!list.contains(secret.reveal()), "it is shown once");
    let stored: String = sqlx::query_scalar(
        "SELECT api_keys::text || (SELECT string_agg(details::text, '') FROM audit) FROM api_keys",
    )
    .fetch_one(&test.db)
    .await
    .unwrap();
    assert!(!stored.contains(&secret.reveal()[13..]), "{stored}");
    let key = found(&test, &secret).await.unwrap();
    assert_eq!(key.settings.scopes, [Scope::EmailsSend, Scope::EmailsRead]);
    assert_eq!(key.settings.per_minute, Some(60));
    assert!(key.settings.expires_at.is_some_and(|end| end > key.created_at));
    assert!(found(&test, &Secret::new().unwrap()).await.is_none());
}

#[tokio::test]
async fn what_cannot_be_is_said_at_its_field_and_nothing_typed_is_lost() {
    let test = TestApp::new().await;
    let owner = test.owner().await;
    let fields = [
        ("name", " "),
        ("from_domains", "toko"),
        ("networks", "somewhere"),
        ("per_minute", "0"),
        ("days", "7"),
    ];
    let page = owner.post("/settings/api-keys", &fields).await.text().await.unwrap();
    for text in
        ["Choose at least one", "“toko” is no domain", "“somewhere” is neither", "value=\"somewhere\""]
    {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(!page.contains("sbr_"));
    assert!(api_keys::all(&test.db).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_revoked_key_stays_in_the_list_and_cannot_come_back() {
    let test = TestApp::new().await;
    let owner = test.owner().await;
    let secret = made(&owner, &[("name", "Toko"), ("scope", "emails:send")]).await;
    let key = found(&test, &secret).await.unwrap();
    let path = format!("/settings/api-keys/{}/revoke", key.id);
    assert!(owner.page(&path).await.contains("Revoke “Toko”?"));
    let editor = test.login(Role::Editor).await;
    assert_eq!(editor.post(&path, &[]).await.status(), StatusCode::FORBIDDEN);
    owner.submit(&path, &[]).await;
    let list = owner.page("/settings/api-keys").await;
    assert!(list.contains("Revoked") && !list.contains(&path), "{list}");
    let ended = found(&test, &secret).await.unwrap().revoked_at;
    owner.submit(&path, &[]).await;
    assert_eq!(found(&test, &secret).await.unwrap().revoked_at, ended);
}
