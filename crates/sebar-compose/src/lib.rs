//! Content into bytes: templates, links and tokens, plain text, MIME.

mod body;
mod compile;
mod engine;
mod fault;
mod fill;
mod headers;
mod href;
mod links;
mod mail;
pub mod paths;
mod scan;
mod site;
#[cfg(test)]
mod testing;
mod text;
mod token;
mod variables;

pub use compile::{COMPOSER, Compiled, Content};
pub use fault::{Fault, FaultKind, Part};
pub use fill::{LinkTarget, Rendered, click_target};
pub use links::Link;
pub use mail::Composed;
pub use site::{BadPublicUrl, Envelope, Mailing, Person, PublicUrl, Site};
pub use text::plain_text;
pub use token::{Token, TokenKey};
pub use variables::Variable;
