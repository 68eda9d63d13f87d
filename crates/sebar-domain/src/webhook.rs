use crate::text_enum::text_enum;

text_enum! {
    /// What a webhook can be told of.
    EventKind, "kind of event" {
        /// A program handed in a mail.
        EmailAccepted = "email.accepted",
        /// It waits for the time that was asked for.
        EmailScheduled = "email.scheduled",
        /// A relay took it.
        EmailSent = "email.sent",
        /// It was not taken yet, and is tried again; or its receiver says so.
        EmailDelayed = "email.delivery_delayed",
        /// It never will be sent.
        EmailFailed = "email.failed",
        /// Nobody can know whether a relay took it.
        EmailInDoubt = "email.in_doubt",
        /// It was cancelled.
        EmailCancelled = "email.cancelled",
        /// It came back, or a relay refused its recipient.
        EmailBounced = "email.bounced",
        /// Its recipient calls it spam.
        EmailComplained = "email.complained",
        /// It is not sent: its recipient is on the suppression list.
        EmailSuppressed = "email.suppressed",
        /// It was opened.
        EmailOpened = "email.opened",
        /// A link in it was followed.
        EmailClicked = "email.clicked",
        /// Its recipient unsubscribed by its link.
        EmailUnsubscribed = "email.unsubscribed",
        /// A contact was added. Imports tell nobody.
        ContactCreated = "contact.created",
        /// A contact's data or lists were changed.
        ContactUpdated = "contact.updated",
        /// A contact was deleted.
        ContactDeleted = "contact.deleted",
        /// A contact wants no more mail.
        ContactUnsubscribed = "contact.unsubscribed",
        /// A contact asked to be mailed again.
        ContactResubscribed = "contact.resubscribed",
        /// A contact's address was put on the suppression list.
        ContactSuppressed = "contact.suppressed",
        /// A contact's address was taken from the suppression list.
        ContactUnsuppressed = "contact.unsuppressed",
        /// A campaign waits for its time.
        CampaignScheduled = "campaign.scheduled",
        /// It is a draft again.
        CampaignUnscheduled = "campaign.unscheduled",
        /// It is being sent.
        CampaignStarted = "campaign.started",
        /// It was paused, by a user or by itself.
        CampaignPaused = "campaign.paused",
        /// It goes on.
        CampaignResumed = "campaign.resumed",
        /// Every message of it has ended.
        CampaignSent = "campaign.sent",
        /// It was cancelled.
        CampaignCancelled = "campaign.cancelled",
        /// Somebody asked for a call, to try the webhook.
        Test = "webhook.test",
    }
}

impl EventKind {
    /// Those that a webhook can ask for.
    pub fn choices() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|kind| *kind != Self::Test)
    }

    /// What it is about: `email`, `contact`, `campaign` or `webhook`.
    pub fn family(self) -> &'static str {
        self.as_str().split_once('.').map_or("", |(family, _)| family)
    }
}

text_enum! {
    /// Where the call for an event stands.
    EventState, "state of an event" {
        /// It is to be made, or made again.
        Pending = "pending",
        /// It was answered with 2xx.
        Delivered = "delivered",
        /// It was given up.
        Failed = "failed",
    }
}
