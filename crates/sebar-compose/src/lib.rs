//! Content into bytes: templates, links and tokens, plain text, MIME.
//!
//! Compile a [`Content`] once per version with [`Content::compile`], which reports every fault of
//! its templates at once; then [`Compiled::render`] for a preview and [`Compiled::compose`] for
//! each message. All of it is pure: no clock, no chance, no I/O. The same content, [`Site`],
//! [`TokenKey`] and [`Envelope`] give the same bytes, on any machine and in any year, so that the
//! archive can make a mail again and prove it by its digest ([`COMPOSER`] says by which rules).
//!
//! ```
//! use sebar_compose::{Content, Envelope, Mailing, Person, Site, TokenKey};
//! use sebar_domain::{Tracking, id::{CampaignId, MessageId}};
//!
//! let content = Content {
//!     subject: "Halo {{ first_name }}".into(),
//!     preheader: String::new(),
//!     html: r#"<p>Promo di <a href="https://toko.example/?kota={{ city }}">{{ city }}</a>.</p>
//!         <p><a href="{{ unsubscribe_url }}">Berhenti berlangganan</a></p>"#.into(),
//!     text: None,
//!     from_name: "Toko".into(),
//!     from_email: "news@toko.example".parse()?,
//!     reply_to: None,
//!     tracking: Tracking::Individual,
//! };
//! let compiled = content.compile(1).expect("no faults");
//! assert_eq!(compiled.merge_keys(), ["city", "first_name", "name"]);
//! assert!(compiled.has_unsubscribe_link());
//!
//! let site = Site {
//!     public_url: "https://mail.toko.example".parse()?,
//!     company: "Toko".into(),
//!     company_address: "Bandung".into(),
//!     message_id_domain: None,
//!     unsubscribe_domain: None,
//! };
//! let email = "budi@example.com".parse()?;
//! let merge = serde_json::json!({ "city": "Ciamis" });
//! let to = Person { email: &email, name: Some("Budi Santoso"), merge: &merge };
//!
//! let preview = compiled.render(&site, &to).expect("Budi has a city");
//! assert_eq!(preview.subject, "Halo Budi");
//! assert!(preview.text.starts_with("Promo di Ciamis <https://toko.example/?kota=Ciamis>."));
//!
//! let key = TokenKey::new(&[7; 32]);
//! let mailing = Some(Mailing { campaign: CampaignId::new(), list: None });
//! let mail = compiled.compose(&site, &key, &Envelope { id: MessageId::new(), to, mailing })?;
//! assert!(mail.bytes.starts_with(b"From: Toko <news@toko.example>\r\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What templates may say
//!
//! The language is [minijinja](https://docs.rs/minijinja)'s: `{{ city }}`, `{% if %}`,
//! `{% for %}`, `{% set %}` and its filters; no inclusion, no macros, nothing that differs from
//! call to call. HTML is escaped, subject, preheader and text are not. Contacts' attributes stand
//! at top level; besides there are
//!
//! | variable | |
//! |---|---|
//! | `email`, `name`, `language` | the recipient's (`language` comes with the merge data) |
//! | `first_name` | the attribute of that name, else what the name is called by ([`sebar_domain::merge::call_name`]) |
//! | `unsubscribe_url` | the recipient's own way out; never tracked |
//! | `company`, `company_address` | of the [`Site`] |
//!
//! A variable that the recipient lacks is an error that names it and its line, unless the
//! template copes: `{{ city|default("your city") }}` (also for a blank value), `{{ a or b }}`, or
//! by asking first: `{% if city %}…{% endif %}`. `null` counts as lacking.
//! [`Compiled::variables`] knows which uses are so guarded. A template that works too long or
//! grows too large is stopped.
//!
//! # Links
//!
//! Links to the web in `<a>` and `<area>` are replaced by signed tokens ([`Token`]) when clicks
//! are recorded; `mailto:`, `tel:`, `#…`, `{{ unsubscribe_url }}` and what stands in comments
//! (Outlook's `<!--[if mso]>`) are left alone. Left untracked are also links that use a variable
//! of a loop or of `{% set %}`, which a click could not find again, and, where opens and clicks
//! are only counted ([`Tracking::Anonymous`](sebar_domain::Tracking)), every link with merge data.
//! The text made from the HTML has the same tracked links; a text given by its author is sent as
//! written.
//!
//! A value merged into an address after its `?` is percent-encoded, unless the author does it
//! (`|urlencode`). Before the `?` a value may bring structure of its own (`{{ shop_url }}`), so
//! there only what may not stand in an address is encoded. Whatever the data say, an address that
//! could run a program (`javascript:`, `data:` …) becomes `#`, and a click's redirect leads to
//! `http(s)` or nowhere ([`click_target`]).

mod body;
mod compile;
mod engine;
mod fault;
mod fill;
mod frozen;
mod headers;
mod href;
mod letter;
mod links;
mod mail;
mod mark;
mod message_id;
pub mod paths;
mod return_path;
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
pub use frozen::{NotReady, Ready};
pub use letter::{File, Letter, Skeleton, assemble};
pub use links::Link;
pub use mail::Composed;
pub use message_id::{MessageIdKey, OwnMessageId};
pub use return_path::ReturnPath;
pub use site::{BadPublicUrl, Envelope, Mailing, Person, PublicUrl, Site};
pub use text::plain_text;
pub use token::{Token, TokenKey};
pub use variables::Variable;
