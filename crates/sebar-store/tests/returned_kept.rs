//! For how long what comes back is taken and kept.

use chrono::{TimeDelta, Utc};
use sebar_domain::id::CampaignId;
use sebar_domain::{BounceKind, BounceReason, Road};
use sebar_store::blobs::Digest;
use sebar_store::recount;
use sebar_store::returned::{self, NewBounce, NewMail};
use sebar_store::settings::{self, Returns};
use sebar_testkit::TestDatabase;

#[tokio::test]
async fn a_return_path_that_was_left_is_known_for_thirty_days() {
    let database = TestDatabase::new().await;
    let db = &database.pool;
    let set = async |path: Option<&str>| {
        let return_path = path.map(|path| path.parse().unwrap());
        settings::set_returns(db, &Returns { return_path, ..Returns::default() }).await.unwrap();
    };
    let former = async || {
        let former = settings::former_return_paths(db).await.unwrap();
        former.into_iter().map(|(address, _)| address.to_string()).collect::<Vec<_>>()
    };
    for path in [Some("a@old.example"), Some("a@old.example"), Some("b@old.example"), None] {
        set(path).await;
    }
    assert_eq!(former().await, ["b@old.example", "a@old.example"], "the last first, each once");
    set(Some("a@old.example")).await;
    assert_eq!(former().await, ["b@old.example"], "what is used again was not left");
    let until = settings::former_return_paths(db).await.unwrap()[0].1 - Utc::now();
    assert!((29..=30).contains(&until.num_days()), "{until}");
    sqlx::query("UPDATE former_return_paths SET left_at = now() - interval '31 days'")
        .execute(db)
        .await
        .unwrap();
    assert!(former().await.is_empty());
    settings::forget_return_paths(db).await.unwrap();
    let kept: i64 =
        sqlx::query_scalar("SELECT count(*) FROM former_return_paths").fetch_one(db).await.unwrap();
    assert_eq!(kept, 0);
}

#[tokio::test]
async fn unrecognised_mail_is_kept_within_bounds() {
    let database = TestDatabase::new().await;
    let db = &database.pool;
    let mail = |name: &str, kind| NewMail {
        digest: Digest::of(name.as_bytes()),
        road: Road::Smtp,
        mailbox: None,
        envelope_to: "postmaster@mail.example".to_owned(),
        kind,
        sender: String::new(),
        subject: name.to_owned(),
        raw: vec![b'x'; 300_000],
    };
    let mut tx = db.begin().await.unwrap();
    let mails = [mail("noise", BounceKind::NotBounce), mail("bounce", BounceKind::Hard)];
    returned::record(&mut tx, &mails, &[]).await.unwrap();
    tx.commit().await.unwrap();
    let kept = async || {
        let mut kept = returned::mails(db, None, returned::Position::Start, 10).await.unwrap();
        kept.sort_by_key(|mail| mail.subject.clone());
        kept.into_iter().map(|mail| (mail.subject, mail.size)).collect::<Vec<_>>()
    };
    let both = [("bounce".to_owned(), 300_000), ("noise".to_owned(), 250_000)];
    assert_eq!(kept().await, both);
    assert_eq!(returned::forget_unrecognised(db).await.unwrap(), 0);
    assert_eq!(kept().await, both);
    // Newer ones, more than are kept; and an old one.
    let add = "INSERT INTO returned_mails (id, digest, road, kind, raw)
               SELECT uuid_floor(now() + make_interval(days => $1) + n * interval '1 ms'), sha256(n::text::bytea),
                      'smtp', 'not_bounce', ''
                 FROM generate_series($2, $3) n";
    for (days, first, last) in [(-40, 0, 0), (1, 1, 10_003)] {
        sqlx::query(add).bind(days).bind(first).bind(last).execute(db).await.unwrap();
    }
    assert_eq!(returned::forget_unrecognised(db).await.unwrap(), 5, "the old one, the noise, and the oldest");
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM returned_mails WHERE kind = 'not_bounce'")
        .fetch_one(db)
        .await
        .unwrap();
    assert_eq!(left, 10_000);
    let hard: i64 = sqlx::query_scalar("SELECT count(*) FROM returned_mails WHERE kind = 'hard'")
        .fetch_one(db)
        .await
        .unwrap();
    assert_eq!(hard, 1);
}

#[tokio::test]
async fn what_came_back_is_counted_by_day_in_any_time_zone() {
    let database = TestDatabase::new().await;
    let db = &database.pool;
    // 23:50 in Kathmandu (UTC+05:45), and twenty minutes later the next day there.
    let today = Utc::now().date_naive();
    let at = |minute| today.pred_opt()?.and_hms_opt(18, minute, 0).map(|at| at.and_utc());
    let bounce = |key: &str, minute, reason: BounceReason| NewBounce {
        key: Digest::of(key.as_bytes()),
        kind: reason.kind(),
        reason,
        confidence: 95,
        at: at(minute).unwrap(),
        road: Road::Webhook,
        source: String::new(),
        mail: None,
        message: None,
        quoted: Vec::new(),
        proven: true,
        address: Some(format!("{key}@toko.example")),
        final_address: None,
        status: None,
        reply_code: None,
        reply: String::new(),
        reporting_mta: String::new(),
        remote_mta: String::new(),
    };
    let bounces = [
        bounce("a", 5, BounceReason::RecipientUnknown),
        bounce("b", 6, BounceReason::RecipientUnknown),
        bounce("c", 25, BounceReason::RecipientUnknown),
        bounce("d", 25, BounceReason::MailboxFull),
    ];
    for part in [&bounces[..3], &bounces[1..], &bounces] {
        let mut tx = db.begin().await.unwrap();
        returned::record(&mut tx, &[], part).await.unwrap();
        tx.commit().await.unwrap();
    }
    let since = Utc::now() - TimeDelta::days(5);
    let by_day = async |zone: &str| {
        let days = returned::by_day(db, None, since, zone).await.unwrap();
        days.into_iter().map(|day| (day.day, day.kind, day.n)).collect::<Vec<_>>()
    };
    let before = today.pred_opt().unwrap();
    assert_eq!(
        by_day("Asia/Kathmandu").await,
        [(before, BounceKind::Hard, 2), (today, BounceKind::Hard, 1), (today, BounceKind::Soft, 1)]
    );
    assert_eq!(by_day("UTC").await, [(before, BounceKind::Hard, 3), (before, BounceKind::Soft, 1)]);
    let nowhere = returned::by_day(db, Some(CampaignId::new()), since, "UTC").await.unwrap();
    assert_eq!(nowhere, []);
    assert_eq!(recount::recount(db).await.unwrap().differences, []);
}
