//! What all parts of one sender share.

use std::sync::Arc;

use sebar_compose::TokenKey;
use sebar_domain::Stream;
use sebar_domain::id::SenderId;
use sebar_store::keys::MasterKey;
use sebar_store::queue::Claimed;
use sqlx::PgPool;
use tokio::sync::watch;

use crate::board::Board;
use crate::contents::Contents;
use crate::journal::Journal;
use crate::lease::Lease;
use crate::login::Logins;
use crate::receivers::Receivers;
use crate::run::Options;
use crate::shares::Shares;

pub(crate) struct Shared {
    pub(crate) id: SenderId,
    pub(crate) db: PgPool,
    pub(crate) key: Arc<MasterKey>,
    pub(crate) tokens: TokenKey,
    pub(crate) options: Options,
    pub(crate) lease: Lease,
    pub(crate) journal: Option<Journal>,
    pub(crate) contents: Contents,
    pub(crate) logins: Logins,
    /// How relays stand that share mail by weight.
    pub(crate) shares: Shares,
    /// The rules for recipients' domains.
    pub(crate) receivers: Receivers,
    /// What users want, half a second old at most.
    pub(crate) board: watch::Receiver<Arc<Board>>,
    /// Changes when there may be something new to claim or to plan.
    pub(crate) woken: watch::Receiver<u64>,
}

impl Shared {
    /// Whether this message may be sent at this moment: our lease holds, and nobody paused or
    /// cancelled its campaign since it was claimed.
    pub(crate) fn may_send(&self, message: &Claimed) -> bool {
        self.lease.holds()
            && match (message.stream, message.campaign) {
                (Stream::Campaign, Some(campaign)) => self.board.borrow().is_sending(campaign),
                _ => true,
            }
    }
}
