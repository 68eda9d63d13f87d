//! Who may call what: every route of the table, by every kind of visitor.

use crate::common::{TestApp, location};
use reqwest::{Method, StatusCode};
use sebar_domain::Role;
use sebar_web::{Access, Route};

/// A path that fits the pattern, with ids that belong to nothing.
fn path(route: &Route) -> String {
    route
        .path
        .split('/')
        .map(|part| match part {
            "{*name}" => "app.css",
            part if part.starts_with('{') => "01890000-0000-7000-8000-000000000000",
            part => part,
        })
        .collect::<Vec<_>>()
        .join("/")
}

fn is_refused(status: StatusCode, location: &str) -> bool {
    status == StatusCode::FORBIDDEN || (status == StatusCode::SEE_OTHER && location.starts_with("/login"))
}

#[tokio::test]
async fn every_route_lets_in_whom_the_table_says_and_nobody_else() {
    let test = TestApp::new().await;
    for (role, browser) in [
        (None, test.guest()),
        (Some(Role::Viewer), test.login(Role::Viewer).await),
        (Some(Role::Editor), test.login(Role::Editor).await),
        (Some(Role::Owner), test.login(Role::Owner).await),
    ] {
        for route in sebar_web::routes(&test.app) {
            // Logging out would end the visit; live streams never end by themselves.
            if route.path == "/logout" || route.path.ends_with("/events") {
                continue;
            }
            let url = format!("{}{}", test.base, path(&route));
            let request = browser.client.request(route.method.clone(), url);
            let request = match route.method {
                Method::POST => {
                    request.header("sec-fetch-site", "same-origin").form(&[("nothing", "useful")])
                }
                _ => request.header("accept", "text/html"),
            };
            let answer = request.send().await.unwrap();
            let may = match route.access {
                Access::Open | Access::Guest => true,
                Access::Role(needed) => role.is_some_and(|role| role >= needed),
            };
            let refused = is_refused(answer.status(), &location(&answer));
            let who = role.map_or("a guest".to_owned(), |role| format!("a {role}"));
            // A guest's own pages lead to the login page too: that is no refusal.
            let refused = refused && route.access != Access::Guest;
            assert_eq!(refused, !may, "{who}, {} {}: {}", route.method, route.path, answer.status());
            assert!(!answer.status().is_server_error(), "{who}, {} {}", route.method, route.path);
        }
    }
}

#[tokio::test]
async fn a_state_change_from_another_site_is_refused_on_every_route() {
    let test = TestApp::new().await;
    let owner = test.owner().await;
    for route in sebar_web::routes(&test.app) {
        if route.method != Method::POST || route.access == Access::Open {
            continue;
        }
        for (name, value) in
            [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example"), ("origin", "null")]
        {
            let url = format!("{}{}", test.base, path(&route));
            let answer = owner.client.post(url).header(name, value).form(&[("a", "b")]).send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{} with {name}: {value}", route.path);
        }
    }
    // Still logged in: not even that could be changed from outside.
    assert_eq!(owner.get("/").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn pages_allow_no_script_or_frame_but_their_own() {
    let test = TestApp::new().await;
    let owner = test.owner().await;
    let answer = owner.get("/settings").await;
    let policy = answer.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("default-src 'self'"));
    assert!(!policy.contains("unsafe"));
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    let page = answer.text().await.unwrap();
    assert!(!page.contains("style=") && !page.contains("onclick="));
}
