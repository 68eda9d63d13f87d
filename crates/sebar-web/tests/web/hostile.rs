//! Requests that no page of ours makes.

use crate::common::{Browser, TestApp};
use reqwest::{Method, Response, StatusCode};

const FORM: &str = "application/x-www-form-urlencoded";

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

#[tokio::test]
async fn a_nul_that_hides_in_another_is_refused() {
    let test = TestApp::new().await;
    let owner = test.owner().await;
    for hidden in ["%%0000", "%0%000"] {
        let answer = owner.get(&format!("/contacts?q=a{hidden}b")).await;
        assert_our_page(answer, StatusCode::BAD_REQUEST, hidden).await;
        let form = format!("email=a{hidden}@b.example&password=x").into_bytes();
        assert_our_page(post_raw(&owner, FORM, form).await, StatusCode::BAD_REQUEST, hidden).await;
        let form = format!("email=a{hidden}@b.example&password=x").into_bytes();
        let answer = post_raw(&owner, "Application/X-WWW-Form-UrlEncoded", form).await;
        assert_eq!(answer.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE, "no way around");
    }
    // Beside what is no UTF-8.
    let form = b"email=a%00\xff@b.example&password=x".to_vec();
    let answer = post_raw(&owner, FORM, form).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn what_is_too_large_or_has_no_method_says_so_in_the_readers_language() {
    let test = TestApp::new().await;
    let owner = test.owner().await;
    owner.submit("/language", &[("language", "id")]).await;
    let form = format!("email={}", "x".repeat(3 << 20)).into_bytes();
    let answer = post_raw(&owner, FORM, form).await;
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert!(answer.text().await.unwrap().contains("Terlalu besar"));
    let answer = send(&owner, Method::DELETE, "/contacts").await;
    assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert!(answer.headers().get("allow").is_some_and(|allow| allow.to_str().unwrap().contains("POST")));
    assert!(answer.text().await.unwrap().contains("Permintaan tidak dapat dipahami"));
}

async fn post_raw(browser: &Browser, kind: &str, form: Vec<u8>) -> Response {
    let url = format!("{}/login", browser.base);
    let post = browser.client.post(url).header("sec-fetch-site", "same-origin").header("content-type", kind);
    post.body(form).send().await.unwrap()
}

async fn send(browser: &Browser, method: Method, path: &str) -> Response {
    let url = format!("{}{path}", browser.base);
    browser.client.request(method, url).header("sec-fetch-site", "same-origin").send().await.unwrap()
}
