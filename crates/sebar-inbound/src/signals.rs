//! What speaks for a bounce where no delivery status says so.

use crate::mime::{Headers, Part};
use crate::words::{delay, failure, normal};

/// Local parts and names of those who report.
const DAEMONS: &[&str] = &[
    "mailer-daemon",
    "mailer_daemon",
    "mailerdaemon",
    "mail-daemon",
    "maildaemon",
    "mdaemon",
    "postmaster",
    "post_master",
    "post-master",
    "mail delivery",
    "mail-delivery",
    "maildelivery",
    "mail system",
    "mail administrator",
    "mailadmin",
    "mail-admin",
    "mail server",
    "mailserver",
    "system administrator",
    "systemadministrator",
    "systemadministrator",
    "daemon@",
    "daemon <",
    "delivery subsystem",
    "delivery system",
    "deliverysubsystem",
    "delivery-status",
    "delivery status",
    "bounce@",
    "bounces@",
    "bounce-",
    "mailer@",
    "mmdf",
    "uucp@",
    "mail.daemon",
    "mail router",
    "mta@",
    "majordomo",
    "e-mail delivery",
    "smtp gateway",
    "internet mail",
    "microsoft outlook",
    "microsoftexchange",
    "administrateur",
    "administrador",
    "amministratore",
    "nondelivery",
    "ndr@",
    "mailmarshal",
    "mailguard",
    "email delivery",
    "postbote",
];

/// Others whom machines write as, for reports and for much else.
const MACHINES: &[&str] = &[
    "no-reply@",
    "noreply@",
    "gateway",
    "administrator@",
    "system@",
    "root@",
    "メール",
    "システム管理",
    "courier",
    "server@",
    "virus",
    "admin@",
    "security@",
];

/// How much speaks for a bounce, against it, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Signals {
    /// A machine that reports wrote it.
    pub(crate) daemon: bool,
    /// Some machine wrote it.
    pub(crate) machine: bool,
    /// It came with the empty return path (RFC 5321 §4.5.5).
    pub(crate) null_sender: bool,
    /// The subject speaks of a failure or a delay.
    pub(crate) subject: bool,
    /// The text speaks of one.
    pub(crate) body: bool,
    /// A refusal is quoted.
    pub(crate) code: bool,
    /// A recipient is named in a place of its own.
    pub(crate) named: bool,
    /// A mail is returned.
    pub(crate) returned: bool,
    /// `X-Failed-Recipients` (Exim, Gmail and others) or `multipart/report` of deliveries.
    pub(crate) marked: bool,
    /// It answers a mail, as people do.
    pub(crate) conversation: bool,
    /// It goes to many.
    pub(crate) bulk: bool,
}

impl Signals {
    pub(crate) fn read(mail: &Part<'_>, said: &str, code: bool, named: bool, returned: bool) -> Self {
        let headers = &mail.headers;
        let from = headers.text("from").to_lowercase();
        let subject = normal(&headers.text("subject"));
        let conversation = is_conversation(&subject);
        // Whoever answers a bounce quotes it.
        let own: String = if conversation {
            said.lines().filter(|line| !line.starts_with('>')).collect::<Vec<_>>().join("\n")
        } else {
            said.to_owned()
        };
        let code = code && (!conversation || crate::reply::read(crate::reply::cut(&own, 4_000)).has_code);
        let own = normal(crate::reply::cut(&own, 6_000));
        Self {
            daemon: DAEMONS.iter().any(|name| from.contains(name)) && !from.contains("cron daemon")
                || from.trim().is_empty()
                || from.trim() == "<>",
            machine: MACHINES.iter().any(|name| from.contains(name)),
            null_sender: null_sender(headers),
            subject: failure::SUBJECT.stand_in(&subject) || delay::WARNING.stand_in(&subject),
            body: failure::BODY.stand_in(&own) || delay::WARNING.stand_in(&own),
            code,
            named,
            returned,
            marked: headers.has("x-failed-recipients") || reports_delivery(mail),
            conversation,
            bulk: headers.has("list-id") || headers.has("list-unsubscribe") || headers.has("list-post"),
        }
    }

    /// Whether it is a report about a mail at all.
    pub(crate) fn is_report(self) -> bool {
        let mut weight = 0;
        for (there, counts) in [
            (self.daemon, 2),
            (self.machine && !self.daemon, 1),
            (self.null_sender, 2),
            (self.subject, 2),
            (self.body, 2),
            (self.code, 1),
            (self.returned, 1),
            (self.marked, 4),
            (self.conversation && !self.daemon, -4),
            (self.conversation && self.daemon, -1),
            (self.bulk && !self.daemon, -2),
        ] {
            if there {
                weight += counts;
            }
        }
        // Parcels, too, are not delivered: who is no postmaster has to speak of a mail.
        let of_mail =
            self.daemon || self.null_sender || self.marked || self.code || self.named || self.returned;
        weight >= 4 && (self.body || self.subject || self.marked) && of_mail
    }
}

fn null_sender(headers: &Headers<'_>) -> bool {
    headers.get("return-path").is_some_and(|path| {
        matches!(path.trim(), "<>" | "" | "< >") || path.to_ascii_lowercase().contains("mailer-daemon")
    }) || headers.get("x-envelope-from").is_some_and(|path| path.trim() == "<>")
}

fn reports_delivery(mail: &Part<'_>) -> bool {
    mail.essence() == "multipart/report"
        && mail.parameter("report-type").is_none_or(|kind| kind.eq_ignore_ascii_case("delivery-status"))
}

fn is_conversation(subject: &str) -> bool {
    [
        "re:", "aw:", "sv:", "antw:", "fwd:", "fw:", "wg:", "tr:", "odp:", "vs:", "rv:", "res:", "r:",
        "回复:", "答复:", "转发:",
    ]
    .iter()
    .any(|prefix| subject.starts_with(prefix))
}
