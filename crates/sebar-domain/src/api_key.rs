use crate::text_enum::text_enum;

text_enum! {
    /// What a program may do with an API key.
    Scope, "scope" {
        /// Send, cancel and reschedule mails.
        EmailsSend = "emails:send",
        /// See mails and what became of them.
        EmailsRead = "emails:read",
        /// Add, change, unsubscribe and delete contacts.
        ContactsWrite = "contacts:write",
        /// See contacts.
        ContactsRead = "contacts:read",
        /// Put addresses on the suppression list and take them off.
        SuppressionsWrite = "suppressions:write",
        /// See the suppression list.
        SuppressionsRead = "suppressions:read",
        /// Write, change and delete templates.
        TemplatesWrite = "templates:write",
        /// See templates.
        TemplatesRead = "templates:read",
        /// Write, start, schedule, pause and cancel campaigns.
        CampaignsWrite = "campaigns:write",
        /// See campaigns and what they came to.
        CampaignsRead = "campaigns:read",
        /// See what came back.
        BouncesRead = "bounces:read",
        /// See relays and pools, without their secrets.
        RelaysRead = "relays:read",
        /// Add, change, test and delete webhooks.
        WebhooksWrite = "webhooks:write",
        /// See webhooks and what they were told.
        WebhooksRead = "webhooks:read",
    }
}
