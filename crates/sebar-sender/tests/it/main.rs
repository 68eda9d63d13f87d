//! A sender, a real database and a relay that obeys a script, one file for each kind of misfortune.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod control;
mod delivery;
mod doubt;
mod killed;
mod logins;
mod pools;
mod postfix;
mod receivers;
mod replies;
mod returned;
mod single;
mod troubles;
mod urgent;
mod world;
