//! The web app as its visitors see it: over HTTP, on a real Postgres. One subject a module; one
//! binary, so that it is linked once.
#![expect(clippy::unwrap_used, reason = "a test that finds something missing fails there")]

mod access;
mod accounts;
mod api;
mod api_campaigns;
mod api_contacts;
mod api_emails;
mod api_keys;
mod api_lists;
mod api_templates;
mod archive;
mod campaigns;
mod common;
mod contacts;
mod examples;
mod hostile;
mod imports;
mod pools;
mod public;
mod receivers;
mod relays;
mod report;
mod returned;
mod templates;
mod texts;
mod transactional;
mod webhooks;
mod webhooks_in;
