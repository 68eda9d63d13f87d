//! What providers call us with when mail comes back to them.
//!
//! A call is proven by its signature or token, then understood: [`read`] does both, one file for each
//! provider, without I/O. Amazon SNS alone wants to be answered: [`sns`] reads its envelope and
//! [`Amazon`] fetches the certificate and confirms a subscription.
//!
//! A provider's word may be made milder by the words that it quotes, never graver: what it calls
//! passing is not the end of an address, whatever stands in the reply.
mod amazon;
mod brevo;
mod event;
mod generic;
mod json;
mod mailgun;
mod postmark;
mod proof;
mod sendgrid;
pub mod ses;
pub mod sns;
mod sparkpost;

use chrono::{DateTime, Utc};
use http::HeaderMap;
use sebar_domain::{HookFault, Provider};

pub use amazon::Amazon;
pub use event::Event;
pub use proof::is_same;
pub use sendgrid::is_key as is_sendgrid_key;

/// A call as it came.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// Its header.
    pub headers: &'a HeaderMap,
    /// Its body, every octet as it was signed.
    pub body: &'a [u8],
    /// When it came.
    pub now: DateTime<Utc>,
}

/// What a call says, if `credential` (the provider's key, or our token) proves who makes it. Events that
/// say nothing of what came back, such as opens and deliveries, are left out.
///
/// # Errors
/// Why it is not to be believed, or cannot be understood. Calls of Amazon SES are read by [`sns`] and
/// [`ses`]; here they are never in the right form.
pub fn read(provider: Provider, credential: &str, call: &Call<'_>) -> Result<Vec<Event>, HookFault> {
    if credential.is_empty() {
        return Err(HookFault::NoKey);
    }
    match provider {
        Provider::Ses => Err(HookFault::Unreadable),
        Provider::SendGrid => sendgrid::read(credential, call),
        Provider::Mailgun => mailgun::read(credential, call),
        Provider::Postmark => postmark::read(credential, call),
        Provider::Brevo => brevo::read(credential, call),
        Provider::SparkPost => sparkpost::read(credential, call),
        Provider::Generic => generic::read(credential, call),
    }
}
