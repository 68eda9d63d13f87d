use crate::text_enum::text_enum;

text_enum! {
    /// How a connection to a relay is protected.
    Security, "connection security" {
        /// Plain text. Only for hosts that are reached over a trusted network.
        None = "none",
        /// Starts plain and must switch to TLS (RFC 3207) before anything else is said.
        StartTls = "starttls",
        /// TLS from the first byte (RFC 8314 §3.3), usually port 465.
        ImplicitTls = "tls",
    }
}

text_enum! {
    /// How we log in to a relay (RFC 4954).
    Authentication, "authentication" {
        /// No login; the relay knows us by our address.
        None = "none",
        /// By name and password: AUTH PLAIN (RFC 4616), LOGIN or CRAM-MD5 (RFC 2195).
        Password = "password",
        /// By an access token (RFC 6749): AUTH XOAUTH2, or OAUTHBEARER (RFC 7628).
        OAuth2 = "oauth2",
    }
}
