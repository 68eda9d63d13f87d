//! Pools of relays, the rules that lead mail to them, and the campaigns that choose one.

use reqwest::StatusCode;
use sebar_domain::{Member, Role};
use sebar_store::{relays, routing};
use sqlx::PgPool;

use crate::campaigns::World;
use crate::common::{Browser, TestApp};

/// Relays by these names; their ids in the order of the names.
async fn relays(db: &PgPool, names: &[&str]) -> Vec<String> {
    for name in names {
        sqlx::query("INSERT INTO relays (id, name, host, port, security, authentication) VALUES ($1, $2, '127.0.0.1', 9, 'none', 'none')")
            .bind(uuid::Uuid::now_v7())
            .bind(name)
            .execute(db)
            .await
            .unwrap();
    }
    let all = relays::all(db).await.unwrap();
    let id = |name: &&str| all.iter().find(|relay| relay.settings.name == **name).unwrap().id.to_string();
    names.iter().map(id).collect()
}

/// What the audit log says: actions, with the name of what they concern.
async fn noted(db: &PgPool, like: &str) -> Vec<String> {
    let sql = "SELECT concat_ws(' ', action, details ->> 'name') FROM audit WHERE action LIKE $1 ORDER BY id";
    sqlx::query_scalar(sql).bind(like).fetch_all(db).await.unwrap()
}

async fn add(owner: &Browser, name: &str, members: &[(&str, &str, &str)]) -> String {
    let fields = fields(name, "weight", members);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    owner.submit("/pools", &fields).await
}

fn fields(name: &str, share: &str, members: &[(&str, &str, &str)]) -> Vec<(String, String)> {
    let mut fields = vec![("name".to_owned(), name.to_owned()), ("share".to_owned(), share.to_owned())];
    for (relay, rank, weight) in members {
        fields.push((format!("rank.{relay}"), (*rank).to_owned()));
        fields.push((format!("weight.{relay}"), (*weight).to_owned()));
    }
    fields
}

#[tokio::test]
async fn a_pool_is_made_changed_shown_and_deleted() {
    let test = TestApp::new().await;
    let owner = test.owner().await;
    for path in ["/pools", "/receivers"] {
        let page = owner.page(path).await;
        let menu = page.split_once("href=\"/relays\"").unwrap().1.split_once('>').unwrap().0;
        assert!(menu.contains("aria-current"), "{path}: the menu says where this is: {menu}");
    }
    assert!(owner.page("/pools").await.contains("No pools yet"));
    let ids = relays(&test.db, &["Alpha", "Beta", "Gamma"]).await;
    let [alpha, beta, gamma] = [&ids[0], &ids[1], &ids[2]].map(String::as_str);
    let to = add(&owner, "Orders", &[(alpha, "1", "80"), (beta, "1", "20"), (gamma, "", "1")]).await;
    assert_eq!(to, "/pools");
    let page = owner.page("/pools").await;
    for text in [
        "Orders is saved.",
        "share the mail by their weights",
        "First choice",
        ">80<",
        ">20<",
        "No rule leads here, and no",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(!page.contains("Gamma"));

    let pool = routing::all(&mut test.db.acquire().await.unwrap()).await.unwrap().pools.remove(0);
    assert!(pool.by_weight && pool.members.len() == 2);
    let path = format!("/pools/{}", pool.id);
    let form = owner.page(&path).await;
    assert!(form.contains("value=\"80\"") && form.matches(" selected").count() == 2, "{form}");
    let changed = fields("Orders first", "speed", &[(alpha, "2", "1"), (gamma, "1", "1")]);
    let changed: Vec<(&str, &str)> = changed.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    owner.submit(&path, &changed).await;
    let page = owner.page("/pools").await;
    assert!(page.contains("Each relay takes what it can") && page.contains("Choice 2"), "{page}");
    assert!(page.find("Gamma").unwrap() < page.find("Alpha").unwrap(), "by rank");

    // A relay that is deleted leaves its pool.
    owner.submit(&format!("/relays/{gamma}/delete"), &[("confirm", "Gamma")]).await;
    let pool = routing::all(&mut test.db.acquire().await.unwrap()).await.unwrap().pools.remove(0);
    let id = alpha.parse().unwrap();
    assert_eq!(pool.members, [Member { relay: id, rank: 2, weight: 1 }]);
    let delete = format!("{path}/delete");
    assert!(owner.page(&path).await.contains(&format!("href=\"{delete}\"")), "also without script");
    assert!(owner.page(&delete).await.contains("Delete Orders first?"));
    owner.submit(&delete, &[]).await;
    assert!(owner.page("/pools").await.contains("No pools yet"));
    for gone in [owner.get(&path).await, owner.get(&delete).await, owner.post(&delete, &[]).await] {
        assert_eq!(gone.status(), StatusCode::NOT_FOUND);
    }
    let noted = noted(&test.db, "pool.%").await;
    assert_eq!(noted, ["pool.created Orders", "pool.changed Orders first", "pool.deleted Orders first"]);
}

#[tokio::test]
async fn faults_stand_at_their_fields_and_nothing_typed_is_lost() {
    let test = TestApp::new().await;
    let owner = test.owner().await;
    let ids = relays(&test.db, &["Alpha"]).await;
    let alpha = ids[0].as_str();
    add(&owner, "Orders", &[(alpha, "1", "1")]).await;
    let gone = uuid::Uuid::now_v7().to_string();
    for (name, members, fault) in [
        ("", vec![(alpha, "1", "77")], "Please fill this in"),
        ("orders", vec![(alpha, "1", "77")], "Another pool has this name"),
        ("New", vec![(alpha, "1", "0")], "a weight from 1 to 100"),
        ("New", vec![(alpha, "10", "77")], "Please choose"),
        ("New", vec![(alpha, "", "77")], "at least one relay"),
        ("New", vec![(gone.as_str(), "1", "77")], "has just been deleted"),
    ] {
        let fields = fields(name, "weight", &members);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        let page = owner.post("/pools", &fields).await.text().await.unwrap();
        assert!(page.contains(fault), "{fault}: {page}");
        assert!(page.contains(&format!("value=\"{name}\"")), "what was typed is still there");
        let (_, rank, weight) = members[0];
        let at = if weight == "0" { "weight" } else { "rank" };
        let is_at_field = page.contains(&format!("id=\"{at}.{alpha}-fault\""));
        assert_eq!(is_at_field, weight == "0" || rank == "10", "{fault}: {page}");
    }
    // Where weights do not count, none is asked for.
    let fields = fields("Quick", "speed", &[(alpha, "1", "")]);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    assert_eq!(owner.submit("/pools", &fields).await, "/pools");
    let viewer = test.login(Role::Viewer).await;
    assert!(viewer.page("/pools").await.contains("Orders"));
    for path in ["/pools/new", "/receivers/new"] {
        assert_eq!(viewer.get(path).await.status(), StatusCode::FORBIDDEN, "{path}");
    }
    let editor = test.editor().await;
    assert_eq!(editor.post("/pools", &[("name", "Mine")]).await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn rules_are_added_told_apart_and_removed() {
    let test = TestApp::new().await;
    let owner = test.owner().await;
    let ids = relays(&test.db, &["Alpha"]).await;
    add(&owner, "Orders", &[(&ids[0], "1", "1")]).await;
    let pool =
        routing::all(&mut test.db.acquire().await.unwrap()).await.unwrap().pools.remove(0).id.to_string();
    let rule = |stream: &'static str, domain: &'static str| {
        [("stream", stream), ("from_domain", domain), ("pool", pool.as_str())]
    };
    owner.submit("/pools/rules", &rule("transactional", "")).await;
    owner.submit("/pools/rules", &rule("", "@Toko.Example")).await;
    let page = owner.page("/pools").await;
    assert!(page.contains("2 rules lead here"), "{page}");
    let rows = page.find("@toko.example").unwrap();
    assert!(rows < page.find("any domain").unwrap(), "the most telling first");
    for (fields, fault) in [
        (rule("transactional", ""), "There is a rule for this kind"),
        (rule("", "toko.example"), "There is a rule for this kind"),
        (rule("spam", ""), "Please choose"),
        (rule("", "no domain"), "This is no domain"),
        (rule("", "info@toko.example"), "This is no domain"),
        ([("stream", ""), ("from_domain", ""), ("pool", "x")], "Please choose"),
    ] {
        let page = owner.post("/pools/rules", &fields).await.text().await.unwrap();
        assert!(page.contains(fault), "{fault}: {page}");
        let is_domain = fault == "This is no domain";
        assert_eq!(page.contains("id=\"from_domain-fault\""), is_domain, "{page}");
    }
    let routes = routing::all(&mut test.db.acquire().await.unwrap()).await.unwrap().routes;
    assert_eq!(routes.len(), 2);
    for route in routes {
        owner.submit(&format!("/pools/rules/{}/delete", route.id), &[]).await;
    }
    assert!(owner.page("/pools").await.contains("No rule leads here"));
    let details: Vec<String> = sqlx::query_scalar(
        "SELECT concat_ws(' ', action, details ->> 'stream', details ->> 'from_domain') FROM audit
          WHERE action LIKE 'route.%' AND details ->> 'pool' = $1 ORDER BY 1",
    )
    .bind(&pool)
    .fetch_all(&test.db)
    .await
    .unwrap();
    let expected =
        ["created toko.example", "created transactional", "deleted toko.example", "deleted transactional"];
    assert_eq!(details, expected.map(|text| format!("route.{text}")));
}

#[tokio::test]
async fn the_review_counts_on_those_that_carry_not_on_those_that_stand_by() {
    let world = World::new().await;
    let (db, owner) = (&world.test.db, world.test.owner().await);
    let path = world.draft().await;
    let ids = relays(db, &["First", "Spare"]).await;
    add(&owner, "Newsletter", &[(&ids[0], "1", "20"), (&ids[1], "2", "80")]).await;
    let pool = routing::all(&mut db.acquire().await.unwrap()).await.unwrap().pools.remove(0).id.to_string();
    world.editor.submit(&format!("{path}/pace"), &[("pool", &pool), ("zone", "UTC")]).await;
    for (sql, found) in [
        ("UPDATE relays SET per_second = 0.01 WHERE name = 'First'", "It takes about 5 minutes"),
        // A second one that shares strictly waits for the first: it gets four for each of the first.
        ("UPDATE pool_relays SET rank = 1", "It takes about 75 seconds"),
        ("UPDATE pool_relays SET rank = 2 WHERE weight = 80", "It takes about 5 minutes"),
        // The first rests: the other carries.
        (
            "UPDATE relays SET paused_until = now() + interval '1 hour', pause_reason = '{}' WHERE name = 'First'",
            "It goes as fast as the relay takes it",
        ),
    ] {
        sqlx::query(sql).execute(db).await.unwrap();
        let review = world.editor.page(&format!("{path}/review")).await;
        assert!(review.contains(found), "{sql}: {review}");
    }
}

#[tokio::test]
async fn a_campaign_under_way_says_when_no_relay_of_its_pool_can_send_it() {
    let world = World::new().await;
    let (db, owner) = (&world.test.db, world.test.owner().await);
    let path = world.draft().await;
    let ids = relays(db, &["Only"]).await;
    add(&owner, "Newsletter", &[(&ids[0], "1", "1")]).await;
    let pool = routing::all(&mut db.acquire().await.unwrap()).await.unwrap().pools.remove(0).id.to_string();
    assert_eq!(world.editor.submit(&format!("{path}/start"), &[]).await, path);
    sqlx::query("UPDATE relays SET enabled = false WHERE name = 'Only'").execute(db).await.unwrap();
    let stuck = "No relay can send it now";
    let page = world.editor.page(&path).await;
    assert!(!page.contains(stuck), "others can: {page}");
    world.editor.submit(&format!("{path}/pace"), &[("pool", &pool), ("zone", "UTC")]).await;
    let page = world.editor.page(&path).await;
    assert!(page.contains(stuck) && page.contains("over Newsletter"), "{page}");
    // A rule does the same to a campaign that chose nothing.
    world.editor.submit(&format!("{path}/pace"), &[("pool", ""), ("zone", "UTC")]).await;
    assert!(!world.editor.page(&path).await.contains(stuck));
    owner.submit("/pools/rules", &[("stream", "campaign"), ("from_domain", ""), ("pool", &pool)]).await;
    assert!(world.editor.page(&path).await.contains(stuck));
}

#[tokio::test]
async fn a_campaign_chooses_its_pool_and_the_review_looks_at_its_relays_only() {
    let world = World::new().await;
    let (db, owner) = (&world.test.db, world.test.owner().await);
    let path = world.draft().await;
    let pace = format!("{path}/pace");
    assert!(!world.editor.page(&pace).await.contains("name=\"pool\""), "there is nothing to choose from");
    let ids = relays(db, &["Slow", "Other"]).await;
    add(&owner, "Newsletter", &[(&ids[0], "1", "1")]).await;
    let pool = routing::all(&mut db.acquire().await.unwrap()).await.unwrap().pools.remove(0).id.to_string();
    assert!(world.editor.page(&pace).await.contains("As the rules say"));
    assert!(world.editor.page(&format!("{path}/review")).await.contains("It goes through Main, Other, Slow"));

    world.editor.submit(&pace, &[("pool", &pool), ("zone", "UTC")]).await;
    let review = world.editor.page(&format!("{path}/review")).await;
    assert!(review.contains("over Newsletter") && review.contains("It goes through Slow"), "{review}");
    for (sql, found) in [
        ("UPDATE relays SET per_day = 1 WHERE name = 'Slow'", "It takes about 2 days"),
        (
            "UPDATE relays SET from_allowed = '{@other.example}' WHERE name = 'Slow'",
            "No relay of the pool Newsletter may send from toko@example.com",
        ),
        (
            "UPDATE relays SET enabled = false WHERE name = 'Slow'",
            "No relay of the pool Newsletter is switched on",
        ),
        (
            "UPDATE relays SET enabled = true, from_allowed = '{}', per_day = NULL, warmup_start = 1, warmup_growth = 1, warmup_cap = 100, warmup_since = now() WHERE name = 'Slow'",
            "It takes about 2 days",
        ),
    ] {
        sqlx::query(sql).execute(db).await.unwrap();
        let review = world.editor.page(&format!("{path}/review")).await;
        assert!(review.contains(found), "{found}: {review}");
    }

    // It is needed now: nobody deletes it.
    let to = owner.submit(&format!("/pools/{pool}/delete"), &[]).await;
    let page = owner.page(&to).await;
    assert!(page.contains("campaigns still need it") && page.contains("November"), "{page}");
    // A rule leads a campaign too that chose nothing; and a pool that is gone is no choice.
    world.editor.submit(&pace, &[("pool", ""), ("zone", "UTC")]).await;
    owner.submit("/pools/rules", &[("stream", ""), ("from_domain", "example.com"), ("pool", &pool)]).await;
    assert!(world.editor.page(&format!("{path}/review")).await.contains("It goes through Slow"));
    owner.submit(&format!("/pools/{pool}/delete"), &[]).await;
    assert!(world.editor.page(&format!("{path}/review")).await.contains("It goes through Main, Other, Slow"));
    let page = world.editor.post(&pace, &[("pool", &pool), ("zone", "UTC")]).await.text().await.unwrap();
    assert!(page.contains("Please choose one of these"), "{page}");
}
