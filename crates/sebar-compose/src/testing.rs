//! What the tests of this crate share.

use sebar_domain::id::{CampaignId, ListId, MessageId};
use sebar_domain::{Address, Tracking};
use serde_json::Value;
use uuid::Uuid;

use crate::{Compiled, Composed, Content, Envelope, Fault, Mailing, Person, Rendered, Site, TokenKey};

pub(crate) fn site() -> Site {
    Site {
        public_url: "https://mail.example.com".parse().unwrap(),
        company: "Toko Sebar & Co".into(),
        company_address: "Jl. Merdeka 1, Bandung".into(),
        message_id_domain: None,
        unsubscribe_domain: None,
    }
}

pub(crate) fn key() -> TokenKey {
    TokenKey::new(&[7; 32])
}

pub(crate) fn address(text: &str) -> Address {
    text.parse().unwrap()
}

/// 2026-11-23 08:00:00 UTC.
pub(crate) fn message() -> MessageId {
    MessageId(Uuid::from_u128(0x019a_afec_4800_7000_8000_0000_0000_0001))
}

pub(crate) fn mailing() -> Mailing<'static> {
    Mailing {
        campaign: CampaignId(Uuid::from_u128(0x019a_0000_0000_7000_8000_0000_0000_0002)),
        list: Some((ListId(Uuid::from_u128(0x019a_0000_0000_7000_8000_0000_0000_0003)), "Buletin")),
    }
}

pub(crate) fn content(html: &str) -> Content {
    Content {
        subject: "Hello".into(),
        preheader: String::new(),
        html: html.into(),
        text: None,
        from_name: "Toko Sebar".into(),
        from_email: address("news@toko.example"),
        reply_to: None,
        tracking: Tracking::Individual,
    }
}

pub(crate) fn faults(content: &Content) -> Vec<Fault> {
    content.compile(1).unwrap_err()
}

pub(crate) fn render(compiled: &Compiled, merge: &Value) -> Result<Rendered, Vec<Fault>> {
    let email = address("budi@example.com");
    compiled.render(&site(), &Person { email: &email, name: Some("Budi Santoso"), merge })
}

pub(crate) fn compose(compiled: &Compiled, merge: &Value) -> Result<Composed, Fault> {
    let email = address("budi@example.com");
    let to = Person { email: &email, name: Some("Budi Santoso"), merge };
    compiled.compose(&site(), &key(), &Envelope { id: message(), to, mailing: Some(mailing()) })
}

/// The composed mail as text.
pub(crate) fn mail(compiled: &Compiled, merge: &Value) -> String {
    String::from_utf8(compose(compiled, merge).unwrap().bytes).unwrap()
}
