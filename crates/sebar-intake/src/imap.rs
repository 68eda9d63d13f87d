//! Mailboxes by IMAP (RFC 9051): what is taken from them. The commands are in [`session`].

mod session;

use std::collections::HashSet;
use std::time::Duration;

use bytes::Bytes;
use sebar_domain::{MailboxSettings, Road};
use sebar_store::mailboxes::{self, Reached};
use tokio::time::{Instant, sleep};

use crate::Fault;
use crate::look::Look;
use session::{Item, Session};

/// Mails that are fetched together, and their octets.
const BATCH: usize = 25;
const BATCH_BYTES: usize = 4_000_000;
/// Mails whose sizes are asked for together.
const SIZES: usize = 500;
/// Ids that are searched together.
const WINDOW: u64 = 5_000;
/// The same where nothing was found for a while.
const WIDEST: u64 = 80_000;
/// Over a gap that is wider than so many of these, there are so many searches.
const MANY: u64 = 256;
/// Servers may hang up on who idles for half an hour (RFC 2177 §3), and routers sooner.
const IDLE: Duration = Duration::from_secs(25 * 60);
/// Mail seldom comes alone: after the first one it is waited for a moment.
const MOMENT: Duration = Duration::from_secs(1);

/// A mailbox, open.
pub(crate) struct Imap {
    session: Session,
    /// Whether the folder for mail that is stored was made, or was there.
    has_done_folder: bool,
}

/// What ended a pause.
pub(crate) enum Woken {
    /// Mail has come.
    ByMail,
    /// It is time to look, whether or not mail has come.
    ByTime,
    /// The server does not tell when mail comes.
    Never,
}

impl Imap {
    /// Connects and logs in.
    pub(crate) async fn open(settings: &MailboxSettings, password: &str) -> Result<Self, Fault> {
        Ok(Self { session: Session::open(settings, password).await?, has_done_folder: false })
    }

    /// How many mails wait.
    pub(crate) async fn count(&mut self, settings: &MailboxSettings) -> Result<u32, Fault> {
        self.session.select(&settings.folder).await?;
        let Some((first, last)) = self.session.ends().await? else { return Ok(0) };
        let mut windows = Windows::new(first, last, self.session.exists);
        let mut waiting = 0;
        while let Some((from, to)) = windows.next() {
            let found = self.waiting(settings, from, to).await?.len();
            windows.found(found);
            waiting += found;
        }
        Ok(u32::try_from(waiting).unwrap_or(u32::MAX))
    }

    /// Logs out.
    pub(crate) async fn quit(self) {
        self.session.quit().await;
    }

    /// Whether the server tells when mail comes.
    pub(crate) fn can_wait(&self) -> bool {
        self.session.can_idle
    }

    /// Waits until mail comes, for `pause` at most.
    pub(crate) async fn wait(&mut self, pause: Duration) -> Result<Woken, Fault> {
        let until = Instant::now() + pause;
        while !self.session.has_news {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(Woken::ByTime);
            }
            if !self.session.idle(left.min(IDLE)).await? {
                return Ok(Woken::Never);
            }
        }
        sleep(MOMENT).await;
        Ok(Woken::ByMail)
    }

    /// Takes all that waits. A mail is moved, or marked as read, when it has been stored.
    ///
    /// Nothing is fetched twice: of mails that were stored and not yet put away the ids are remembered, and
    /// where mail stays in its folder, up to which id all is done.
    pub(crate) async fn take(&mut self, look: &mut Look<'_>) -> Result<(), Fault> {
        let settings = &look.mailbox.settings;
        let stays = settings.done_folder.is_empty();
        let validity = self.session.select(&settings.folder).await?;
        let ends = self.session.ends().await?;
        let mut taking = Taking { validity, seen: mailboxes::seen(look.db, look.mailbox.id).await? };
        taking.forget_gone(look, ends).await?;
        let Some((first, last)) = ends else { return Ok(()) };
        let reached = mailboxes::reached(look.db, look.mailbox.id).await?;
        let behind = reached.filter(|reached| stays && reached.validity == validity);
        let from = behind.map_or(first, |reached| first.max(reached.uid.saturating_add(1)));
        let mut windows = Windows::new(from, last, self.session.exists);
        let mut all_done = true;
        while let Some((from, to)) = windows.next() {
            let uids = self.waiting(settings, from, to).await?;
            windows.found(uids.len());
            for some in uids.chunks(SIZES) {
                all_done &= self.take_some(look, &taking, some).await?;
            }
            if stays && all_done {
                mailboxes::reach(look.db, look.lease, Reached { validity, uid: to }).await?;
            }
        }
        look.end()
    }

    /// Takes some of what waits. `true`: all of them.
    async fn take_some(&mut self, look: &mut Look<'_>, taking: &Taking, uids: &[u32]) -> Result<bool, Fault> {
        let (stored, new): (Vec<u32>, Vec<u32>) =
            uids.iter().partition(|uid| taking.seen.contains(&taking.id(**uid)));
        self.put_away(look, taking, &stored).await?;
        let mut left = new.len();
        for batch in batches(&self.session.sizes(&new).await?) {
            let mails = self.session.fetch(batch).await?;
            let uids: Vec<u32> = mails.iter().map(|(uid, _)| *uid).collect();
            let mails: Vec<(String, Bytes)> =
                mails.into_iter().map(|(uid, raw)| (taking.id(uid), raw)).collect();
            let stored = look.store(Road::Imap, mails).await?;
            let done: Vec<u32> = uids.into_iter().filter(|uid| stored.contains(&taking.id(*uid))).collect();
            self.put_away(look, taking, &done).await?;
            look.go_on()?;
            left -= done.len();
        }
        Ok(left == 0)
    }

    /// The unique ids of what waits in a window, the oldest first.
    async fn waiting(&mut self, settings: &MailboxSettings, from: u32, to: u32) -> Result<Vec<u32>, Fault> {
        let wanted = if settings.done_folder.is_empty() { "UNSEEN UNDELETED" } else { "UNDELETED" };
        let mut uids = self.session.search(&format!("UID {from}:{to} {wanted}")).await?;
        uids.retain(|uid| (from..=to).contains(uid));
        uids.sort_unstable();
        uids.dedup();
        Ok(uids)
    }

    /// Moves mails to their folder (RFC 6851; else by copies), or marks them as read.
    async fn put_away(&mut self, look: &Look<'_>, taking: &Taking, uids: &[u32]) -> Result<(), Fault> {
        if uids.is_empty() {
            return Ok(());
        }
        let folder = &look.mailbox.settings.done_folder;
        if folder.is_empty() {
            self.session.mark(uids, "\\Seen").await?;
        } else {
            if !self.has_done_folder {
                // It may be there already; a server that refuses it says so when mail is moved.
                self.session.create(folder).await?;
                self.has_done_folder = true;
            }
            self.session.move_to(folder, uids).await?;
        }
        let ids: Vec<String> = uids.iter().map(|uid| taking.id(*uid)).collect();
        mailboxes::forget_seen(look.db, look.mailbox.id, &ids).await?;
        Ok(())
    }
}

/// What is known of the folder that is looked at.
struct Taking {
    validity: u32,
    /// Mails that were stored and not put away: another look ended there.
    seen: HashSet<String>,
}

impl Taking {
    /// How a mail is remembered. The same id is another mail when the validity has changed.
    fn id(&self, uid: u32) -> String {
        format!("{}.{uid}", self.validity)
    }

    /// Forgets mails that can be there no more.
    async fn forget_gone(&mut self, look: &Look<'_>, ends: Option<(u32, u32)>) -> Result<(), Fault> {
        let is_there = |id: &String| {
            let uid = id.strip_prefix(&format!("{}.", self.validity)).and_then(|uid| uid.parse::<u32>().ok());
            matches!((uid, ends), (Some(uid), Some((first, last))) if (first..=last).contains(&uid))
        };
        let gone: Vec<String> = self.seen.iter().filter(|id| !is_there(id)).cloned().collect();
        mailboxes::forget_seen(look.db, look.mailbox.id, &gone).await?;
        Ok(())
    }
}

/// Ranges of unique ids, one after the other; the wider, the longer nothing was found.
struct Windows {
    from: u64,
    last: u64,
    width: u64,
    widest: u64,
}

impl Windows {
    /// From one id to another, in a folder with so many mails.
    fn new(first: u32, last: u32, mails: u32) -> Self {
        let (from, last) = (u64::from(first), u64::from(last));
        let all = (last + 1).saturating_sub(from);
        // Behind what was read long ago there may be as much that was not.
        let widest = if u64::from(mails) <= WINDOW { all } else { (all / MANY).max(WIDEST) };
        Self { from, last, width: WINDOW, widest }
    }

    fn next(&mut self) -> Option<(u32, u32)> {
        let to = self.last.min(self.from + self.width - 1);
        let window = (u32::try_from(self.from).ok()?, u32::try_from(to).ok()?);
        let is_one = self.from <= to;
        self.from = to + 1;
        is_one.then_some(window)
    }

    /// What the last one brought.
    fn found(&mut self, mails: usize) {
        self.width = if mails == 0 { (self.width * 2).min(self.widest).max(WINDOW) } else { WINDOW };
    }
}

/// Parts of a list that are fetched together.
fn batches(items: &[Item]) -> Vec<&[Item]> {
    let mut batches = Vec::new();
    let (mut from, mut bytes) = (0, 0);
    for (n, item) in items.iter().enumerate() {
        let is_full = n - from >= BATCH || bytes + item.size > BATCH_BYTES;
        if n > from && is_full {
            batches.push(&items[from..n]);
            (from, bytes) = (n, 0);
        }
        bytes += item.size;
    }
    if from < items.len() {
        batches.push(&items[from..]);
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn big_mails_are_fetched_by_themselves() {
        let items = |sizes: &[usize]| -> Vec<Item> {
            sizes.iter().zip(1..).map(|(size, uid)| Item { uid, size: *size }).collect()
        };
        let parts = |sizes: &[usize]| -> Vec<usize> {
            batches(&items(sizes)).iter().map(|part| part.len()).collect()
        };
        assert_eq!(parts(&[]), Vec::<usize>::new());
        assert_eq!(parts(&[10; 60]), [25, 25, 10]);
        assert_eq!(parts(&[10, 10, 5_000_000, 10]), [2, 1, 1]);
        assert_eq!(parts(&[5_000_000]), [1]);
    }

    #[test]
    fn windows_cover_all_ids_once_and_grow_over_gaps() {
        let walk = |first: u32, last: u32, mails: &[u32]| {
            let n = u32::try_from(mails.len()).unwrap();
            let mut windows = Windows::new(first, last, n);
            let (mut next, mut n) = (u64::from(first), 0);
            while let Some((from, to)) = windows.next() {
                assert_eq!(u64::from(from), next);
                windows.found(mails.iter().filter(|uid| (from..=to).contains(uid)).count());
                (next, n) = (u64::from(to) + 1, n + 1);
            }
            assert!(next > u64::from(last));
            n
        };
        assert_eq!(walk(1, 1, &[1]), 1);
        assert_eq!(walk(2, 1, &[]), 0, "nothing behind what was reached");
        assert_eq!(walk(1, 100_000, &(1..=100_000).collect::<Vec<_>>()), 20);
        assert_eq!(walk(u32::MAX, u32::MAX, &[u32::MAX]), 1);
        assert!(walk(1, u32::MAX, &[1, u32::MAX]) < 25, "four thousand million ids, two mails");
        let full: Vec<u32> = (1..=10_000).chain([u32::MAX]).collect();
        assert!(walk(1, u32::MAX, &full) < 300, "a full folder with a wide gap");
    }
}
