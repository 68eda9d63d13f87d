//! Tells programs of events by calling their webhooks, as Standard Webhooks 1.0 says.
//!
//! Events are written down by `sebar_store` where they happen. Here each is told to each webhook that asked
//! for it: at least once, those of one message, contact or campaign in their order, and again until it is
//! answered with 2xx or given up (`schedule.rs`). A webhook is called by one process at a time; a lease in
//! Postgres says by which.

mod body;
mod call;
mod dispatch;
mod schedule;
mod secret;
mod target;

pub use call::Caller;
pub use secret::{new_secret, sign};
pub use target::{BadTarget, Targets};

use std::sync::Arc;

use sebar_store::keys::MasterKey;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

/// Calls webhooks until `shutdown`; calls that are under way then are ended first.
pub async fn run(db: PgPool, key: Arc<MasterKey>, targets: Targets, shutdown: CancellationToken) {
    match Caller::new(targets) {
        Ok(caller) => dispatch::dispatch(db, key, caller, shutdown).await,
        Err(fault) => {
            tracing::error!(%fault, "no TLS for calling webhooks: nobody is told of events");
            shutdown.cancelled().await;
        }
    }
}
