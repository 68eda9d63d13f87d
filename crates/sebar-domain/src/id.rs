//! Typed ids. All are UUIDv7 made by the application, so that they sort by time.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id, later in order than those made before it.
            #[expect(clippy::new_without_default, reason = "a default id would hide that each is new")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }

            /// When it was made: the time in it (UUIDv7, RFC 9562 §5.7).
            pub fn made_at(self) -> DateTime<Utc> {
                let millis = i64::try_from(self.0.as_u128() >> 80).unwrap_or(0);
                DateTime::from_timestamp_millis(millis).unwrap_or_default()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )+};
}

ids! {
    /// A person who may log in.
    UserId,
    /// A person who may be mailed.
    ContactId,
    /// A named set of contacts.
    ListId,
    /// One upload of contacts.
    ImportId,
    /// A reusable design of a mail.
    TemplateId,
    /// One saved state of a template.
    TemplateVersionId,
    /// A mailing to an audience.
    CampaignId,
    /// The frozen content that a campaign's messages are composed from.
    ContentId,
    /// One mail to one recipient.
    MessageId,
    /// An SMTP server that takes our mail.
    RelayId,
    /// A named set of relays.
    PoolId,
    /// A rule that leads mail to a pool.
    RouteId,
    /// Limits for mail to some domains.
    DomainRuleId,
    /// What a program shows to call the API.
    ApiKeyId,
    /// One running sender process.
    SenderId,
    /// A mailbox that is looked into for what came back.
    MailboxId,
    /// An address of ours that a provider calls.
    HookId,
    /// A mail that came back.
    ReturnedMailId,
    /// What was said of one address.
    BounceId,
    /// An address of a program that is told of events.
    WebhookId,
}
