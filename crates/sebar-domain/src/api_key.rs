use crate::text_enum::text_enum;

text_enum! {
    /// What a program may do with an API key.
    Scope, "scope" {
        /// Send, cancel and reschedule mails.
        EmailsSend = "emails:send",
        /// See mails and what became of them.
        EmailsRead = "emails:read",
    }
}
