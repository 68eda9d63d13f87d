use crate::Security;
use crate::text_enum::text_enum;

text_enum! {
    /// How a mailbox is read.
    MailProtocol, "mail protocol" {
        /// RFC 9051; mails are moved or marked, never deleted.
        Imap = "imap",
        /// RFC 1939; mails are deleted once they are stored, unless they are to be kept.
        Pop3 = "pop3",
    }
}

impl MailProtocol {
    /// The port that servers use.
    pub const fn port(self, security: Security) -> u16 {
        match (self, security) {
            (Self::Imap, Security::ImplicitTls) => 993,
            (Self::Imap, _) => 143,
            (Self::Pop3, Security::ImplicitTls) => 995,
            (Self::Pop3, _) => 110,
        }
    }
}

/// How a mailbox is looked into for what came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailboxSettings {
    /// Its name for people.
    pub name: String,
    /// How it is read.
    pub protocol: MailProtocol,
    /// The server's name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// Who logs in.
    pub username: String,
    /// A certificate authority of one's own, in PEM; empty: those of the system.
    pub ca: String,
    /// IMAP: the folder that is read.
    pub folder: String,
    /// IMAP: the folder to which mail is moved when it is stored; empty: it stays, marked as read.
    pub done_folder: String,
    /// POP3: whether mail stays on the server when it is stored.
    pub keep: bool,
    /// Seconds from one look to the next.
    pub every_seconds: u32,
    /// Whether it is looked into.
    pub enabled: bool,
}

impl MailboxSettings {
    /// Whether a password goes the same way with these settings as with those: to the same account of the
    /// same server, no less protected.
    pub fn has_login_of(&self, other: &Self) -> bool {
        let server = |of: &Self| (of.protocol, of.host.clone(), of.port, of.security);
        server(self) == server(other)
            && self.username == other.username
            && self.ca.split_whitespace().eq(other.ca.split_whitespace())
    }

    /// Whether these settings read the same mails as those, and leave them to the same end.
    pub fn has_mails_of(&self, other: &Self) -> bool {
        let mails = |of: &Self| {
            (
                of.protocol,
                of.host.clone(),
                of.port,
                of.username.clone(),
                of.folder.clone(),
                of.done_folder.clone(),
            )
        };
        mails(self) == mails(other)
    }
}
