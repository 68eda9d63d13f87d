//! The dashboard and the public pages, on axum.
//!
//! Begin with [`App`], the state that handlers share, and [`router`]. `routes.rs` is the map: every
//! path with who may call it. `foundation` holds what pages stand on, `pages` one module per
//! page of the dashboard, `api` what programs call, `public` what the links in mails lead to.
mod api;
mod foundation;
mod pages;
mod public;
mod routes;

pub use foundation::access::{Access, Route};
pub use foundation::app::{App, Config};
pub use foundation::assets::are_built as assets_are_built;
pub use foundation::password::hash as hash_password;
pub use routes::{router, routes, serve};
pub use sebar_webhooks::Targets;
