//! Lists over the API, and contacts changed by their ids.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::api::{Program, good, refused};
use crate::common::TestApp;
use crate::report::run;

impl Program {
    pub(crate) async fn patch(&self, path: &str, body: &Value) -> reqwest::Response {
        self.request(Method::PATCH, path).json(body).send().await.unwrap()
    }

    pub(crate) async fn delete(&self, path: &str) -> reqwest::Response {
        self.request(Method::DELETE, path).send().await.unwrap()
    }
}

async fn contact(program: &Program, email: &str) -> String {
    let made = good(program.post("/contacts", &json!({ "email": email })).await).await;
    made["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_list_is_made_filled_changed_and_deleted() {
    let test = TestApp::new().await;
    let program = Program::new(&test).await;
    let list = good(program.post("/lists", &json!({ "name": " Toko " })).await).await;
    assert_eq!((&list["name"], &list["contacts"]), (&json!("Toko"), &json!(0)));
    let taken = refused(program.post("/lists", &json!({ "name": "toko" })).await).await;
    assert_eq!(taken, (409, "name_taken".to_owned(), vec!["name".to_owned()]));
    let path = format!("/lists/{}", list["id"].as_str().unwrap());

    let (ana, _, citra) = (
        contact(&program, "ana@example.com").await,
        contact(&program, "budi@example.com").await,
        contact(&program, "citra@example.com").await,
    );
    let some = json!({ "contacts": [ana, "BUDI@example.com"] });
    let changed = good(program.post(&format!("{path}/contacts"), &some).await).await;
    assert_eq!(changed["changed"], 2);
    assert_eq!(
        good(program.post(&format!("{path}/contacts"), &some).await).await["changed"],
        0,
        "twice is once"
    );
    let nobody = json!({ "contacts": [ana, "nobody@example.com", "x\u{0}"] });
    let (status, _, fields) = refused(program.post(&format!("{path}/contacts"), &nobody).await).await;
    assert_eq!((status, fields), (422, vec!["contacts[1]".to_owned(), "contacts[2]".to_owned()]));
    assert_eq!(good(program.get(&path).await).await["contacts"], 2);

    let id = list["id"].as_str().unwrap();
    let members = good(program.get(&format!("/contacts?list={id}&limit=1")).await).await;
    assert_eq!(
        (&members["has_more"], &members["data"][0]["email"]),
        (&json!(true), &json!("budi@example.com"))
    );
    let after = members["data"][0]["id"].as_str().unwrap();
    let rest = good(program.get(&format!("/contacts?list={id}&after={after}")).await).await;
    assert_eq!((rest["data"].as_array().unwrap().len(), &rest["data"][0]["id"]), (1, &json!(ana)));
    let out = json!({ "contacts": [ana, citra] });
    assert_eq!(good(program.post(&format!("{path}/contacts/remove"), &out).await).await["changed"], 1);

    let changed = good(program.patch(&path, &json!({ "description": "Pelanggan" })).await).await;
    assert_eq!((&changed["name"], &changed["description"]), (&json!("Toko"), &json!("Pelanggan")));
    assert_eq!(good(program.get("/lists").await).await["data"].as_array().unwrap().len(), 1);
    run(&test, &format!("INSERT INTO campaigns (id, name, state, list_ids) VALUES (gen_random_uuid(), 'Promo', 'scheduled', ARRAY['{id}'::uuid])")).await;
    assert_eq!(refused(program.delete(&path).await).await.1, "in_use");
    run(&test, "DELETE FROM campaigns").await;
    assert_eq!(good(program.delete(&path).await).await["deleted"], true);
    assert_eq!(program.get(&path).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_contact_is_changed_by_its_id_and_mailed_again_for_a_reason() {
    let test = TestApp::new().await;
    let program = Program::new(&test).await;
    let ana =
        json!({ "email": "ana@example.com", "name": "Ana", "attributes": { "kota": "Ciamis", "poin": 1 } });
    let id = good(program.post("/contacts", &ana).await).await["id"].as_str().unwrap().to_owned();
    contact(&program, "budi@example.com").await;
    let path = format!("/contacts/{id}");
    let change = json!({ "email": "Ana.Putri@example.com", "attributes": { "poin": null, "ukuran": "L" } });
    let changed = good(program.patch(&path, &change).await).await;
    assert_eq!((&changed["email"], &changed["name"]), (&json!("Ana.Putri@example.com"), &json!("Ana")));
    assert_eq!(changed["attributes"], json!({ "kota": "Ciamis", "ukuran": "L" }));
    let taken = refused(program.patch(&path, &json!({ "email": "budi@example.com" })).await).await;
    assert_eq!(taken, (409, "name_taken".to_owned(), vec!["email".to_owned()]));

    good(program.post(&format!("{path}/unsubscribe"), &json!({})).await).await;
    let silent = refused(program.post(&format!("{path}/resubscribe"), &json!({ "note": " " })).await).await;
    assert_eq!(silent, (422, "missing_required_field".to_owned(), vec!["note".to_owned()]));
    let why = json!({ "note": "Menelepon pada 3 Januari" });
    let again = good(program.post(&format!("{path}/resubscribe"), &why).await).await;
    assert_eq!(again["unsubscribed_at"], Value::Null);
    assert!(test.owner().await.page(&path).await.contains("Menelepon pada 3 Januari"));
}

#[tokio::test]
async fn contacts_are_found_by_words_by_list_and_by_how_they_stand() {
    let test = TestApp::new().await;
    let program = Program::new(&test).await;
    let list = good(program.post("/lists", &json!({ "name": "Toko" })).await).await;
    let list = list["id"].as_str().unwrap();
    for (email, name) in [
        ("ana@toko.example", "Ana Putri"),
        ("budi@toko.example", "Budi"),
        ("citra@example.com", "Citra Putri"),
        ("dewi_p@example.com", "Dewi"),
    ] {
        let lists = if name == "Dewi" { json!([]) } else { json!([list]) };
        let one = json!({ "email": email, "name": name, "lists": lists });
        good(program.post("/contacts", &one).await).await;
    }
    good(program.post("/contacts/budi@toko.example/unsubscribe", &json!({})).await).await;
    good(program.post("/suppressions", &json!({ "email": "ana@toko.example" })).await).await;

    for (query, names) in [
        ("q=PUTRI", vec!["Citra Putri", "Ana Putri"]),
        ("q=putri%20toko", vec!["Ana Putri"]),
        ("q=toko.example", vec!["Budi", "Ana Putri"]),
        ("q=example&status=subscribed", vec!["Dewi", "Citra Putri"]),
        ("status=unsubscribed", vec!["Budi"]),
        ("status=suppressed", vec!["Ana Putri"]),
        ("q=i_p", vec!["Dewi"]),
        ("q=%25", vec![]),
        ("q=%20", vec!["Dewi", "Citra Putri", "Budi", "Ana Putri"]),
    ] {
        let found = good(program.get(&format!("/contacts?{query}")).await).await;
        let found: Vec<_> = found["data"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
        assert_eq!(found, names, "{query}");
    }
    let path = format!("/contacts?q=example&list={list}&limit=2");
    let first = good(program.get(&path).await).await;
    assert_eq!((&first["has_more"], &first["data"][1]["name"]), (&json!(true), &json!("Budi")));
    let after = first["data"][1]["id"].as_str().unwrap();
    let rest = good(program.get(&format!("{path}&after={after}")).await).await;
    assert_eq!(rest["data"].as_array().unwrap().len(), 1, "Dewi is not in the list");
    assert_eq!((&rest["has_more"], &rest["data"][0]["name"]), (&json!(false), &json!("Ana Putri")));

    let long = "x".repeat(201);
    for (query, field) in [("status=gone", "status"), ("q=a%00b", "q"), (&*format!("q={long}"), "q")] {
        let answer = refused(program.get(&format!("/contacts?{query}")).await).await;
        assert_eq!(answer, (400, "invalid_parameter".to_owned(), vec![field.to_owned()]), "{query}");
    }
}
