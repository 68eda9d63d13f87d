//! A conversation by IMAP: the few commands that are needed. An answer counts when the server has ended it
//! with OK; a connection that breaks before is a fault, and never a shorter answer.

use std::io::{Error as IoError, ErrorKind};
use std::time::Duration;

use async_imap::Client;
use async_imap::error::Error;
use async_imap::imap_proto::{
    AttributeValue, MailboxDatum, Outcome, RequestId, Response, ResponseCode, Status,
};
use bytes::Bytes;
use sebar_domain::{MailboxSettings, Security};
use tokio::time::{Instant, timeout_at};

use crate::Fault;
use crate::mailboxes::MAX_SIZE;
use crate::stream::{PATIENCE, Stream, connect, encrypt, in_time};

/// Responses to one command; we ask for a few hundred mails at most.
const MOST: usize = 10_000;

/// A mail on the server.
pub(super) struct Item {
    pub(super) uid: u32,
    pub(super) size: usize,
}

/// Somebody who is logged in.
pub(super) struct Session {
    inner: async_imap::Session<Stream>,
    /// Mails in the folder that is selected, as far as the server has told.
    pub(super) exists: u32,
    /// Whether mail has come since the folder was selected.
    pub(super) has_news: bool,
    /// Whether the server tells when mail comes (RFC 2177).
    pub(super) can_idle: bool,
    has_move: bool,
    has_uidplus: bool,
}

impl Session {
    /// Connects and logs in.
    pub(super) async fn open(settings: &MailboxSettings, password: &str) -> Result<Self, Fault> {
        let mut client = Client::new(connect(settings).await?);
        in_time(client.read_response()).await??.ok_or(IoError::from(ErrorKind::UnexpectedEof))?;
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
        let mut inner = login.map_err(|(fault, _)| match fault {
            Error::No(words) | Error::Bad(words) => Fault::Login(short(&words)),
            other => told(other),
        })?;
        let capabilities = in_time(inner.capabilities()).await?.map_err(told)?;
        let has = |name| capabilities.has_str(name);
        let (can_idle, has_move, has_uidplus) = (has("IDLE"), has("MOVE"), has("UIDPLUS"));
        Ok(Self { inner, exists: 0, has_news: false, can_idle, has_move, has_uidplus })
    }

    /// Logs out.
    pub(super) async fn quit(mut self) {
        let _ = in_time(self.inner.logout()).await;
    }

    /// Selects a folder: how long its unique ids are valid (RFC 9051 §2.3.1.1).
    pub(super) async fn select(&mut self, folder: &str) -> Result<u32, Fault> {
        let command = format!("SELECT {}", quoted(folder)?);
        self.exists = 0;
        let answers = self.ask(&command).await.map_err(|fault| at_folder(folder, fault))?;
        self.has_news = false;
        let validity = answers.iter().find_map(|answer| match answer {
            Said::Validity(validity) => Some(*validity),
            _ => None,
        });
        validity.ok_or(Fault::Lacks("UIDVALIDITY (RFC 9051 §2.3.1.1)"))
    }

    /// The lowest and the highest unique id in the folder, if there is mail.
    pub(super) async fn ends(&mut self) -> Result<Option<(u32, u32)>, Fault> {
        if self.exists == 0 {
            return Ok(None);
        }
        let mails = mails(self.ask("FETCH 1,* (UID)").await?);
        let uids: Vec<u32> = mails.into_iter().filter_map(|mail| mail.uid).collect();
        Ok(uids.iter().min().copied().zip(uids.iter().max().copied()))
    }

    /// The unique ids that are found.
    pub(super) async fn search(&mut self, what: &str) -> Result<Vec<u32>, Fault> {
        let mut found = Vec::new();
        for answer in self.ask(&format!("UID SEARCH {what}")).await? {
            if let Said::Found(uids) = answer {
                found.extend(uids);
            }
        }
        Ok(found)
    }

    /// How big mails are.
    pub(super) async fn sizes(&mut self, uids: &[u32]) -> Result<Vec<Item>, Fault> {
        if uids.is_empty() {
            return Ok(Vec::new());
        }
        let answers = self.ask(&format!("UID FETCH {} (UID RFC822.SIZE)", set(uids))).await?;
        let item = |mail: Mail| Some(Item { uid: mail.uid?, size: mail.size? });
        let mut items: Vec<Item> = mails(answers).into_iter().filter_map(item).collect();
        items.retain(|item| uids.contains(&item.uid));
        Ok(items)
    }

    /// The bytes of mails; of one that is too big, its beginning.
    pub(super) async fn fetch(&mut self, items: &[Item]) -> Result<Vec<(u32, Bytes)>, Fault> {
        let uids: Vec<u32> = items.iter().map(|item| item.uid).collect();
        let what = if items.iter().any(|item| item.size > MAX_SIZE) {
            format!("(UID BODY.PEEK[]<0.{MAX_SIZE}>)")
        } else {
            "(UID BODY.PEEK[])".to_owned()
        };
        let answers = self.ask(&format!("UID FETCH {} {what}", set(&uids))).await?;
        let mail = |mail: Mail| Some((mail.uid?, mail.raw?));
        let mut mails: Vec<(u32, Bytes)> = mails(answers).into_iter().filter_map(mail).collect();
        mails.retain(|(uid, _)| uids.contains(uid));
        mails.dedup_by_key(|(uid, _)| *uid);
        Ok(mails)
    }

    /// Makes a folder; one that is there stays.
    pub(super) async fn create(&mut self, folder: &str) -> Result<(), Fault> {
        match self.ask(&format!("CREATE {}", quoted(folder)?)).await {
            Ok(_) | Err(Fault::Refused(_)) => Ok(()),
            Err(fault) => Err(fault),
        }
    }

    /// Moves mails to a folder.
    pub(super) async fn move_to(&mut self, folder: &str, uids: &[u32]) -> Result<(), Fault> {
        let (set, to) = (set(uids), quoted(folder)?);
        let command = if self.has_move { "MOVE" } else { "COPY" };
        let moving = self.ask(&format!("UID {command} {set} {to}")).await;
        moving.map_err(|fault| at_folder(folder, fault))?;
        if !self.has_move {
            self.mark(uids, "\\Seen \\Deleted").await?;
            // Without UIDPLUS (RFC 4315) they stay, marked as deleted: EXPUNGE might take others along.
            if self.has_uidplus {
                self.ask(&format!("UID EXPUNGE {set}")).await?;
            }
        }
        Ok(())
    }

    /// Sets flags.
    pub(super) async fn mark(&mut self, uids: &[u32], flags: &str) -> Result<(), Fault> {
        self.ask(&format!("UID STORE {} +FLAGS.SILENT ({flags})", set(uids))).await.map(drop)
    }

    /// Waits until the server tells of mail, for `most` at most. `false`: it does not tell.
    pub(super) async fn idle(&mut self, most: Duration) -> Result<bool, Fault> {
        let id = in_time(self.inner.run_command("IDLE")).await?.map_err(told)?;
        let (mut until, mut idles) = (Instant::now() + PATIENCE, false);
        // What came before the server idles counts too.
        while !(idles && self.has_news) {
            let Ok(response) = timeout_at(until, self.next()).await else {
                if idles {
                    break;
                }
                return Err(Fault::Silent);
            };
            match response? {
                Said::GoOn => (until, idles) = (Instant::now() + most, true),
                Said::Done { tag, .. } if tag == id => {
                    self.can_idle = false;
                    return Ok(false);
                }
                _ => {}
            }
        }
        in_time(self.inner.run_command_untagged("DONE")).await?.map_err(told)?;
        self.answers(&id).await?;
        Ok(true)
    }

    /// What the server answers to a command, when it ends with OK.
    async fn ask(&mut self, command: &str) -> Result<Vec<Said>, Fault> {
        let id = in_time(self.inner.run_command(command)).await?.map_err(told)?;
        self.answers(&id).await
    }

    async fn answers(&mut self, id: &RequestId) -> Result<Vec<Said>, Fault> {
        let mut answers = Vec::new();
        while answers.len() < MOST {
            match in_time(self.next()).await?? {
                Said::Done { tag, refusal } if tag == *id => {
                    return refusal.map_or(Ok(answers), |words| Err(Fault::Refused(words)));
                }
                said => answers.push(said),
            }
        }
        Err(Fault::Refused("more than was asked for".to_owned()))
    }

    /// The next response; of what the server says unasked, how many mails there are is kept.
    async fn next(&mut self) -> Result<Said, Fault> {
        let response = self.inner.read_response().await?.ok_or(IoError::from(ErrorKind::UnexpectedEof))?;
        let words = |outcome: &Outcome<'_>| short(outcome.information.as_deref().unwrap_or_default());
        Ok(match response.parsed() {
            Response::Continue(_) => Said::GoOn,
            Response::Done { tag, status, outcome } => {
                let refusal = (*status != Status::Ok).then(|| words(outcome));
                Said::Done { tag: tag.clone(), refusal }
            }
            Response::Data { status: Status::Bye, outcome } => return Err(Fault::Refused(words(outcome))),
            Response::Data { outcome, .. } => match outcome.code {
                Some(ResponseCode::UidValidity(validity)) => Said::Validity(validity),
                _ => Said::Other,
            },
            Response::MailboxData(MailboxDatum::Search(uids)) => Said::Found(uids.clone()),
            Response::Fetch(_, attributes) => Said::Mail(Mail::read(attributes)),
            Response::MailboxData(MailboxDatum::Exists(n)) => {
                self.has_news |= *n > self.exists;
                self.exists = *n;
                Said::Other
            }
            Response::Expunge(_) => {
                self.exists = self.exists.saturating_sub(1);
                Said::Other
            }
            _ => Said::Other,
        })
    }
}

/// What a server says, as far as it matters.
enum Said {
    /// It waits for the client.
    GoOn,
    /// The end of an answer; with words where the command was refused.
    Done {
        tag: RequestId,
        refusal: Option<String>,
    },
    Validity(u32),
    Found(Vec<u32>),
    Mail(Mail),
    Other,
}

/// What is said of a mail.
#[derive(Default)]
struct Mail {
    uid: Option<u32>,
    size: Option<usize>,
    raw: Option<Bytes>,
}

impl Mail {
    fn read(attributes: &[AttributeValue<'_>]) -> Self {
        let mut mail = Self::default();
        for attribute in attributes {
            match attribute {
                AttributeValue::Uid(uid) => mail.uid = Some(*uid),
                AttributeValue::Rfc822Size(size) => mail.size = Some(*size as usize),
                AttributeValue::BodySection { section: None, data: Some(data), .. } => {
                    mail.raw = Some(Bytes::copy_from_slice(data));
                }
                _ => {}
            }
        }
        mail
    }
}

fn mails(answers: Vec<Said>) -> Vec<Mail> {
    let mail = |said| match said {
        Said::Mail(mail) => Some(mail),
        _ => None,
    };
    answers.into_iter().filter_map(mail).collect()
}

fn set(uids: &[u32]) -> String {
    uids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// A folder's name as a quoted string (RFC 9051 §4.3).
fn quoted(name: &str) -> Result<String, Fault> {
    if name.contains(['\r', '\n', '\0']) {
        return Err(Fault::Folder(name.to_owned(), "a line break in its name".to_owned()));
    }
    Ok(format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\"")))
}

/// What was refused, with the folder that it was about.
fn at_folder(folder: &str, fault: Fault) -> Fault {
    match fault {
        Fault::Refused(words) => Fault::Folder(folder.to_owned(), words),
        other => other,
    }
}

fn told(fault: Error) -> Fault {
    match fault {
        Error::Io(fault) => Fault::Connection(fault),
        Error::No(words) | Error::Bad(words) => Fault::Refused(short(&words)),
        Error::ConnectionLost => Fault::Connection(ErrorKind::UnexpectedEof.into()),
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
    fn a_folders_name_ends_no_command() {
        assert_eq!(quoted("Bounces \"old\\new\"").unwrap(), "\"Bounces \\\"old\\\\new\\\"\"");
        assert!(matches!(quoted("x\r\nA1 DELETE y"), Err(Fault::Folder(..))));
    }
}
