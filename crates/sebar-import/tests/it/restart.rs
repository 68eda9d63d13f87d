//! A runner that dies is followed by another one, which goes on exactly where the last batch ended.

use std::fmt::Write as _;
use std::time::Duration;

use sebar_domain::ImportState;
use sebar_import::{Runner, run};
use sebar_store::imports;
use sebar_testkit::TestDatabase;
use tokio_util::sync::CancellationToken;

use crate::common::{count, counts, enqueue, rejects};

/// 30,000 rows with every 100th faulty and every 1,000th a duplicate, in UTF-16 or not.
fn file(utf16: bool) -> Vec<u8> {
    let mut file = "email,nama\r\n".to_owned();
    for n in 0..30_000 {
        match n {
            n if n % 100 == 99 => writeln!(file, "rusak,Baris {n}\r").unwrap(),
            n if n % 1000 == 500 => writeln!(file, "orang1@example.com,Lagi\r").unwrap(),
            n => writeln!(file, "orang{n}@example.com,\"Órang\r\n😀 {n}\"\r").unwrap(),
        }
    }
    if utf16 { file.encode_utf16().flat_map(u16::to_le_bytes).collect() } else { file.into_bytes() }
}

async fn killed_again_and_again(utf16: bool) {
    let test = TestDatabase::new().await;
    let db = test.pool.clone();
    let list = imports::list_named(&db, "Pelanggan").await.unwrap();
    let id = enqueue(&db, &file(utf16), &[list]).await;
    let mut kills = 0;
    loop {
        let mut runner = Runner::new(db.clone());
        runner.lease = Duration::from_millis(300);
        runner.batch_rows = 1_700;
        let running = tokio::spawn(async move {
            while !runner.run_next().await.unwrap() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
        let before = imports::get(&db, id).await.unwrap().unwrap();
        // Dies somewhere after it has brought in a batch or two.
        let dies = async {
            loop {
                tokio::time::sleep(Duration::from_millis(3 + 7 * kills)).await;
                let now = imports::get(&db, id).await.unwrap().unwrap();
                if now.rows_read > before.rows_read || now.state.is_over() {
                    break;
                }
            }
        };
        dies.await;
        running.abort();
        let _ = running.await;
        kills += 1;
        if imports::get(&db, id).await.unwrap().unwrap().state.is_over() {
            break;
        }
        assert!(kills < 100, "it comes to an end");
    }
    assert!(kills > 3, "killed only {kills} times");
    let import = imports::get(&db, id).await.unwrap().unwrap();
    assert_eq!(import.state, ImportState::Done);
    assert_eq!(counts(&import), [29_670, 0, 0, 30, 300]);
    assert_eq!(import.rows_read, 30_000);
    assert_eq!(count(&db, "SELECT count(*) FROM contacts").await, 29_670);
    assert_eq!(count(&db, "SELECT members FROM lists").await, 29_670);
    let rejects = rejects(&db, id).await;
    assert_eq!(rejects.len(), 300);
    // Each good row before it takes two lines: 99 rows, one of them a one-line duplicate in the sixth hundred.
    assert_eq!((rejects[0].0, rejects[1].0), (200, 399));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_runner_killed_between_batches_loses_no_row_and_counts_none_twice() {
    killed_again_and_again(false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_holds_for_a_file_in_utf16() {
    killed_again_and_again(true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_runners_bring_an_import_in_once() {
    let test = TestDatabase::new().await;
    let db = test.pool.clone();
    let (first, second) = (enqueue(&db, &file(false), &[]).await, enqueue(&db, &file(false), &[]).await);
    let shutdown = CancellationToken::new();
    let runners =
        [tokio::spawn(run(db.clone(), shutdown.clone())), tokio::spawn(run(db.clone(), shutdown.clone()))];
    while !imports::running(&db).await.unwrap().is_empty() {
        let at_once = count(&db, "SELECT count(*) FROM imports WHERE state = 'running'").await;
        assert!(at_once <= 1);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    shutdown.cancel();
    for runner in runners {
        runner.await.unwrap();
    }
    let (first, second) =
        (imports::get(&db, first).await.unwrap().unwrap(), imports::get(&db, second).await.unwrap().unwrap());
    assert_eq!(counts(&first), [29_670, 0, 0, 30, 300]);
    assert_eq!(counts(&second), [0, 0, 29_670, 30, 300]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shutting_down_gives_the_import_back_at_once_and_cancelling_ends_it() {
    let test = TestDatabase::new().await;
    let db = test.pool.clone();
    let id = enqueue(&db, &file(false), &[]).await;
    let shutdown = CancellationToken::new();
    let runner = tokio::spawn(run(db.clone(), shutdown.clone()));
    while imports::get(&db, id).await.unwrap().unwrap().state == ImportState::Queued {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    shutdown.cancel();
    runner.await.unwrap();
    let unclaimed = "SELECT count(*) FROM imports WHERE runner IS NULL";
    assert_eq!(count(&db, unclaimed).await, 1);
    let import = imports::get(&db, id).await.unwrap().unwrap();
    if import.state == ImportState::Running {
        assert!(imports::cancel(&db, id).await.unwrap());
        assert!(!Runner::new(db.clone()).run_next().await.unwrap());
        let ended = imports::get(&db, id).await.unwrap().unwrap();
        assert_eq!((ended.state, ended.rows_read), (ImportState::Cancelled, import.rows_read));
    }
    assert!(!imports::cancel(&db, id).await.unwrap());
}
