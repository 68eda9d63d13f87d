use crate::text_enum::text_enum;

text_enum! {
    /// What a user may do. Ordered: each role may do all that the ones before it may.
    Role, "role" {
        /// Sees everything except secrets; changes nothing but their own settings.
        Viewer = "viewer",
        /// Also works with contacts, templates and campaigns.
        Editor = "editor",
        /// Also manages relays, users and the company's settings.
        Owner = "owner",
    }
}
