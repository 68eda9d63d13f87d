//! Access tokens for logging in to relays (RFC 6749 §6): asked for by a refresh token, kept until
//! shortly before they end, renewed when a relay refuses one.
//!
//! Make one [`Tokens`] for a process and ask it for a token before each login; it asks the provider
//! only when it must, once for all that wait. [`check_address`] says whether an address may be asked.
//!
//! ```no_run
//! # async fn example() -> Result<(), sebar_oauth::TokenError> {
//! use sebar_oauth::{Account, TokenError, Tokens};
//!
//! let tokens = Tokens::new()?;
//! let account = async || {
//!     Ok::<_, TokenError>(Account {
//!         token_url: "https://oauth2.googleapis.com/token".into(),
//!         scope: String::new(),
//!         client_id: "123.apps.googleusercontent.com".into(),
//!         client_secret: Some("secret".into()),
//!         refresh_token: "1//refresh".into(),
//!     })
//! };
//! let token = tokens.get("relay 1", 1, None, account).await?;
//! println!("log in with {} characters", token.access.len());
//! # Ok(()) }
//! ```
mod address;
mod error;
mod http;
mod tokens;

pub use address::{AddressFault, check_address};
pub use error::TokenError;
pub use tokens::{Account, Token, Tokens};
