//! Mailboxes by IMAP (RFC 9051).

use async_imap::error::Error;
use async_imap::types::{Fetch, UnsolicitedResponse};
use async_imap::{Client, Session};
use bytes::Bytes;
use futures::TryStreamExt as _;
use sebar_domain::{MailboxSettings, Road, Security};
use sebar_store::mailboxes::Mailbox;

use crate::mailboxes::{GIVE_UP, MAX_SIZE};
use crate::stream::{Stream, connect, encrypt, in_time};
use crate::{Arrival, Fault, Intake};

/// Mails that are fetched together, and their octets.
const BATCH: usize = 25;
const BATCH_BYTES: usize = 4_000_000;

/// An open mailbox, with its folder selected.
pub(crate) struct Imap {
    session: Session<Stream>,
    has_move: bool,
    has_uidplus: bool,
}

/// A mail on the server.
struct Item {
    uid: u32,
    size: usize,
}

impl Imap {
    /// Connects, logs in and selects the folder.
    pub(crate) async fn open(settings: &MailboxSettings, password: &str) -> Result<Self, Fault> {
        let mut client = Client::new(connect(settings).await?);
        in_time(client.read_response())
            .await??
            .ok_or(std::io::Error::from(std::io::ErrorKind::UnexpectedEof))?;
        if settings.security == Security::StartTls {
            // RFC 9051 §6.2.1.
            in_time(client.run_command_and_check_ok("STARTTLS", None)).await?.map_err(
                |fault| match fault {
                    Error::No(_) | Error::Bad(_) => Fault::NoStartTls,
                    other => told(other),
                },
            )?;
            client = Client::new(encrypt(settings, client.into_inner()).await?);
        }
        let login = in_time(client.login(&settings.username, password)).await?;
        let mut session = login.map_err(|(fault, _)| match fault {
            Error::No(words) | Error::Bad(words) => Fault::Login(short(&words)),
            other => told(other),
        })?;
        let capabilities = in_time(session.capabilities()).await?.map_err(told)?;
        let (has_move, has_uidplus) = (capabilities.has_str("MOVE"), capabilities.has_str("UIDPLUS"));
        in_time(session.select(&settings.folder)).await?.map_err(|fault| match fault {
            Error::No(words) | Error::Bad(words) => Fault::Folder(settings.folder.clone(), short(&words)),
            other => told(other),
        })?;
        Ok(Self { session, has_move, has_uidplus })
    }

    /// How many mails wait.
    pub(crate) async fn count(&mut self, settings: &MailboxSettings) -> Result<u32, Fault> {
        Ok(u32::try_from(self.waiting(settings).await?.len()).unwrap_or(u32::MAX))
    }

    /// Logs out.
    pub(crate) async fn quit(mut self) {
        let _ = in_time(self.session.logout()).await;
    }

    /// Takes all that waits. A mail is moved, or marked as read, when it has been stored.
    pub(crate) async fn take(
        &mut self,
        mailbox: &Mailbox,
        intake: &Intake,
        taken: &mut i64,
    ) -> Result<(), Fault> {
        let settings = &mailbox.settings;
        let uids = self.waiting(settings).await?;
        if uids.is_empty() {
            return Ok(());
        }
        if !settings.done_folder.is_empty() {
            // It may be there already; a server that refuses it says so when mail is moved.
            let _ = in_time(self.session.create(&settings.done_folder)).await?;
        }
        let (mut failed, mut in_a_row) = (false, 0);
        for some in uids.chunks(500) {
            let items = self.sizes(some).await?;
            for batch in batches(&items) {
                let mails = self.fetch(batch).await?;
                let storing = mails.iter().map(|(_, raw)| {
                    intake.take(Arrival {
                        road: Road::Imap,
                        mailbox: Some(mailbox.id),
                        source: settings.name.clone(),
                        envelope_to: Vec::new(),
                        raw: raw.clone(),
                    })
                });
                let stored = futures::future::join_all(storing).await;
                let done: Vec<u32> = mails
                    .iter()
                    .zip(&stored)
                    .filter(|(_, stored)| stored.is_ok())
                    .map(|((uid, _), _)| *uid)
                    .collect();
                *taken += i64::try_from(done.len()).unwrap_or_default();
                self.put_away(settings, &done).await?;
                // One that cannot be stored does not keep out those behind it.
                for stored in stored {
                    in_a_row = if stored.is_err() { in_a_row + 1 } else { 0 };
                    failed |= stored.is_err();
                    if in_a_row >= GIVE_UP {
                        return Err(Fault::NotStored);
                    }
                }
            }
        }
        if failed { Err(Fault::NotStored) } else { Ok(()) }
    }

    /// The unique ids of what waits, the oldest first.
    async fn waiting(&mut self, settings: &MailboxSettings) -> Result<Vec<u32>, Fault> {
        let wanted = if settings.done_folder.is_empty() { "UNSEEN UNDELETED" } else { "UNDELETED" };
        let found = in_time(self.session.uid_search(wanted)).await?.map_err(told)?;
        let mut uids: Vec<u32> = found.into_iter().collect();
        uids.sort_unstable();
        Ok(uids)
    }

    async fn sizes(&mut self, uids: &[u32]) -> Result<Vec<Item>, Fault> {
        let fetched = self.fetched(&set(uids), "(UID RFC822.SIZE)").await?;
        let item = |fetch: &Fetch| Some(Item { uid: fetch.uid?, size: fetch.size? as usize });
        Ok(fetched.iter().filter_map(item).collect())
    }

    /// The bytes of mails; of one that is too big, its beginning.
    async fn fetch(&mut self, items: &[Item]) -> Result<Vec<(u32, Bytes)>, Fault> {
        let uids: Vec<u32> = items.iter().map(|item| item.uid).collect();
        let what = if items.iter().any(|item| item.size > MAX_SIZE) {
            format!("(UID BODY.PEEK[]<0.{MAX_SIZE}>)")
        } else {
            "(UID BODY.PEEK[])".to_owned()
        };
        let fetched = self.fetched(&set(&uids), &what).await?;
        let mail = |fetch: &Fetch| Some((fetch.uid?, Bytes::copy_from_slice(fetch.body()?)));
        Ok(fetched.iter().filter_map(mail).collect())
    }

    async fn fetched(&mut self, uids: &str, what: &str) -> Result<Vec<Fetch>, Fault> {
        let fetching = async { self.session.uid_fetch(uids, what).await?.try_collect::<Vec<_>>().await };
        let fetched = in_time(fetching).await?.map_err(told)?;
        // Nobody reads what the server says unasked, and it would pile up.
        while let Ok(UnsolicitedResponse::Exists(_) | UnsolicitedResponse::Expunge(_) | _) =
            self.session.unsolicited_responses.try_recv()
        {}
        Ok(fetched)
    }

    /// Moves mails to their folder (RFC 6851; else by copies), or marks them as read.
    async fn put_away(&mut self, settings: &MailboxSettings, uids: &[u32]) -> Result<(), Fault> {
        if uids.is_empty() {
            return Ok(());
        }
        let (set, folder) = (set(uids), &settings.done_folder);
        if folder.is_empty() {
            return self.mark(&set, "\\Seen").await;
        }
        let refused = |fault| match fault {
            Error::No(words) | Error::Bad(words) => Fault::Folder(folder.clone(), short(&words)),
            other => told(other),
        };
        if self.has_move {
            return in_time(self.session.uid_mv(&set, folder)).await?.map_err(refused);
        }
        in_time(self.session.uid_copy(&set, folder)).await?.map_err(refused)?;
        self.mark(&set, "\\Seen \\Deleted").await?;
        // Without UIDPLUS (RFC 4315) they stay, marked as deleted: EXPUNGE might take others along.
        if self.has_uidplus {
            let expunging = async { self.session.uid_expunge(&set).await?.try_collect::<Vec<_>>().await };
            in_time(expunging).await?.map_err(told)?;
        }
        Ok(())
    }

    async fn mark(&mut self, set: &str, flags: &str) -> Result<(), Fault> {
        let command = format!("+FLAGS ({flags})");
        let marking = async { self.session.uid_store(set, command).await?.try_collect::<Vec<_>>().await };
        in_time(marking).await?.map_err(told).map(drop)
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

fn set(uids: &[u32]) -> String {
    uids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

fn told(fault: Error) -> Fault {
    match fault {
        Error::Io(fault) => Fault::Connection(fault),
        Error::No(words) | Error::Bad(words) => Fault::Refused(short(&words)),
        Error::ConnectionLost => Fault::Connection(std::io::ErrorKind::UnexpectedEof.into()),
        other => Fault::Refused(short(&other.to_string())),
    }
}

fn short(words: &str) -> String {
    words.chars().take(500).collect()
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
}
