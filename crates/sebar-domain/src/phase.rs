use crate::text_enum::text_enum;

text_enum! {
    /// The step of an SMTP conversation (RFC 5321 §3) in which something was answered or went wrong.
    /// Ordered as the steps follow each other.
    Phase, "SMTP phase" {
        /// Looking up the host and opening the TCP connection.
        Connect = "connect",
        /// Waiting for the server's first line.
        Greeting = "greeting",
        /// EHLO, or HELO where that is all the server knows.
        Ehlo = "ehlo",
        /// STARTTLS or the TLS handshake itself, certificate included.
        Tls = "tls",
        /// Logging in.
        Auth = "auth",
        /// MAIL FROM: the sender's address.
        Mail = "mail",
        /// RCPT TO: the recipient's address.
        Rcpt = "rcpt",
        /// DATA, up to the last byte before the final dot.
        Data = "data",
        /// The final dot and the server's answer to it. Only here can a message be in doubt.
        EndOfData = "end_of_data",
        /// Saying goodbye.
        Quit = "quit",
    }
}
