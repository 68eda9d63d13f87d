//! Our listener: takes mail for the return path's domain, and for nobody else.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sebar_compose::ReturnPath;
use sebar_domain::Road;
use sebar_smtp::server::{Answer, Config, Handler, Peer, Received, serve as serve_smtp, subscriber};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{Arrival, Intake, Marks};

const MINUTE: Duration = Duration::from_secs(60);
/// So many addresses are counted; what is more than a minute old makes room.
const MOST_PEERS: usize = 10_000;

/// What the listener bears.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Octets of one mail. Bounces may return the whole message.
    pub max_size: usize,
    /// Sessions at once.
    pub sessions: usize,
    /// Mails in a minute from one address, or one network of IPv6; 0: any number. This host's own programs are not counted.
    pub per_minute: u32,
    /// The certificate and key for STARTTLS.
    pub tls: Option<Arc<rustls::ServerConfig>>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_size: 20_000_000, sessions: 200, per_minute: 3_000, tls: None }
    }
}

/// Serves until shutdown.
pub(crate) async fn serve(
    listener: TcpListener,
    limits: Limits,
    intake: Intake,
    marks: watch::Receiver<Marks>,
    shutdown: CancellationToken,
) -> std::io::Result<()> {
    let hostname = marks.borrow().paths().first().map_or("sebar.invalid", ReturnPath::domain).to_owned();
    let mut config = Config::new(hostname);
    config.max_message_size = limits.max_size;
    config.max_connections = limits.sessions;
    config.max_recipients = 100;
    // A bounce may return a message with such octets, and it is kept as it came.
    config.keep_bare_newlines = true;
    config.tls = limits.tls;
    let handler = Returns { intake, marks, per_minute: limits.per_minute, counted: Mutex::default() };
    serve_smtp(listener, config, Arc::new(handler), shutdown).await
}

struct Returns {
    intake: Intake,
    marks: watch::Receiver<Marks>,
    per_minute: u32,
    counted: Mutex<HashMap<IpAddr, (Instant, u32)>>,
}

impl Returns {
    /// Whether an address has had its share of this minute.
    fn is_too_much(&self, peer: IpAddr) -> bool {
        if self.per_minute == 0 || peer.to_canonical().is_loopback() {
            return false;
        }
        let peer = subscriber(peer);
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.len() >= MOST_PEERS {
            counted.retain(|_, (since, _)| since.elapsed() < MINUTE);
        }
        if counted.len() >= MOST_PEERS && !counted.contains_key(&peer) {
            return true;
        }
        let (since, n) = counted.entry(peer).or_insert_with(|| (Instant::now(), 0));
        if since.elapsed() >= MINUTE {
            (*since, *n) = (Instant::now(), 0);
        }
        *n += 1;
        *n > self.per_minute
    }

    fn answer_for(&self, rcpt_to: &str) -> Answer {
        let marks = self.marks.borrow();
        if marks.paths().is_empty() {
            return Answer::new(451, "4.3.0", "No return path is set up here");
        }
        let Some((local, domain)) = rcpt_to.rsplit_once('@') else {
            // RFC 5321 §4.5.1: postmaster without a domain.
            return if rcpt_to.eq_ignore_ascii_case("postmaster") { ok() } else { unknown() };
        };
        let here: Vec<&ReturnPath> =
            marks.paths().iter().filter(|path| path.domain().eq_ignore_ascii_case(domain)).collect();
        if here.is_empty() {
            return Answer::new(550, "5.7.1", "This server takes no mail for that domain");
        }
        let is_base = || here.iter().any(|path| path.base().as_str().eq_ignore_ascii_case(rcpt_to));
        let is_marked = || marks.mark_in(rcpt_to).is_some_and(|(path, mark)| path.verify(mark).is_some());
        if local.eq_ignore_ascii_case("postmaster") || is_base() || is_marked() { ok() } else { unknown() }
    }
}

fn ok() -> Answer {
    Answer::new(250, "2.1.5", "Recipient ok")
}

fn unknown() -> Answer {
    Answer::new(550, "5.1.1", "No such address here")
}

impl Handler for Returns {
    async fn mail(&self, peer: &Peer, _: Option<&str>) -> Answer {
        if self.is_too_much(peer.address.ip()) {
            return Answer::new(450, "4.7.0", "Too many mails in a minute, try again later");
        }
        Answer::new(250, "2.1.0", "Sender ok")
    }

    async fn rcpt(&self, _: &Peer, _: Option<&str>, rcpt_to: &str) -> Answer {
        self.answer_for(rcpt_to)
    }

    async fn message(&self, received: Received) -> Answer {
        let arrival = Arrival {
            road: Road::Smtp,
            mailbox: None,
            source: received.peer.hello.unwrap_or_default(),
            envelope_to: received.rcpt_to,
            raw: received.data,
        };
        match self.intake.take(arrival).await {
            Ok(()) => Answer::new(250, "2.0.0", "Stored"),
            Err(_) => Answer::new(451, "4.3.0", "It cannot be stored now, try again later"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sebar_domain::Address;
    use sebar_domain::id::MessageId;
    use sqlx::PgPool;

    fn code(answer: &Answer) -> u16 {
        match answer {
            Answer::Reply(reply) => reply.code,
            Answer::HangUp => 0,
        }
    }

    #[tokio::test]
    async fn it_takes_mail_for_the_return_path_and_for_nobody_else() {
        let [now, former] =
            ["bounces@mail.toko.example", "returns@old.example"].map(|base| base.parse::<Address>().unwrap());
        let marked = |base: &Address| ReturnPath::new(base.clone(), Some(&[7; 32])).of(MessageId::new());
        let (marked, formerly) = (marked(&now), marked(&former));
        let (sender, marks) = watch::channel(Marks::new(&[7; 32], [now, former]));
        let db = PgPool::connect_lazy("postgres://nobody@127.0.0.1:1/none").unwrap();
        let intake = Intake::new(&db, marks.clone());
        let returns = Returns { intake, marks, per_minute: 2, counted: Mutex::default() };
        let answer = |to: &str| code(&returns.answer_for(to));
        for ours in [
            marked.as_str(),
            &marked.as_str().to_uppercase(),
            "Bounces@MAIL.toko.example",
            "postmaster@mail.toko.example",
            "postmaster",
            formerly.as_str(),
            "returns@old.example",
            "postmaster@old.example",
        ] {
            assert_eq!(answer(ours), 250, "{ours}");
        }
        let forged = marked.as_str().replacen('+', "+a", 1);
        for other in [
            "ida@toko.example",
            "bounces@mail.toko.example.evil.example",
            "ida@mail.toko.example",
            "bounces+x@mail.toko.example",
            &forged,
            "bounces",
            "bounces@old.example",
            "returns@mail.toko.example",
            "bounces@evil.example@mail.toko.example.",
        ] {
            assert_eq!(answer(other), 550, "{other}");
        }
        sender.send_replace(Marks::new(&[7; 32], []));
        assert_eq!(answer("bounces@mail.toko.example"), 451);

        let far: IpAddr = "192.0.2.1".parse().unwrap();
        assert_eq!([1, 2, 3].map(|_| returns.is_too_much(far)), [false, false, true]);
        assert!(!returns.is_too_much("192.0.2.2".parse().unwrap()));
        let of = |last: u16| IpAddr::from([0x2001, 0xdb8, 0, 1, last, 0, 0, last]);
        assert_eq!([1, 2, 3].map(|n| returns.is_too_much(of(n))), [false, false, true]);
        assert!(!returns.is_too_much("2001:db8:0:2::1".parse().unwrap()));
        let mapped = "::ffff:192.0.2.9".parse().unwrap();
        assert_eq!([1, 2].map(|_| returns.is_too_much(mapped)), [false, false]);
        assert!(returns.is_too_much("192.0.2.9".parse().unwrap()), "the same by another name");
        assert_eq!([1, 2, 3].map(|_| returns.is_too_much(IpAddr::from([127, 0, 0, 1]))), [false; 3]);
    }
}
