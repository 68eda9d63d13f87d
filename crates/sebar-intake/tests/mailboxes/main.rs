//! Mailboxes, looked into as `sebar inbound` does: full ones, servers that tell when mail comes, and faults.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod world;

use std::time::{Duration, Instant};

use sebar_domain::Security;
use sebar_store::mailboxes;
use sebar_testkit::{ImapServer, Pop3Server};

use world::{World, imap, mail, pop3};

/// The widest window that was searched.
fn widest(commands: &[String]) -> u32 {
    let windows = commands.iter().filter_map(|command| command.strip_prefix("UID SEARCH UID "));
    let width = |window: &str| {
        let (from, to) = window.split_once(' ').unwrap().0.split_once(':').unwrap();
        to.parse::<u32>().unwrap() - from.parse::<u32>().unwrap() + 1
    };
    windows.map(width).max().unwrap_or_default()
}

/// The fetches of whole mails.
fn fetches(commands: &[String]) -> Vec<&str> {
    commands.iter().filter(|command| command.contains("BODY")).map(String::as_str).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_thousand_mails_are_searched_in_windows_and_once() {
    let world = World::new().await;
    let server = ImapServer::start("MOVE").await;
    for n in 1..=100_000 {
        server.put(&mail(&n.to_string()), ![3, 50_000, 100_000].contains(&n));
    }
    let id = world.add(&imap(&server, "")).await;
    world.look(id).await;
    assert_eq!(world.find(id).await.taken, 3);
    assert_eq!(server.count(), (100_000, 0));
    let commands = server.commands();
    assert!(widest(&commands) <= 80_000);
    assert_eq!(fetches(&commands).len(), 3);
    // It goes on where it stopped.
    world.look(id).await;
    assert_eq!(widest(&server.commands()), 0, "nothing to search");
    server.skip_uids(1_000_000_000);
    server.put(&mail("late"), false);
    world.look(id).await;
    assert_eq!(world.find(id).await.taken, 4);
    let commands = server.commands();
    assert_eq!(fetches(&commands).len(), 1);
    let searches = commands.iter().filter(|command| command.contains("SEARCH")).count();
    assert!(searches < 300, "{searches} searches over a gap");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_stored_is_not_fetched_again_by_imap() {
    let world = World::new().await;
    let server = ImapServer::start("").await;
    server.forgets_flags();
    for n in ["1", "2", "3"] {
        server.put(&mail(n), false);
    }
    let id = world.add(&imap(&server, "")).await;
    world.look(id).await;
    assert_eq!(fetches(&server.commands()), ["UID FETCH 1,2,3 (UID BODY.PEEK[])"]);
    server.put(&mail("4"), false);
    world.look(id).await;
    assert_eq!(fetches(&server.commands()), ["UID FETCH 4 (UID BODY.PEEK[])"]);
    assert_eq!(world.find(id).await.taken, 4);
    // The same ids are other mails now.
    server.renews_uids();
    world.look(id).await;
    assert_eq!(fetches(&server.commands()), ["UID FETCH 1,2,3,4 (UID BODY.PEEK[])"]);
    assert_eq!(world.subjects().await, ["1", "2", "3", "4"], "stored once");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_cannot_be_stored_is_fetched_again_and_no_other() {
    let world = World::new().await;
    let server = ImapServer::start("").await;
    server.forgets_flags();
    for n in ["1", "Poison", "3"] {
        server.put(&mail(n), false);
    }
    world.refuse("Poison").await;
    let id = world.add(&imap(&server, "")).await;
    world.look(id).await;
    assert!(world.find(id).await.fault.contains("could not be stored"));
    assert_eq!(world.subjects().await, ["1", "3"]);
    world.mend().await;
    server.commands();
    world.look(id).await;
    let commands = server.commands();
    assert!(fetches(&commands).iter().any(|fetch| fetch.contains('2')), "{commands:?}");
    assert_eq!(world.subjects().await, ["1", "3", "Poison"]);
    assert_eq!(world.find(id).await.fault, "");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_that_was_stored_and_not_moved_is_only_moved() {
    let world = World::new().await;
    let server = ImapServer::start("MOVE").await;
    server.put(&mail("1"), false);
    server.put(&mail("2"), false);
    let id = world.add(&imap(&server, "Done")).await;
    // Another look ended behind the commit.
    mailboxes::note_seen(&world.db.pool, id, &["1.1".to_owned(), "0.7".to_owned()]).await.unwrap();
    world.look(id).await;
    assert_eq!(server.moved(), [1, 2]);
    assert_eq!(fetches(&server.commands()), ["UID FETCH 2 (UID BODY.PEEK[])"]);
    assert!(mailboxes::seen(&world.db.pool, id).await.unwrap().is_empty());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_breaks_loses_no_mail() {
    let world = World::new().await;
    let server = ImapServer::start("MOVE").await;
    let dropping = Pop3Server::start().await;
    for n in ["1", "2", "3"] {
        server.put(&mail(n), false);
        dropping.put(n, &mail(&format!("pop {n}")));
    }
    server.breaks_after(1);
    dropping.breaks_at(2);
    let by_imap = world.add(&imap(&server, "Done")).await;
    let by_pop = world.add(&pop3(&dropping, false)).await;
    for id in [by_imap, by_pop] {
        world.look(id).await;
        let fault = world.find(id).await.fault;
        assert!(fault.contains("the connection failed"), "{fault}");
    }
    assert_eq!((server.count().0, dropping.count()), (3, 3));
    for id in [by_imap, by_pop] {
        world.look(id).await;
        assert_eq!((world.find(id).await.fault, world.find(id).await.taken), (String::new(), 3));
    }
    assert_eq!((server.count().0, dropping.count()), (0, 0));
    assert_eq!(dropping.commands().iter().filter(|command| *command == "RETR 1").count(), 1);
    assert_eq!(world.subjects().await, ["1", "2", "3", "pop 1", "pop 2", "pop 3"]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_is_refused_is_told_and_tried_again() {
    let world = World::new().await;
    let server = ImapServer::start("MOVE").await;
    server.put(&mail("1"), false);
    server.wants_password("other");
    let id = world.add(&imap(&server, "Done")).await;
    world.look(id).await;
    let fault = world.find(id).await.fault;
    assert!(fault.contains("the login was refused") && fault.contains("Authentication failed"), "{fault}");
    server.wants_password(ImapServer::PASSWORD);
    world.look(id).await;
    assert_eq!((world.find(id).await.fault, server.moved()), (String::new(), vec![1]));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_of_another_authority_is_told_and_gets_no_password() {
    let world = World::new().await;
    let server = ImapServer::start("MOVE").await;
    server.put(&mail("1"), false);
    let (port, certificate) = world::behind_tls(server.port).await;
    let (_, other) = world::behind_tls(server.port).await;
    let mut settings = imap(&server, "Done");
    (settings.host, settings.port) = ("localhost".to_owned(), port);
    (settings.security, settings.ca) = (Security::ImplicitTls, other);
    let id = world.add(&settings).await;
    world.look(id).await;
    let fault = world.find(id).await.fault;
    assert!(fault.contains("TLS failed"), "{fault}");
    assert!(server.commands().is_empty());
    settings.ca = certificate;
    world.change(id, &settings).await;
    world.look(id).await;
    assert_eq!((world.find(id).await.fault, server.moved()), (String::new(), vec![1]));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_is_taken_when_the_server_tells_of_it() {
    let world = World::new().await;
    // More than are looked into at once.
    let mut servers = Vec::new();
    for _ in 0..6 {
        let server = ImapServer::start("IDLE MOVE").await;
        let mut settings = imap(&server, "Done");
        settings.every_seconds = 3_600;
        world.add(&settings).await;
        servers.push(server);
    }
    let idles = |server: &ImapServer| server.commands().iter().any(|command| command == "IDLE");
    for server in &servers {
        world.until(async || idles(server)).await;
    }
    for round in 1..=2 {
        for (n, server) in servers.iter().enumerate() {
            server.put(&mail(&format!("{round} {n}")), false);
        }
        for server in &servers {
            world.until(async || server.moved().len() == round).await;
        }
    }
    let began = Instant::now();
    world.stop().await;
    assert!(began.elapsed() < Duration::from_secs(10), "it waits for no mail when it is to end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_mailbox_by_pop3_is_listed_and_only_new_mail_fetched() {
    let world = World::new().await;
    let server = Pop3Server::start().await;
    for n in 1..=100_000 {
        server.put(&format!("uid-{n}"), &mail(&n.to_string()));
    }
    let id = world.add(&pop3(&server, true)).await;
    // All but three were stored; ten thousand others stand there no more.
    sqlx::query(
        "INSERT INTO mailbox_seen (mailbox_id, uid) SELECT $1, 'uid-' || n FROM generate_series(4, 110000) n",
    )
    .bind(id.0)
    .execute(&world.db.pool)
    .await
    .unwrap();
    let began = Instant::now();
    world.look(id).await;
    assert!(began.elapsed() < Duration::from_secs(60));
    assert_eq!(world.find(id).await.fault, "");
    assert_eq!(world.find(id).await.taken, 3);
    let commands = server.commands();
    let fetched: Vec<_> = commands.iter().filter(|command| command.starts_with("RETR")).collect();
    assert_eq!(fetched, ["RETR 1", "RETR 2", "RETR 3"]);
    assert_eq!(server.count(), 100_000);
    assert_eq!(mailboxes::seen(&world.db.pool, id).await.unwrap().len(), 100_000);
    world.stop().await;
}
