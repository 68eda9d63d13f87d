//! Requests that no page of ours makes.

use crate::common::{Browser, TestApp};
use reqwest::{Method, Response, StatusCode};

async fn assert_our_page(answer: Response, status: StatusCode, what: &str) {
    assert_eq!(answer.status(), status, "{what}");
    let text = answer.text().await.unwrap();
    assert!(text.contains("<!doctype html>") && text.contains("could not be understood"), "{what}: {text}");
}

#[tokio::test]
async fn nul_characters_are_dropped_wherever_they_come_in() {
    let test = TestApp::new().await;
    let owner = test.owner().await;
    let answer = test.guest().post("/login", &[("email", "a\0@b.example"), ("password", "\0")]).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    for path in ["/contacts?q=a%00b", "/archive?q=%00", "/campaigns?q=%00", "/suppressions?q=%00"] {
        assert_eq!(owner.get(path).await.status(), StatusCode::OK, "{path}");
    }
    assert_our_page(owner.get("/contacts/%00").await, StatusCode::BAD_REQUEST, "id").await;
    owner.submit("/lists", &[("name", "Pelanggan\0 setia"), ("description", "a\0b")]).await;
    assert!(owner.page("/lists").await.contains("Pelanggan setia"));
}

#[tokio::test]
async fn what_cannot_be_read_is_answered_by_a_page_of_ours() {
    let test = TestApp::new().await;
    let owner = test.owner().await;
    assert_our_page(owner.get("/contacts/no-id").await, StatusCode::BAD_REQUEST, "id").await;
    let answer = owner.post("/language", &[("language", "klingon")]).await;
    assert_our_page(answer, StatusCode::UNPROCESSABLE_ENTITY, "form").await;
    let url = format!("{}/contacts/many", owner.base);
    let answer = owner.client.post(url).header("sec-fetch-site", "same-origin").send().await.unwrap();
    assert!(answer.status().is_client_error());
    assert!(answer.text().await.unwrap().contains("<!doctype html>"));
    let answer = send(&owner, Method::DELETE, "/contacts").await;
    assert_our_page(answer, StatusCode::METHOD_NOT_ALLOWED, "method").await;
}

async fn send(browser: &Browser, method: Method, path: &str) -> Response {
    let url = format!("{}{path}", browser.base);
    browser.client.request(method, url).header("sec-fetch-site", "same-origin").send().await.unwrap()
}
