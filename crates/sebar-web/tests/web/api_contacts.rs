//! Contacts and suppressions over the API.

use reqwest::Method;
use sebar_store::lists;
use serde_json::{Value, json};

use crate::api::{Program, email, good, refused};
use crate::common::TestApp;
use crate::report::run;

#[tokio::test]
async fn a_contact_is_added_changed_found_unsubscribed_and_deleted() {
    let test = TestApp::new().await;
    let program = Program::new(&test).await;
    let list = lists::create(&test.db, "Toko", "").await.unwrap().unwrap();
    let ana = json!({
        "email": "Ana@example.com", "name": "Ana  Putri", "attributes": { "kota": "Ciamis", "poin": 17 },
        "language": "id", "timeZone": "Asia/Jakarta", "lists": [list],
    });
    let made = good(program.post("/contacts", &ana).await).await;
    assert_eq!(made["created"], true);
    let change = json!({ "email": "ana@example.com", "attributes": { "poin": null, "ukuran": "L" } });
    let again = good(program.post("/contacts", &change).await).await;
    assert_eq!((&again["id"], &again["created"]), (&made["id"], &json!(false)));
    let shown = good(program.get("/contacts/ana@example.com").await).await;
    assert_eq!((&shown["name"], &shown["time_zone"]), (&json!("Ana Putri"), &json!("Asia/Jakarta")));
    assert_eq!(shown["attributes"], json!({ "kota": "Ciamis", "ukuran": "L" }));
    assert_eq!(shown["lists"], json!([list]));
    let id = made["id"].as_str().unwrap();
    let history = test.owner().await.page(&format!("/contacts/{id}")).await;
    assert!(history.contains("Toko"), "the key's name says who did it");

    let path = format!("/contacts/{id}/unsubscribe");
    let first = good(program.post(&path, &json!({})).await).await["unsubscribed_at"].clone();
    assert!(first.is_string());
    good(program.post("/contacts", &ana).await).await;
    let shown = good(program.get(&format!("/contacts/{id}")).await).await;
    assert_eq!(shown["unsubscribed_at"], first, "adding them again does not bring them back");
    let gone = program.request(Method::DELETE, &format!("/contacts/{id}")).send().await.unwrap();
    assert_eq!(good(gone).await["deleted"], true);
    assert_eq!(refused(program.get(&format!("/contacts/{id}")).await).await.0, 404);
    let suppressed = good(program.get("/suppressions").await).await;
    assert_eq!(suppressed["data"][0]["reason"], "unsubscribed");
}

#[tokio::test]
async fn of_many_contacts_each_is_accepted_or_refused_by_itself() {
    let test = TestApp::new().await;
    let program = Program::new(&test).await;
    good(program.post("/contacts", &json!({ "email": "p1@example.com" })).await).await;
    let many = json!([
        { "email": "p1@example.com", "name": "Satu" }, { "email": "p2@example.com" }, { "email": "x" },
        { "email": "P2@example.com" }, { "email": "p3@example.com", "attributes": { "email": 1 } },
        { "email": "p4@example.com", "age": 1 }, { "email": "p5@example.com", "lists": ["x"] },
    ]);
    let answer = good(program.post("/contacts/batch", &many).await).await;
    let stored: Vec<_> =
        answer["data"].as_array().unwrap().iter().map(|one| (&one["index"], &one["created"])).collect();
    assert_eq!(stored, [(&json!(0), &json!(false)), (&json!(1), &json!(true))]);
    let refused_ones = answer["errors"].as_array().unwrap();
    let names: Vec<_> =
        refused_ones.iter().map(|one| (one["index"].as_u64(), one["name"].as_str())).collect();
    assert_eq!(
        names,
        [
            (Some(2), Some("invalid_address")),
            (Some(3), Some("invalid_value")),
            (Some(4), Some("invalid_value")),
            (Some(5), Some("unknown_field")),
            (Some(6), Some("invalid_value")),
        ]
    );
    let page = good(program.get("/contacts?limit=1").await).await;
    assert_eq!((&page["data"][0]["email"], &page["has_more"]), (&json!("p2@example.com"), &json!(true)));
    let after = page["data"][0]["id"].as_str().unwrap();
    let page = good(program.get(&format!("/contacts?after={after}")).await).await;
    assert_eq!((&page["data"][0]["name"], &page["has_more"]), (&json!("Satu"), &json!(false)));
    let too_many: Vec<Value> = (0..1001).map(|_| json!({})).collect();
    assert_eq!(refused(program.post("/contacts/batch", &json!(too_many)).await).await.0, 422);
}

#[tokio::test]
async fn an_address_is_suppressed_and_let_go() {
    let test = TestApp::new().await;
    let program = Program::new(&test).await;
    let one = json!({ "email": "Budi@example.com", "note": "asked by phone" });
    assert_eq!(good(program.post("/suppressions", &one).await).await["reason"], "manual");
    let page = good(program.get("/suppressions").await).await;
    assert_eq!(page["data"][0]["email"], "budi@example.com");
    let lift =
        async || program.request(Method::DELETE, "/suppressions/budi@example.com").send().await.unwrap();
    assert_eq!(good(lift().await).await["deleted"], true);
    assert_eq!(refused(lift().await).await.0, 404);
    assert_eq!(
        refused(program.post("/suppressions", &json!({ "email": "x" })).await).await.1,
        "invalid_address"
    );
}

#[tokio::test]
async fn an_email_that_failed_is_sent_again_over_its_pool() {
    let test = TestApp::new().await;
    let program = Program::new(&test).await;
    run(&test, "INSERT INTO pools (id, name, by_weight) VALUES (gen_random_uuid(), 'Cepat', false)").await;
    let mut mail = email();
    mail["pool"] = json!("lambat");
    assert_eq!(refused(program.post("/emails", &mail).await).await.2, ["pool"]);
    mail["pool"] = json!("cepat");
    let id = program.send(&mail).await;
    let pools = "SELECT count(*) FROM queue q JOIN pools p ON p.id = q.pool_id";
    let waiting = async || sqlx::query_scalar::<_, i64>(pools).fetch_one(&test.db).await.unwrap();
    assert_eq!(waiting().await, 1);
    let path = format!("/emails/{id}/resend");
    assert_eq!(refused(program.post(&path, &json!({})).await).await.1, "nothing_to_resend");
    run(&test, "DELETE FROM queue").await;
    run(&test, "UPDATE messages SET state = 'failed', reason = 'rejected', finished_at = now()").await;
    assert_eq!(good(program.post(&path, &json!({})).await).await["id"], id.as_str());
    assert_eq!((waiting().await, program.email(&id).await["state"].clone()), (1, json!("queued")));
}
