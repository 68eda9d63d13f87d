//! Plans campaigns, claims their messages, paces, delivers and records them.
//!
//! Everything begins with [`Sender::run`], which works until it is told to stop. Any number of
//! senders may run, in one process or on many hosts; they meet in Postgres only.
//!
//! A message's way through the files: `plan` makes it, `claim` takes it for a relay that may carry it
//! (by its pool and its `shares`), `feed` reserves its slot and asks the rules of its receiver
//! (`receivers`), a `lane` waits for the slot, composes (`contents`) and delivers it over its kept-open
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
mod claim;
mod contents;
mod dispatch;
mod feed;
mod job;
mod journal;
mod judge;
mod lane;
mod lease;
mod login;
mod meter;
mod plan;
mod receivers;
mod record;
mod recover;
mod refusals;
mod run;
mod schedule;
mod settle;
mod shared;
mod shares;
mod upkeep;
mod window;

pub use run::{Options, Sender};
