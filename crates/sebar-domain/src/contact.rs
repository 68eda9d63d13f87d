use crate::text_enum::text_enum;

text_enum! {
    /// What happened to a contact besides mail.
    ContactEvent, "contact event" {
        /// Added by hand.
        Created = "created",
        /// Its data were changed by hand.
        Edited = "edited",
        /// Put into a list.
        Listed = "listed",
        /// Taken out of a list.
        Unlisted = "unlisted",
        /// Wants no more mail.
        Unsubscribed = "unsubscribed",
        /// Asked to be mailed again.
        Resubscribed = "resubscribed",
        /// Its address was put on the suppression list.
        Suppressed = "suppressed",
        /// Its address was taken from the suppression list.
        Unsuppressed = "unsuppressed",
    }
}

text_enum! {
    /// Why an address is never mailed.
    SuppressionReason, "suppression reason" {
        /// A user put it there.
        Manual = "manual",
        /// The mailbox does not exist.
        HardBounce = "hard_bounce",
        /// Mail could not be delivered there again and again.
        SoftBounces = "soft_bounces",
        /// The person called a mail spam.
        Complaint = "complaint",
        /// It came with an imported list of suppressions.
        Import = "import",
        /// The person unsubscribed, and the contact was deleted.
        Unsubscribed = "unsubscribed",
    }
}

text_enum! {
    /// Whether a contact is mailed. One who unsubscribed and is suppressed too counts as both.
    ContactStatus, "contact status" {
        /// Gets mail.
        Subscribed = "subscribed",
        /// Wants none.
        Unsubscribed = "unsubscribed",
        /// Their address is on the suppression list.
        Suppressed = "suppressed",
    }
}
