use crate::text_enum::text_enum;

text_enum! {
    /// Where a message stands. A retry is `queued` again with a later due time.
    MessageState, "message state" {
        /// Waits for its time and a sender.
        Queued = "queued",
        /// A sender holds it and may be delivering it.
        Claimed = "claimed",
        /// A relay took it (its final `250`).
        Sent = "sent",
        /// The answer was final, or the retries ran out.
        Failed = "failed",
        /// Not sent because the address is suppressed or unsubscribed.
        Suppressed = "suppressed",
        /// Not sent because its campaign was cancelled.
        Cancelled = "cancelled",
        /// The outcome cannot be known: the connection or the sender died after the body was sent.
        InDoubt = "in_doubt",
    }
}

impl MessageState {
    /// Whether nothing more happens to it by itself.
    pub fn is_terminal(self) -> bool {
        !matches!(self, Self::Queued | Self::Claimed)
    }
}

text_enum! {
    /// What kind of mail a message is; each has its own priority and policy.
    Stream, "stream" {
        /// Part of a campaign; at most once by default.
        Campaign = "campaign",
        /// A single mail asked for by a program; at least once by default.
        Transactional = "transactional",
        /// A test send of a campaign to chosen addresses; not counted in its report.
        Test = "test",
    }
}

text_enum! {
    /// What becomes of a message when nobody can know whether a relay took it.
    Policy, "policy" {
        /// It is left *in doubt*, for a person to decide: nobody gets it twice.
        AtMostOnce = "at_most_once",
        /// It is sent again, with the same Message-ID: nobody goes without it.
        AtLeastOnce = "at_least_once",
    }
}

text_enum! {
    /// How one conversation with a relay about one message ended.
    AttemptOutcome, "outcome of an attempt" {
        /// The relay took the message.
        Sent = "sent",
        /// It is to be tried again.
        Retry = "retry",
        /// The answer was final.
        Failed = "failed",
        /// The relay was at fault, which costs the message nothing.
        RelayFault = "relay_fault",
        /// Nobody can know.
        InDoubt = "in_doubt",
    }
}
