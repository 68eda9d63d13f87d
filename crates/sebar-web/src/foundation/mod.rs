//! What every page stands on: who asks, in which language, and may they.
pub(crate) mod access;
pub(crate) mod app;
pub(crate) mod assets;
pub(crate) mod csv;
pub(crate) mod error;
pub(crate) mod form;
pub(crate) mod guard;
pub(crate) mod i18n;
pub(crate) mod mail_view;
pub(crate) mod nul;
pub(crate) mod page;
pub(crate) mod paging;
pub(crate) mod password;
pub(crate) mod session;
pub(crate) mod subject;
