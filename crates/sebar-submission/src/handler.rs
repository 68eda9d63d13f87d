//! What is answered to those who hand in mail.

use sebar_compose::MessageIdKey;
use sebar_domain::Address;
use sebar_domain::id::MessageId;
use sebar_smtp::server::{Answer, Handler, Peer, Received};
use sebar_store::blobs::Digest;
use sebar_store::emails::{NewEmail, Recipient};
use sebar_store::routing;
use serde_json::json;
use sqlx::PgPool;

use crate::accepting::{Accepting, Handed};
use crate::keys::{Keys, unavailable};
use crate::mail::{Mail, Unfit};

pub(crate) struct Submission {
    pub(crate) db: PgPool,
    pub(crate) keys: Keys,
    pub(crate) message_ids: MessageIdKey,
    pub(crate) accepting: Accepting,
}

impl Submission {
    async fn take(&self, received: Received) -> Result<Answer, Answer> {
        let peer = &received.peer;
        let key = self.keys.still_good(peer.auth.as_deref(), peer.address.ip()).await?;
        let id = MessageId::new();
        let mail = Mail::read(&received.data, id, &self.message_ids).map_err(|unfit| unfit_answer(&unfit))?;
        let domains = &key.settings.from_domains;
        if !domains.is_empty() && !domains.iter().any(|domain| domain == mail.from.domain()) {
            let text = format!("This key sends from {} only", domains.join(", "));
            return Err(Answer::new(550, "5.7.1", text));
        }
        let pool = match &mail.pool {
            None => None,
            Some(name) => match routing::pool_named(&self.db, name).await.map_err(unavailable)? {
                None => return Err(Answer::new(550, "5.6.0", "X-Sebar-Pool: there is no pool of this name")),
                pool => pool,
            },
        };
        let recipients = recipients(&received.rcpt_to, id)?;
        let seen =
            |address: &Address| mail.seen.iter().any(|seen| seen.eq_ignore_ascii_case(address.as_str()));
        let hidden: Vec<&str> =
            recipients.iter().map(|one| &one.address).filter(|one| !seen(one)).map(Address::as_str).collect();
        let body = received.data.slice_ref(mail.body);
        let email = NewEmail {
            api_key: Some(key.id),
            from: mail.from,
            subject: mail.subject,
            addressed: json!({
                "from": mail.from_text, "to": mail.to, "cc": mail.cc, "bcc": hidden, "reply_to": mail.reply_to,
            }),
            tags: json!(
                mail.tags
                    .iter()
                    .map(|(name, value)| json!({ "name": name, "value": value }))
                    .collect::<Vec<_>>()
            ),
            metadata: json!({}),
            scheduled_at: None,
            pool,
            mime: mail.header,
            body: (!body.is_empty()).then(|| Digest::of(&body)),
            dated_at: mail.dated_at,
            files: Vec::new(),
            recipients,
        };
        if self.accepting.accept(Handed { email, body }).await {
            Ok(Answer::new(250, "2.0.0", format!("Accepted as msg_{}", id.0.simple())))
        } else {
            Err(Answer::new(451, "4.3.0", "It cannot be stored now, try again later"))
        }
    }
}

/// Whom it goes to, each once. The first message gives the mail its id.
fn recipients(to: &[String], id: MessageId) -> Result<Vec<Recipient>, Answer> {
    let mut recipients: Vec<Recipient> = Vec::new();
    for address in to {
        let address: Address = address.parse().map_err(|_| bad_address())?;
        if !recipients.iter().any(|known| known.address.key() == address.key()) {
            let message = if recipients.is_empty() { id } else { MessageId::new() };
            recipients.push(Recipient { message, address });
        }
    }
    Ok(recipients)
}

fn bad_address() -> Answer {
    Answer::new(553, "5.1.3", "Not an address that mail can be sent to")
}

fn unfit_answer(unfit: &Unfit) -> Answer {
    Answer::new(550, "5.6.0", unfit.to_string())
}

impl Handler for Submission {
    async fn rcpt(&self, _: &Peer, _: Option<&str>, rcpt_to: &str) -> Answer {
        match rcpt_to.parse::<Address>() {
            Ok(_) => Answer::new(250, "2.1.5", "Recipient ok"),
            Err(_) => bad_address(),
        }
    }

    async fn message(&self, received: Received) -> Answer {
        self.take(received).await.unwrap_or_else(|refusal| refusal)
    }

    async fn authenticate(&self, peer: &Peer, _: &str, password: &str) -> Result<String, Answer> {
        self.keys.log_in(password, peer.address.ip()).await.map(|key| key.id.to_string())
    }
}
