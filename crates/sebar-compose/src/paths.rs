//! Where the public pages of a message live; the web routes are made from the same words.

/// The open pixel: `/t/o/{token}.gif`.
pub const OPEN: &str = "/t/o/";
/// What follows the token of the open pixel.
pub const OPEN_SUFFIX: &str = ".gif";
/// A tracked link: `/t/c/{token}`.
pub const CLICK: &str = "/t/c/";
/// The unsubscribe page (GET) and the one-click target (POST, RFC 8058): `/u/{token}`.
pub const UNSUBSCRIBE: &str = "/u/";
/// Stands in the place of the token where a preview shows an unsubscribe link: it is signed by
/// nobody, so the page can say that this was only a preview.
pub const PREVIEW: &str = "preview";
