use chrono::{DateTime, Utc};
use sebar_domain::{BounceKind, BounceReason, EnhancedCode};
use sebar_inbound::read_reply;

/// What a provider says of one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The provider's own id of it; empty where it gives none.
    pub id: String,
    /// What it says.
    pub kind: BounceKind,
    /// Why.
    pub reason: BounceReason,
    /// How sure that is, in percent.
    pub confidence: u8,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// The recipient.
    pub recipient: String,
    /// Message-IDs that it quotes, without brackets: the provider's own and ours.
    pub message_ids: Vec<String>,
    /// The enhanced status code (RFC 3463).
    pub status: Option<EnhancedCode>,
    /// The reply code (RFC 5321 §4.2).
    pub reply_code: Option<u16>,
    /// What the recipient's server replied, or what the provider tells.
    pub reply: String,
    /// The server that reports.
    pub reporting_mta: String,
    /// The server that refused.
    pub remote_mta: String,
}

/// What is common to the events of all providers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    pub(crate) id: String,
    pub(crate) at: DateTime<Utc>,
    pub(crate) recipient: String,
    pub(crate) message_ids: Vec<String>,
    /// The status that it names beside the reply.
    pub(crate) status: String,
    /// The reply code that it names beside the reply.
    pub(crate) code: String,
    pub(crate) reply: String,
    pub(crate) reporting_mta: String,
    pub(crate) remote_mta: String,
}

/// Words of a reply that are sure enough to go against the provider's own.
const SURE: u8 = 90;

impl Facts {
    /// It was not delivered, and the provider says why.
    pub(crate) fn failed(self, says: BounceReason) -> Event {
        let reading = read_reply(&self.words(), self.status.parse().ok());
        let (reason, confidence) = settle(says, reading.reason, reading.sure);
        self.event(reason.kind(), reason, confidence)
    }

    /// It is not delivered yet.
    pub(crate) fn delayed(self) -> Event {
        let reading = read_reply(&self.words(), self.status.parse().ok());
        self.event(BounceKind::Delayed, milder(BounceReason::System, reading.reason), SURE)
    }

    /// The recipient complains.
    pub(crate) fn complained(self) -> Event {
        self.event(BounceKind::Complaint, BounceReason::Unknown, 99)
    }

    /// A machine answers.
    pub(crate) fn answered(self) -> Event {
        self.event(BounceKind::AutoReply, BounceReason::Unknown, SURE)
    }

    /// The words of the reply, begun by the code where it stands beside them.
    fn words(&self) -> String {
        if self.code.is_empty() || self.code == "0" || self.reply.starts_with(&self.code) {
            self.reply.clone()
        } else {
            format!("{} {}", self.code, self.reply)
        }
    }

    fn event(self, kind: BounceKind, reason: BounceReason, confidence: u8) -> Event {
        let reading = read_reply(&self.words(), self.status.parse().ok());
        let named = self.code.parse().ok().filter(|code| (200..600).contains(code));
        let message_ids = self.message_ids.iter().map(|id| id.trim().trim_matches(['<', '>']).to_owned());
        Event {
            kind,
            reason,
            confidence,
            at: self.at,
            recipient: self.recipient.trim().trim_matches(['<', '>']).to_owned(),
            message_ids: message_ids.filter(|id| !id.is_empty()).collect(),
            status: reading.status,
            reply_code: named.or(reading.reply_code),
            id: self.id,
            reply: self.reply,
            reporting_mta: self.reporting_mta,
            remote_mta: self.remote_mta,
        }
    }
}

/// What it means for the address: the more, the graver.
fn gravity(reason: BounceReason) -> u8 {
    match reason.kind() {
        BounceKind::Hard => 2,
        BounceKind::Blocked => 0,
        _ => 1,
    }
}

/// The provider says one thing, and the reply that it quotes another. The reply may be more exact, and
/// milder where it is sure; it never makes anything graver.
fn settle(says: BounceReason, read: BounceReason, sure: u8) -> (BounceReason, u8) {
    if read == BounceReason::Unknown || gravity(read) > gravity(says) {
        return (says, SURE);
    }
    // A provider's own reason is exact already.
    let is_exact = !matches!(
        says,
        BounceReason::RecipientUnknown | BounceReason::System | BounceReason::Policy | BounceReason::Unknown
    );
    if gravity(read) == gravity(says) {
        let reason = if is_exact && says.kind() == read.kind() { says } else { read };
        return (reason, SURE.max(sure));
    }
    if sure >= SURE && !is_exact { (read, sure) } else { (says, SURE) }
}

/// What is known of a delay: whatever the words say, it is not the end.
fn milder(says: BounceReason, read: BounceReason) -> BounceReason {
    if gravity(read) > gravity(says) || read == BounceReason::Unknown { says } else { read }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(says: BounceReason, reply: &str) -> (BounceKind, BounceReason) {
        let event = Facts { reply: reply.to_owned(), ..Facts::default() }.failed(says);
        (event.kind, event.reason)
    }

    #[test]
    fn a_reply_makes_a_providers_word_milder_or_more_exact_but_never_graver() {
        use BounceReason::{
            ContentRefused, DomainUnknown, MailboxFull, Policy, RecipientUnknown, System, Unknown,
        };
        let unknown = "550 5.1.1 <ida@x.example>: Recipient address rejected: User unknown";
        let full = "552 5.2.2 Mailbox full";
        assert_eq!(failed(RecipientUnknown, unknown), (BounceKind::Hard, RecipientUnknown));
        assert_eq!(failed(RecipientUnknown, ""), (BounceKind::Hard, RecipientUnknown));
        assert_eq!(failed(RecipientUnknown, full), (BounceKind::Soft, MailboxFull));
        assert_eq!(failed(DomainUnknown, full), (BounceKind::Hard, DomainUnknown), "it is exact");
        for says in [System, MailboxFull, Policy, ContentRefused, Unknown] {
            let (kind, reason) = failed(says, unknown);
            assert_eq!((kind, reason), (says.kind(), says));
        }
        assert_eq!(failed(Unknown, full), (BounceKind::Soft, MailboxFull));
        assert_eq!(failed(System, full), (BounceKind::Soft, MailboxFull));
        assert_eq!(failed(Policy, full), (BounceKind::Blocked, Policy), "blocked counts for nobody");
    }

    #[test]
    fn no_reason_and_no_reply_together_are_graver_than_the_reason() {
        for says in BounceReason::ALL {
            for read in BounceReason::ALL {
                let (reason, _) = settle(*says, *read, 99);
                assert!(gravity(reason) <= gravity(*says), "{says} {read} {reason}");
                assert!(reason.kind() != BounceKind::Hard || says.kind() == BounceKind::Hard);
            }
        }
    }

    #[test]
    fn a_delay_is_never_hard() {
        let facts = Facts { reply: "550 5.1.1 User unknown".to_owned(), ..Facts::default() };
        let event = facts.delayed();
        assert_eq!(event.kind, BounceKind::Delayed);
        assert_ne!(event.reason.kind(), BounceKind::Hard);
    }
}
