//! Plans campaigns, claims their messages, paces, delivers and records them.
//!
//! Everything begins with [`Sender::run`], which works until it is told to stop. Any number of
//! senders may run, in one process or on many hosts; they meet in Postgres only.
//!
//! A message's way through the files: `plan` makes it, `feed` claims it for a relay and reserves its
//! slot, a `lane` waits for the slot, composes (`contents`) and delivers it over its kept-open
//! connection (which `login` opened), `judge` says what the answer means, `record` writes that down.
//! Around it: `schedule` starts campaigns, `board` watches what users change, `settle` finishes
//! campaigns, `lease` proves that this sender lives, `journal` keeps what has begun where a killed
//! process cannot lose it, and `recover` deals with senders that died.
//!
//! ```no_run
//! # async fn example(db: sqlx::PgPool, key: sebar_store::keys::MasterKey) {
//! use sebar_sender::{Options, Sender};
//! use tokio_util::sync::CancellationToken;
//!
//! let shutdown = CancellationToken::new();
//! Sender { db, key, options: Options::default() }.run(shutdown).await;
//! # }
//! ```
mod blocks;
mod board;
mod contents;
mod dispatch;
mod feed;
mod job;
mod journal;
mod judge;
mod lane;
mod lease;
mod login;
mod plan;
mod record;
mod recover;
mod run;
mod schedule;
mod settle;
mod shared;
mod upkeep;
mod window;

pub use run::{Options, Sender};
