//! What comes back: recorded once, matched to its message, and what follows for the address.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use chrono::{DateTime, TimeDelta, Utc};
use sebar_domain::id::{CampaignId, ContentId, MessageId, UserId};
use sebar_domain::{BounceKind, BounceReason, MatchedBy, Road, SuppressionReason};
use sebar_store::blobs::Digest;
use sebar_store::returned::{self, NewBounce, NewMail, Quoted, Recorded};
use sebar_store::settings::{self, Returns};
use sebar_store::suppressions;
use sebar_testkit::TestDatabase;
use sqlx::PgPool;
use uuid::Uuid;

/// A message that was sent `days` ago.
async fn sent(db: &PgPool, recipient: &str, days: i64, campaign: Option<CampaignId>) -> MessageId {
    let at = Utc::now() - TimeDelta::days(days);
    let seconds = at.timestamp().try_into().unwrap();
    let id = MessageId(Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, seconds, 0)));
    sqlx::query("SELECT make_partitions(now() - interval '3 months', 3)").execute(db).await.unwrap();
    sqlx::query(
        "INSERT INTO messages (id, stream, campaign_id, content_id, recipient, state, finished_at, contact_id)
         VALUES ($1, $6, $2, $3, $4, 'sent', $5, (SELECT id FROM contacts WHERE email = $4))",
    )
    .bind(id.0)
    .bind(campaign.map(|campaign| campaign.0))
    .bind(ContentId::new().0)
    .bind(recipient)
    .bind(at)
    .bind(if campaign.is_some() { "campaign" } else { "transactional" })
    .execute(db)
    .await
    .unwrap();
    id
}

async fn campaign(db: &PgPool) -> CampaignId {
    let id = CampaignId::new();
    sqlx::query("INSERT INTO campaigns (id, name) VALUES ($1, 'Promo')")
        .bind(id.0)
        .execute(db)
        .await
        .unwrap();
    sqlx::query("INSERT INTO campaign_counts (campaign_id) VALUES ($1)")
        .bind(id.0)
        .execute(db)
        .await
        .unwrap();
    id
}

fn bounce(key: &str, reason: BounceReason) -> NewBounce {
    NewBounce {
        key: Digest::of(key.as_bytes()),
        kind: reason.kind(),
        reason,
        confidence: 95,
        at: Utc::now(),
        road: Road::Smtp,
        source: String::new(),
        mail: None,
        message: None,
        quoted: Vec::new(),
        proven: false,
        address: None,
        final_address: None,
        status: "5.1.1".parse().ok(),
        reply_code: Some(550),
        reply: "No such user\0here".to_owned(),
        reporting_mta: "mx.example".to_owned(),
        remote_mta: String::new(),
    }
}

fn about(message: MessageId, key: &str, reason: BounceReason) -> NewBounce {
    NewBounce { message: Some((MatchedBy::Token, message)), ..bounce(key, reason) }
}

async fn record(db: &PgPool, bounces: &[NewBounce]) -> Recorded {
    let mut tx = db.begin().await.unwrap();
    let recorded = returned::record(&mut tx, &[], bounces).await.unwrap();
    tx.commit().await.unwrap();
    recorded
}

async fn reason(db: &PgPool, email: &str) -> Option<SuppressionReason> {
    suppressions::get(db, email).await.unwrap().map(|entry| entry.reason)
}

#[tokio::test]
async fn a_hard_bounce_is_recorded_once_and_suppresses_at_once() {
    let database = TestDatabase::new().await;
    let db = &database.pool;
    let campaign = campaign(db).await;
    let message = sent(db, "Ida@Toko.example", 1, Some(campaign)).await;
    let mail = NewMail {
        digest: Digest::of(b"mail"),
        road: Road::Smtp,
        mailbox: None,
        envelope_to: "bounces+x@mail.example".to_owned(),
        kind: BounceKind::Hard,
        sender: "MAILER-DAEMON@mx.example".to_owned(),
        subject: "failure notice\0".to_owned(),
        raw: b"mail".to_vec(),
    };
    let gone = NewBounce { mail: Some(mail.digest), ..about(message, "a", BounceReason::RecipientUnknown) };
    for expected in [1, 0] {
        let mut tx = db.begin().await.unwrap();
        let recorded = returned::record(&mut tx, std::slice::from_ref(&mail), &[gone.clone(), gone.clone()])
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(recorded.bounces, expected);
        assert_eq!(recorded.suppressed.len(), expected);
    }
    assert_eq!(reason(db, "ida@toko.example").await, Some(SuppressionReason::HardBounce));
    let found = returned::of_message(db, message).await.unwrap();
    let [found] = &found[..] else { panic!("{found:?}") };
    assert_eq!((found.matched_by, found.trusted), (Some(MatchedBy::Token), true));
    assert_eq!(found.campaign_name.as_deref(), Some("Promo"));
    assert_eq!(found.address, "ida@toko.example");
    assert_eq!(returned::raw(db, found.mail.unwrap()).await.unwrap().unwrap(), b"mail");
    let counts = sebar_store::campaigns::counts(db, campaign).await.unwrap();
    assert_eq!((counts.bounced, counts.complained), (1, 0));
    // The same message bounces by another road too: one message bounced.
    record(db, &[about(message, "b", BounceReason::MailboxFull)]).await;
    let counts = sebar_store::campaigns::counts(db, campaign).await.unwrap();
    assert_eq!(counts.bounced, 1);
    let by_kind = returned::by_kind(db, campaign).await.unwrap();
    assert_eq!(by_kind, [returned::Line { what: BounceKind::Hard, n: 1 }]);
}

#[tokio::test]
async fn who_sends_us_bounces_suppresses_nobody_else() {
    let database = TestDatabase::new().await;
    let db = &database.pool;
    let mine = sent(db, "attacker@evil.example", 1, None).await;
    let victim = sent(db, "victim@toko.example", 1, None).await;
    let told = |bounce: NewBounce, address: &str| NewBounce { address: Some(address.to_owned()), ..bounce };
    let forged = [
        // A bounce for an address, without any mark.
        told(bounce("1", BounceReason::RecipientUnknown), "victim@toko.example"),
        // A mark that is one's own, and somebody else's address.
        told(about(mine, "2", BounceReason::RecipientUnknown), "victim@toko.example"),
        // An address that never got mail.
        told(bounce("3", BounceReason::RecipientUnknown), "nobody@toko.example"),
    ];
    record(db, &forged).await;
    let complaint = NewBounce { kind: BounceKind::Complaint, ..forged[1].clone() };
    record(db, &[NewBounce { key: Digest::of(b"4"), ..complaint }]).await;
    for email in ["victim@toko.example", "nobody@toko.example", "attacker@evil.example"] {
        assert_eq!(reason(db, email).await, None, "{email}");
    }
    let guessed = returned::of_message(db, victim).await.unwrap();
    assert_eq!(guessed.len(), 1, "it is shown as a guess");
    assert_eq!((guessed[0].matched_by, guessed[0].trusted), (Some(MatchedBy::Recipient), false));
    let unmatched = returned::Filter { unmatched: true, ..returned::Filter::default() };
    let unmatched = returned::listing(db, &unmatched, returned::Position::Start, 10).await.unwrap();
    assert_eq!(unmatched.iter().map(|one| one.address.as_str()).collect::<Vec<_>>(), ["nobody@toko.example"]);
    // A provider that signs what it says is believed.
    let proven = told(bounce("5", BounceReason::RecipientUnknown), "nobody@toko.example");
    record(db, &[NewBounce { proven: true, road: Road::Webhook, ..proven }]).await;
    assert_eq!(reason(db, "nobody@toko.example").await, Some(SuppressionReason::HardBounce));
}

#[tokio::test]
async fn a_bare_message_id_names_its_message_and_proves_nothing() {
    let database = TestDatabase::new().await;
    let db = &database.pool;
    let alone = sent(db, "ida@toko.example", 1, None).await;
    let quote = |message: MessageId| vec![Quoted { message, signed: false }];
    let gone = bounce("1", BounceReason::RecipientUnknown);
    record(db, &[NewBounce { quoted: quote(alone), ..gone.clone() }]).await;
    let found = returned::of_message(db, alone).await.unwrap();
    assert_eq!((found[0].matched_by, found[0].trusted), (Some(MatchedBy::MessageId), false));
    assert_eq!(reason(db, "ida@toko.example").await, None);

    let (first, second) =
        (sent(db, "a@toko.example", 1, None).await, sent(db, "b@toko.example", 1, None).await);
    single_mail(db, first, &[first, second]).await;
    let of_second = NewBounce {
        key: Digest::of(b"2"),
        quoted: quote(first),
        address: Some("B@toko.example".to_owned()),
        ..gone
    };
    record(db, &[of_second]).await;
    let found = returned::of_message(db, second).await.unwrap();
    assert_eq!((found[0].matched_by, found[0].trusted), (Some(MatchedBy::MessageId), false));
    assert_eq!(reason(db, "b@toko.example").await, None);
}

#[tokio::test]
async fn a_signed_message_id_counts_for_the_one_recipient_who_has_it() {
    let database = TestDatabase::new().await;
    let db = &database.pool;
    let message = sent(db, "ida@toko.example", 1, None).await;
    let quote = |message: MessageId| vec![Quoted { message, signed: true }];
    // Whatever address it names: that one is where the mail was forwarded to, or is nobody's.
    let gone = NewBounce {
        quoted: quote(message),
        address: Some("ida@toko.example".to_owned()),
        ..bounce("1", BounceReason::RecipientUnknown)
    };
    let elsewhere =
        NewBounce { key: Digest::of(b"2"), address: Some("victim@toko.example".to_owned()), ..gone.clone() };
    record(db, &[elsewhere]).await;
    assert_eq!(reason(db, "ida@toko.example").await, None, "a forwarding that broke is not her death");
    record(db, &[gone]).await;
    let found = returned::of_message(db, message).await.unwrap();
    assert!(found.iter().all(|one| one.matched_by == Some(MatchedBy::MessageId) && one.trusted));
    assert_eq!(reason(db, "ida@toko.example").await, Some(SuppressionReason::HardBounce));
    assert_eq!(reason(db, "victim@toko.example").await, None);

    // A mail to several has one Message-ID, and each of them could speak in another's name.
    let (first, second) =
        (sent(db, "a@toko.example", 1, None).await, sent(db, "b@toko.example", 1, None).await);
    single_mail(db, first, &[first, second]).await;
    let of_second = NewBounce {
        quoted: quote(first),
        address: Some("b@toko.example".to_owned()),
        ..bounce("3", BounceReason::RecipientUnknown)
    };
    record(db, &[of_second]).await;
    let found = returned::of_message(db, second).await.unwrap();
    assert_eq!((found[0].matched_by, found[0].trusted), (Some(MatchedBy::MessageId), false));
    // To one alone, it is theirs.
    let alone = sent(db, "c@toko.example", 1, None).await;
    single_mail(db, alone, &[alone]).await;
    record(db, &[NewBounce { quoted: quote(alone), ..bounce("4", BounceReason::RecipientUnknown) }]).await;
    for (email, expected) in [("a", None), ("b", None), ("c", Some(SuppressionReason::HardBounce))] {
        assert_eq!(reason(db, &format!("{email}@toko.example")).await, expected, "{email}");
    }
}

/// The row of a mail that a program handed in.
async fn single_mail(db: &PgPool, id: MessageId, messages: &[MessageId]) {
    let messages: Vec<_> = messages.iter().map(|message| message.0).collect();
    sqlx::query(
        "INSERT INTO emails (id, message_ids, from_email, subject, addressed, mime)
         VALUES ($1, $2, 'toko@toko.example', '', '{}', '')",
    )
    .bind(id.0)
    .bind(messages)
    .execute(db)
    .await
    .unwrap();
}

#[tokio::test]
async fn soft_bounces_add_up_until_a_success_and_blocks_never_do() {
    let database = TestDatabase::new().await;
    let db = &database.pool;
    settings::set_returns(db, &Returns { soft_bounces: Some(3), soft_days: 30, ..Returns::default() })
        .await
        .unwrap();
    let full = |message, days| NewBounce {
        at: Utc::now() - TimeDelta::days(days),
        ..about(message, &format!("{message}"), BounceReason::MailboxFull)
    };
    for days in [40, 12, 10] {
        let message = sent(db, "full@toko.example", days, None).await;
        record(db, &[full(message, days)]).await;
    }
    assert_eq!(reason(db, "full@toko.example").await, None, "one was too long ago");
    let last = sent(db, "full@toko.example", 1, None).await;
    assert_eq!(record(db, &[full(last, 1)]).await.suppressed, ["full@toko.example"]);
    assert_eq!(reason(db, "full@toko.example").await, Some(SuppressionReason::SoftBounces));

    // What was sent seven days ago and did not come back arrived; after five days a server may still be trying.
    for (address, between, suppressed) in
        [("better@toko.example", 7, None), ("worse@toko.example", 5, Some(SuppressionReason::SoftBounces))]
    {
        for days in [12, 10] {
            let message = sent(db, address, days, None).await;
            record(db, &[full(message, days)]).await;
        }
        sent(db, address, between, None).await;
        let last = sent(db, address, 1, None).await;
        record(db, &[full(last, 1)]).await;
        assert_eq!(reason(db, address).await, suppressed, "{address}");
    }

    for n in 0..10 {
        let message = sent(db, "blocked@toko.example", 3, None).await;
        record(db, &[about(message, &format!("block {n}"), BounceReason::Listed)]).await;
    }
    assert_eq!(reason(db, "blocked@toko.example").await, None);
}

#[tokio::test]
async fn who_was_let_in_again_is_not_held_to_an_old_bounce() {
    let database = TestDatabase::new().await;
    let db = &database.pool;
    let message = sent(db, "ida@toko.example", 2, None).await;
    record(db, &[about(message, "1", BounceReason::RecipientUnknown)]).await;
    let user = UserId::new();
    sqlx::query(
        "INSERT INTO users (id, name, email, password_hash, role) VALUES ($1, 'Wati', 'w@x.example', '', 'owner')",
    )
    .bind(user.0)
    .execute(db)
    .await
    .unwrap();
    let mut tx = db.begin().await.unwrap();
    assert!(suppressions::lift(&mut tx, "Ida@toko.example", "She telephoned", user).await.unwrap());
    tx.commit().await.unwrap();
    let copy =
        NewBounce { at: Utc::now() - TimeDelta::days(1), ..about(message, "2", BounceReason::DomainUnknown) };
    record(db, &[copy]).await;
    assert_eq!(reason(db, "ida@toko.example").await, None);
    let history = suppressions::history(db, "ida@toko.example").await.unwrap();
    let history: Vec<_> = history.iter().map(|past| (past.what.as_str(), past.note.as_str())).collect();
    assert_eq!(history, [("lifted", "She telephoned"), ("added", "")]);
    let again = sent(db, "ida@toko.example", 0, None).await;
    record(db, &[about(again, "3", BounceReason::RecipientUnknown)]).await;
    assert_eq!(reason(db, "ida@toko.example").await, Some(SuppressionReason::HardBounce));
}

#[tokio::test]
async fn a_whole_domain_is_suppressed_for_a_time() {
    let database = TestDatabase::new().await;
    let db = &database.pool;
    let entry = suppressions::New {
        email: "@toko.example".to_owned(),
        reason: SuppressionReason::Manual,
        note: "They asked".to_owned(),
        until: Some(Utc::now() + TimeDelta::days(1)),
    };
    let mut tx = db.begin().await.unwrap();
    assert_eq!(suppressions::put(&mut tx, &[entry], "file", None).await.unwrap().len(), 1);
    tx.commit().await.unwrap();
    assert!(suppressions::is_suppressed(db, "Anybody@Toko.example").await.unwrap());
    // What stands for good is never made to end, and a complaint outlives an end that was set by hand.
    let put = async |email: &str, reason, until| {
        let entry = suppressions::New { email: email.to_owned(), reason, note: String::new(), until };
        let mut tx = db.begin().await.unwrap();
        let changed = suppressions::put(&mut tx, &[entry], "file", None).await.unwrap().len();
        tx.commit().await.unwrap();
        changed
    };
    let tomorrow = Some(Utc::now() + TimeDelta::days(1));
    assert_eq!(put("a@x.example", SuppressionReason::Complaint, None).await, 1);
    assert_eq!(put("a@x.example", SuppressionReason::Manual, tomorrow).await, 0);
    assert_eq!(put("b@x.example", SuppressionReason::Manual, tomorrow).await, 1);
    assert_eq!(put("b@x.example", SuppressionReason::Complaint, None).await, 1);
    assert_eq!(suppressions::get(db, "b@x.example").await.unwrap().unwrap().until, None);
    assert!(!suppressions::is_suppressed(db, "anybody@other.toko.example").await.unwrap());
    let found = suppressions::of_address(db, "anybody@toko.example").await.unwrap().unwrap();
    assert_eq!(found.note, "They asked");
    suppressions::expire(db).await.unwrap();
    assert!(suppressions::is_suppressed(db, "anybody@toko.example").await.unwrap());
    sqlx::query("UPDATE suppressions SET until = now() - interval '1 second'").execute(db).await.unwrap();
    suppressions::expire(db).await.unwrap();
    assert!(!suppressions::is_suppressed(db, "anybody@toko.example").await.unwrap());
    assert_eq!(suppressions::history(db, "anybody@toko.example").await.unwrap()[0].what, "expired");
}

/// Everything that bounces lead to.
async fn state(db: &PgPool) -> Vec<String> {
    let mut state = Vec::new();
    for sql in [
        "SELECT id || ' ' || coalesce(bounced_at::text, '-') || ' ' || coalesce(complained_at::text, '-') FROM messages ORDER BY id",
        "SELECT encode(key, 'hex') || kind || trusted || coalesce(message_id::text, '-') FROM bounces ORDER BY key",
        "SELECT email || ' ' || reason FROM suppressions ORDER BY email",
        "SELECT campaign_id || ' ' || bounced || ' ' || complained FROM campaign_counts ORDER BY campaign_id",
    ] {
        state.extend(sqlx::query_scalar::<_, String>(sql).fetch_all(db).await.unwrap());
    }
    state
}

#[tokio::test]
async fn in_any_order_and_however_often_it_comes_to_the_same() {
    let database = TestDatabase::new().await;
    let db = &database.pool;
    settings::set_returns(db, &Returns { soft_bounces: Some(2), ..Returns::default() }).await.unwrap();
    let campaign = campaign(db).await;
    let mut messages = Vec::new();
    for n in 0..4 {
        messages.push(sent(db, &format!("p{}@toko.example", n % 3), 1, Some(campaign)).await);
    }
    let reasons = [
        BounceReason::RecipientUnknown,
        BounceReason::MailboxFull,
        BounceReason::Policy,
        BounceReason::Unknown,
    ];
    let now: DateTime<Utc> = Utc::now();
    let mut events: Vec<NewBounce> = (0..16)
        .map(|n: usize| NewBounce {
            at: now - TimeDelta::minutes(i64::try_from(n * 7 % 11).unwrap()),
            ..about(messages[n % 4], &format!("event {n}"), reasons[n / 4])
        })
        .collect();
    events.push(NewBounce {
        kind: BounceKind::Complaint,
        ..about(messages[1], "complaint", BounceReason::Unknown)
    });
    events.push(NewBounce {
        address: Some("p2@toko.example".to_owned()),
        proven: true,
        ..bounce("proven", BounceReason::RecipientUnknown)
    });
    let mut expected = None;
    for round in 0..12 {
        sqlx::query("DELETE FROM bounces").execute(db).await.unwrap();
        for table in ["suppressions", "suppression_history"] {
            sqlx::query(sqlx::AssertSqlSafe(format!("DELETE FROM {table}"))).execute(db).await.unwrap();
        }
        sqlx::query("UPDATE messages SET bounced_at = NULL, complained_at = NULL").execute(db).await.unwrap();
        sqlx::query("UPDATE campaign_counts SET bounced = 0, complained = 0").execute(db).await.unwrap();
        // Each one to four times, shuffled, in batches of one to five.
        let mut coming: Vec<NewBounce> = events
            .iter()
            .flat_map(|event| vec![event.clone(); 1 + (round * 7 + event.key.bytes()[0] as usize) % 4])
            .collect();
        coming.sort_by_key(|event| {
            Digest::of(&[&event.key.bytes()[..], &[u8::try_from(round).unwrap()]].concat())
        });
        for (n, batch) in coming.chunks(1 + round % 5).enumerate() {
            let mut batch = batch.to_vec();
            if n % 2 == 0 {
                batch.reverse();
            }
            record(db, &batch).await;
        }
        let state = state(db).await;
        assert_eq!(*expected.get_or_insert_with(|| state.clone()), state, "round {round}");
    }
    let expected = expected.unwrap();
    assert!(expected.contains(&"p1@toko.example complaint".to_owned()), "{expected:#?}");
    assert!(expected.contains(&format!("{campaign} 4 1")), "{expected:#?}");
}
