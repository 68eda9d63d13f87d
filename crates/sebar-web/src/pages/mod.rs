//! One module per page or per group of actions on one thing.
pub(crate) mod account;
pub(crate) mod campaigns;
pub(crate) mod catcher;
pub(crate) mod company;
pub(crate) mod confirm;
pub(crate) mod contacts;
pub(crate) mod health;
pub(crate) mod home;
pub(crate) mod imports;
pub(crate) mod lists;
pub(crate) mod login;
pub(crate) mod relays;
pub(crate) mod setup;
pub(crate) mod suppressions;
pub(crate) mod templates;
pub(crate) mod users;
pub(crate) mod writing;
