//! Relays that are logged in to by each way, and what becomes of refused tokens.
use std::time::Duration;

use sebar_domain::{Authentication, Phase};
use sebar_store::keys::MasterKey;
use sebar_store::relays::{self, OAuth, RelaySettings, Secret};
use sebar_testkit::{Act, Login, TokenServer};

use crate::world::{KEY, World};

const TROUBLE: &str =
    "SELECT pause_reason->>'kind' || ' ' || (pause_reason->>'phase') FROM relays WHERE id = $1";
const WORDS: &str = "SELECT pause_reason->>'text' FROM relays WHERE id = $1";

/// A relay that wants `secret` by `mechanisms`. The sender's password is “wrong” (see `add_relay`).
async fn world(mechanisms: &'static str, secret: &str, authentication: Authentication) -> World {
    let world = World::with_relay(|relay| {
        relay.authentication = authentication;
        relay.username = "budi@example.com".to_owned();
    })
    .await;
    world.relay.wants(Login {
        mechanisms,
        username: "budi@example.com".to_owned(),
        secret: secret.to_owned(),
    });
    world
}

/// Says where the relay's tokens are had; “wrong” is its refresh token then.
async fn tokens_from(world: &World, server: &TokenServer) {
    let oauth = OAuth {
        token_url: server.url.clone(),
        scope: String::new(),
        client_id: "sebar".to_owned(),
        has_client_secret: true,
    };
    let mut db = world.db().acquire().await.unwrap();
    relays::set_oauth(&mut db, &MasterKey::new(KEY), world.relay_id, &oauth, Secret::Set("client secret"))
        .await
        .unwrap();
}

/// Changes the settings of the world's relay.
async fn change(world: &World, how: impl FnOnce(&mut RelaySettings)) {
    let mut relay = relays::get(world.db(), world.relay_id).await.unwrap().unwrap();
    how(&mut relay.settings);
    let mut db = world.db().acquire().await.unwrap();
    relays::update(&mut db, &MasterKey::new(KEY), world.relay_id, &relay.settings, Secret::Keep)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_goes_by_each_way_to_log_in() {
    for mechanism in ["PLAIN", "LOGIN", "CRAM-MD5"] {
        let world = world(mechanism, "wrong", Authentication::Password).await;
        let list = world.people(10).await;
        let campaign = world.campaign(&[list], &[]).await;
        let sender = world.send();
        world.until_state(campaign, "sent").await;
        sender.stop().await;
        world.assert_each_once(10);
        assert!(world.relay.logins().iter().all(|login| *login == format!("{mechanism} 235")));
    }
    for mechanism in ["XOAUTH2", "OAUTHBEARER"] {
        let world = world(mechanism, "ya29.token", Authentication::OAuth2).await;
        let server = TokenServer::start("ya29.token").await;
        tokens_from(&world, &server).await;
        let list = world.people(10).await;
        let campaign = world.campaign(&[list], &[]).await;
        let sender = world.send();
        world.until_state(campaign, "sent").await;
        sender.stop().await;
        world.assert_each_once(10);
        assert!(world.relay.logins().iter().all(|login| *login == format!("{mechanism} 235")));
        assert_eq!(
            server.requests(),
            ["grant_type=refresh_token&refresh_token=wrong&client_id=sebar&client_secret=client+secret"],
            "one token for all connections"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_the_relay_refuses_is_replaced_once_and_nobody_notices() {
    let world = world("XOAUTH2", "first", Authentication::OAuth2).await;
    let server = TokenServer::start("first").await;
    tokens_from(&world, &server).await;
    // Each message its own connection, so that there is a login for each.
    change(&world, |relay| relay.per_connection = 1).await;
    world.relay.on(Phase::EndOfData, "", Act::Wait(Duration::from_millis(10)));
    let list = world.people(60).await;
    let campaign = world.campaign(&[list], &[]).await;
    let sender = world.send();
    world.until(|| async { world.relay.count() > 5 }).await;
    // The provider takes the token back before its time.
    server.gives("second");
    world.relay.wants(Login {
        mechanisms: "XOAUTH2",
        username: "budi@example.com".to_owned(),
        secret: "second".to_owned(),
    });
    world.until_state(campaign, "sent").await;
    sender.stop().await;
    world.assert_each_once(60);
    assert_eq!(server.requests().len(), 2, "asked anew once, for all connections");
    assert_eq!(world.text(TROUBLE, world.relay_id.0).await, "", "no trouble for the relay");
    let refused = world.relay.logins().iter().filter(|login| *login == "XOAUTH2 535").count();
    assert!((1..=4).contains(&refused), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_token_that_is_refused_too_is_the_relays_fault_and_nobody_elses() {
    let world = world("XOAUTH2", "another", Authentication::OAuth2).await;
    let server = TokenServer::start("not-good-here").await;
    tokens_from(&world, &server).await;
    let list = world.people(10).await;
    let campaign = world.campaign(&[list], &[]).await;
    let sender = world.send();
    world.until(|| async { world.text(TROUBLE, world.relay_id.0).await == "login auth" }).await;
    sender.stop().await;
    assert_eq!(world.states(campaign).await["queued"], 10);
    assert!(server.requests().len() <= 4, "{:?}", server.requests());
}

#[tokio::test(flavor = "multi_thread")]
async fn consent_that_was_withdrawn_and_a_provider_that_is_silent_are_told_apart() {
    for (silent, trouble, words) in
        [(false, "token auth", "Token has been expired or revoked."), (true, "token_server auth", "")]
    {
        let world = world("XOAUTH2", "x", Authentication::OAuth2).await;
        let server = TokenServer::start("x").await;
        if silent {
            server.drops();
        } else {
            let refusal =
                r#"{"error":"invalid_grant","error_description":"Token has been expired or revoked."}"#;
            server.says(400, refusal);
        }
        tokens_from(&world, &server).await;
        let list = world.people(10).await;
        let campaign = world.campaign(&[list], &[]).await;
        let sender = world.send();
        world.until(|| async { world.text(TROUBLE, world.relay_id.0).await == trouble }).await;
        assert!(world.text(WORDS, world.relay_id.0).await.contains(words));
        assert!(world.relay.logins().is_empty(), "the relay was not bothered");
        // It is connected again: everything goes, and no message shows a trace of the trouble.
        server.gives("x");
        let mut db = world.db().acquire().await.unwrap();
        relays::unpause(&mut db, world.relay_id).await.unwrap();
        drop(db);
        world.until_state(campaign, "sent").await;
        sender.stop().await;
        world.assert_each_once(10);
        let attempts = "SELECT max(attempts)::text FROM messages WHERE campaign_id = $1";
        assert_eq!(world.text(attempts, campaign.0).await, "1");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_that_the_provider_replaces_is_kept_sealed() {
    let world = world("XOAUTH2", "a", Authentication::OAuth2).await;
    let server = TokenServer::start("a").await;
    server.says(200, r#"{"access_token":"a","expires_in":3600,"refresh_token":"newer"}"#);
    tokens_from(&world, &server).await;
    let list = world.people(10).await;
    let campaign = world.campaign(&[list], &[]).await;
    let sender = world.send();
    world.until_state(campaign, "sent").await;
    sender.stop().await;
    let secrets =
        relays::oauth_secrets(world.db(), &MasterKey::new(KEY), world.relay_id).await.unwrap().unwrap();
    assert_eq!(secrets.refresh_token, "newer");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_challenge_that_is_none_pauses_the_relay_and_blames_nobody() {
    let world = world("CRAM-MD5", "wrong", Authentication::Password).await;
    world.relay.on(Phase::Auth, "", Act::Say("334 this is no challenge"));
    let list = world.people(5).await;
    let campaign = world.campaign(&[list], &[]).await;
    let sender = world.send();
    world.until(|| async { world.text(TROUBLE, world.relay_id.0).await == "login auth" }).await;
    sender.stop().await;
    assert_eq!(world.states(campaign).await["queued"], 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_carries_as_many_messages_as_the_relay_is_said_to_allow() {
    let world = World::with_relay(|relay| (relay.connections, relay.per_connection) = (1, 7)).await;
    let list = world.people(30).await;
    let campaign = world.campaign(&[list], &[]).await;
    let sender = world.send();
    world.until_state(campaign, "sent").await;
    sender.stop().await;
    world.assert_each_once(30);
    assert_eq!(world.relay.connections(), 5, "30 messages, 7 on each");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_for_a_minute_holds_for_two_senders_together() {
    let world = World::with_relay(|relay| relay.per_minute = Some(600)).await;
    let list = world.people(40).await;
    let campaign = world.campaign(&[list], &[]).await;
    let senders = [world.send(), world.send()];
    world.until_state(campaign, "sent").await;
    for sender in senders {
        sender.stop().await;
    }
    world.assert_each_once(40);
    let times: Vec<_> = world.relay.taken().iter().map(|taken| taken.at).collect();
    let (first, last) = (times.iter().min().unwrap(), times.iter().max().unwrap());
    // 39 distances of 103 ms. What each minute sees is tested with the slots themselves.
    assert!(last.duration_since(*first) > Duration::from_millis(3700), "{:?}", last.duration_since(*first));
}
