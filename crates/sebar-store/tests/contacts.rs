//! Contacts, lists and suppressions: what their functions promise to others.
#![expect(clippy::unwrap_used, reason = "a test that finds something missing fails there")]

use sebar_domain::id::{ContactId, ListId, MessageId, UserId};
use sebar_domain::{Address, ContactStatus, Role};
use sebar_store::contact_events::Cause;
use sebar_store::contacts::{self, ContactData, Count, Filter, Saved};
use sebar_store::users::NewUser;
use sebar_store::{lists, suppressions, users};
use sebar_testkit::TestDatabase;
use serde_json::{Map, json};
use sqlx::PgPool;

async fn user(db: &PgPool) -> UserId {
    let user = NewUser {
        email: "sari@example.com",
        name: "Sari",
        password_hash: "",
        role: Role::Editor,
        language: None,
        time_zone: "UTC",
    };
    users::create(db, &user).await.unwrap().unwrap()
}

async fn add(db: &PgPool, user: UserId, email: &str) -> ContactId {
    let address: Address = email.parse().unwrap();
    let attributes = Map::from_iter([("kota".to_owned(), json!("Ciamis"))]);
    let data = ContactData {
        email: &address,
        name: "Ana Rahayu",
        attributes: &attributes,
        language: Some("id"),
        time_zone: None,
    };
    contacts::create(&mut db.acquire().await.unwrap(), &data, user).await.unwrap().unwrap()
}

async fn events(db: &PgPool, contact: ContactId) -> Vec<String> {
    sqlx::query_scalar("SELECT kind FROM contact_events WHERE contact_id = $1 ORDER BY id")
        .bind(contact.0)
        .fetch_all(db)
        .await
        .unwrap()
}

#[tokio::test]
async fn unsubscribing_twice_is_once_and_names_its_cause() {
    let database = TestDatabase::new().await;
    let db = &database.pool;
    let user = user(db).await;
    let id = add(db, user, "ana@example.com").await;
    let mut connection = db.acquire().await.unwrap();
    let message = MessageId::new();
    for expected in [1, 0] {
        let n = contacts::unsubscribe(&mut connection, &[id, ContactId::new()], Cause::Message(message), "")
            .await;
        assert_eq!(n.unwrap(), expected);
    }
    assert_eq!(events(db, id).await, ["created", "unsubscribed"]);
    let cause: Option<uuid::Uuid> =
        sqlx::query_scalar("SELECT message_id FROM contact_events WHERE kind = 'unsubscribed'")
            .fetch_one(db)
            .await
            .unwrap();
    assert_eq!(cause, Some(message.0));
    assert!(contacts::resubscribe(&mut connection, id, user, "").await.unwrap());
    assert!(!contacts::resubscribe(&mut connection, id, user, "").await.unwrap());
}

#[tokio::test]
async fn samples_are_people_who_get_mail() {
    let database = TestDatabase::new().await;
    let db = &database.pool;
    let user = user(db).await;
    let mut connection = db.acquire().await.unwrap();
    let list = lists::create(db, "Buletin", "").await.unwrap().unwrap();
    let list = lists::get(db, list).await.unwrap().unwrap();
    let (a, b, c, d) = (
        add(db, user, "a@example.com").await,
        add(db, user, "b@example.com").await,
        add(db, user, "c@example.com").await,
        add(db, user, "d@example.com").await,
    );
    lists::add(&mut connection, &list, &[a, b, c], user).await.unwrap();
    contacts::unsubscribe(&mut connection, &[b], user, "").await.unwrap();
    suppressions::add(&mut connection, &["C@example.com".parse().unwrap()], "", user).await.unwrap();
    let ids = |found: Vec<contacts::Contact>| found.iter().map(|contact| contact.id).collect::<Vec<_>>();
    assert_eq!(ids(contacts::sample(db, &[list.id], 10).await.unwrap()), [a]);
    assert_eq!(ids(contacts::sample(db, &[], 10).await.unwrap()), [d, a]);
    assert_eq!(ids(contacts::sample(db, &[], 1).await.unwrap()), [d]);
    assert!(contacts::sample(db, &[ListId::new()], 10).await.unwrap().is_empty());

    let found = contacts::find_by_email(db, "A@EXAMPLE.com").await.unwrap().unwrap();
    let variables = serde_json::Value::Object(found.variables());
    assert_eq!(
        variables,
        json!({"email": "a@example.com", "name": "Ana Rahayu", "first_name": "Ana", "language": "id", "kota": "Ciamis"})
    );
}

#[tokio::test]
async fn kept_numbers_equal_a_recount_whatever_happens() {
    let database = TestDatabase::new().await;
    let db = &database.pool;
    let user = user(db).await;
    let mut connection = db.acquire().await.unwrap();
    let list = lists::create(db, "Buletin", "").await.unwrap().unwrap();
    let list = lists::get(db, list).await.unwrap().unwrap();
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push(add(db, user, &format!("n{n}@example.com")).await);
    }
    assert_eq!(lists::add(&mut connection, &list, &ids, user).await.unwrap(), 5);
    assert_eq!(lists::add(&mut connection, &list, &ids, user).await.unwrap(), 0, "they are in it already");
    assert_eq!(lists::remove(&mut connection, &list, &ids[..1], user).await.unwrap(), 1);
    assert_eq!(contacts::delete(&mut connection, &ids[1..3]).await.unwrap(), 2);
    let members = Filter { list: Some(list.id), ..Filter::default() };
    assert_eq!(contacts::count(db, &members).await.unwrap(), Count::Exactly(2));
    assert_eq!(contacts::count(db, &Filter::default()).await.unwrap(), Count::Exactly(3));
    let subscribed = Filter { status: Some(ContactStatus::Subscribed), ..members };
    assert_eq!(contacts::count(db, &subscribed).await.unwrap(), Count::Exactly(2));
    let recount: i64 = sqlx::query_scalar("SELECT count(*) FROM list_members").fetch_one(db).await.unwrap();
    assert_eq!(recount, 2);
    assert_eq!(events(db, ids[0]).await, ["created", "listed", "unlisted"]);
}

#[tokio::test]
async fn an_address_belongs_to_one_contact() {
    let database = TestDatabase::new().await;
    let db = &database.pool;
    let user = user(db).await;
    let (a, b) = (add(db, user, "a@example.com").await, add(db, user, "b@example.com").await);
    let taken: Address = "A@example.com".parse().unwrap();
    let attributes = Map::new();
    let data =
        ContactData { email: &taken, name: "", attributes: &attributes, language: None, time_zone: None };
    let mut connection = db.acquire().await.unwrap();
    assert_eq!(contacts::create(&mut connection, &data, user).await.unwrap(), None);
    assert_eq!(contacts::update(db, b, &data).await.unwrap(), Saved::EmailTaken);
    assert_eq!(contacts::update(db, a, &data).await.unwrap(), Saved::Done, "one's own in other letters");
    assert_eq!(contacts::update(db, ContactId::new(), &data).await.unwrap(), Saved::Gone);
}

#[tokio::test]
async fn an_export_goes_on_where_it_stopped() {
    let database = TestDatabase::new().await;
    let db = &database.pool;
    let user = user(db).await;
    for n in 0..5 {
        add(db, user, &format!("n{n}@example.com")).await;
    }
    let (mut after, mut seen) = (None, Vec::new());
    loop {
        let part = contacts::export(db, &Filter::default(), after, 2).await.unwrap();
        let Some(last) = part.last() else { break };
        after = Some(last.id);
        seen.extend(part.into_iter().map(|contact| contact.email));
    }
    assert_eq!(seen, (0..5).map(|n| format!("n{n}@example.com")).collect::<Vec<_>>());
}

#[tokio::test]
async fn the_former_address_of_one_who_unsubscribed_stays_out() {
    let database = TestDatabase::new().await;
    let db = &database.pool;
    let user = user(db).await;
    let contact = add(db, user, "lama@example.com").await;
    let mut connection = db.acquire().await.unwrap();
    contacts::unsubscribe(&mut connection, &[contact], user, "").await.unwrap();
    let (new, attributes) = ("Baru@example.com".parse().unwrap(), Map::new());
    let data =
        ContactData { email: &new, name: "", attributes: &attributes, language: None, time_zone: None };
    assert_eq!(contacts::update(db, contact, &data).await.unwrap(), Saved::Done);
    let kept = suppressions::get(db, "lama@example.com").await.unwrap();
    assert_eq!(kept.map(|kept| kept.reason.as_str()), Some("unsubscribed"));
    let capitals = "BARU@example.com".parse().unwrap();
    contacts::update(db, contact, &ContactData { email: &capitals, ..data }).await.unwrap();
    assert!(suppressions::get(db, "baru@example.com").await.unwrap().is_none(), "it is still their own");
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_keep_their_count_while_contacts_are_added_removed_and_deleted_at_once() {
    let database = TestDatabase::new().await;
    let db = &database.pool;
    let user = user(db).await;
    let mut ids = Vec::new();
    for n in 0..60 {
        ids.push(add(db, user, &format!("p{n}@example.com")).await);
    }
    let mut two = Vec::new();
    for name in ["One", "Two"] {
        let id = lists::create(db, name, "").await.unwrap().unwrap();
        two.push(lists::get(db, id).await.unwrap().unwrap());
    }
    let mut work = tokio::task::JoinSet::new();
    for n in 0..48_usize {
        let (db, list, mut some) = (db.clone(), two[n % 2].clone(), ids.clone());
        some.rotate_left(n * 7 % 60);
        if n % 3 == 0 {
            some.reverse();
        }
        work.spawn(async move {
            let mut tx = db.begin().await?;
            match n % 4 {
                0 | 1 => lists::add(&mut tx, &list, &some, user).await?,
                2 => lists::remove(&mut tx, &list, &some[..30], user).await?,
                _ => contacts::delete(&mut tx, &some[..3]).await?,
            };
            tx.commit().await
        });
    }
    while let Some(done) = work.join_next().await {
        done.unwrap().unwrap();
    }
    for list in two {
        let counted: i64 = sqlx::query_scalar("SELECT count(*) FROM list_members WHERE list_id = $1")
            .bind(list.id.0)
            .fetch_one(db)
            .await
            .unwrap();
        assert_eq!(lists::get(db, list.id).await.unwrap().unwrap().members, counted);
    }
}

/// Runs both at the same time, each in a transaction of its own.
async fn at_once(
    one: impl Future<Output = sqlx::Result<()>> + Send + 'static,
    other: impl Future<Output = sqlx::Result<()>> + Send + 'static,
) {
    let (one, other) = (tokio::spawn(one), tokio::spawn(other));
    one.await.unwrap().unwrap();
    other.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn contacts_are_made_with_lists_while_others_are_deleted() {
    let database = TestDatabase::new().await;
    let db = &database.pool;
    let user = user(db).await;
    let list = lists::create(db, "Buletin", "").await.unwrap().unwrap();
    let list = lists::get(db, list).await.unwrap().unwrap();
    for n in 0..20 {
        let old = add(db, user, &format!("old{n}@example.com")).await;
        lists::add(&mut db.acquire().await.unwrap(), &list, &[old], user).await.unwrap();
        let (one, other, list) = (db.clone(), db.clone(), list.id);
        let make = async move {
            let (email, attributes) = (format!("new{n}@example.com").parse().unwrap(), Map::new());
            let data = ContactData {
                email: &email,
                name: "",
                attributes: &attributes,
                language: None,
                time_zone: None,
            };
            let mut tx = one.begin().await?;
            let new = contacts::create(&mut tx, &data, user).await?.unwrap();
            tokio::task::yield_now().await;
            lists::set_of_contact(&mut tx, new, &[list], user).await?;
            tx.commit().await
        };
        let delete = async move {
            let mut tx = other.begin().await?;
            contacts::delete(&mut tx, &[old]).await?;
            tx.commit().await
        };
        at_once(make, delete).await;
    }
    assert_eq!(lists::get(db, list.id).await.unwrap().unwrap().members, 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_are_suppressed_while_their_contacts_are_deleted() {
    let database = TestDatabase::new().await;
    let db = &database.pool;
    let user = user(db).await;
    for round in 0..5 {
        let (mut ids, mut emails) = (Vec::new(), Vec::<Address>::new());
        for n in 0..40 {
            let email = format!("r{round}n{n}@example.com");
            ids.push(add(db, user, &email).await);
            emails.push(email.parse().unwrap());
        }
        contacts::unsubscribe(&mut db.acquire().await.unwrap(), &ids, user, "").await.unwrap();
        let (one, other, last) = (db.clone(), db.clone(), emails[39].clone());
        let suppress = async move {
            let mut tx = one.begin().await?;
            suppressions::add(&mut tx, &emails, "", user).await?;
            tx.commit().await
        };
        let delete = async move {
            let mut tx = other.begin().await?;
            contacts::delete(&mut tx, &ids).await?;
            tx.commit().await
        };
        at_once(suppress, delete).await;
        assert!(suppressions::is_suppressed(db, last.as_str()).await.unwrap());
    }
}
