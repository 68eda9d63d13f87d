//! A lane: one kept-open connection to a relay, and the messages that go over it one by one.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use chrono::{SubsecRound as _, TimeDelta, Utc};
use sebar_compose::Composed;
use sebar_domain::{
    Address, AttemptOutcome, Otherwise, Phase, Policy, Reason, RelayTrouble, Reply, Stream, Verdict, retry,
};
use sebar_smtp::{Connection, Envelope, SendError};
use sebar_store::record::{Attempt, Next};
use sebar_store::relays::{self, PauseReason};
use tokio::time::{Instant, sleep, sleep_until};
use tracing::{error, warn};

use crate::contents::{ContentError, letter};
use crate::feed::{Group, reserve};
use crate::job::{Done, Job};
use crate::journal::Begin;
use crate::{judge, login};

/// A connection that nobody needs is closed after this long; servers close theirs after a few minutes.
const IDLE: Duration = Duration::from_secs(10);
/// A message that is later than this takes a new slot, so that those that were held up do not
/// all arrive at once.
const LATE: Duration = Duration::from_millis(25);
/// A receiver's new slot is waited for so long at most.
const LATE_AGAIN: Duration = Duration::from_millis(250);
/// How long a lane waits when the journal cannot be written: the disk may be full.
const JOURNAL_REST: Duration = Duration::from_secs(1);
/// So many lost connections, pleas or refusals in a row, and it is not one message's matter.
const DROPS: u32 = 3;

/// An open connection.
struct Open {
    connection: Connection,
    sent: u32,
}

/// A message that is ready to be sent.
struct Prepared {
    job: Job,
    from: Arc<Address>,
    /// Where it goes back to if it cannot be delivered.
    return_path: Option<Address>,
    to: Address,
    mail: Composed,
}

/// Delivers until no more messages come.
pub(crate) async fn run(group: &Group) {
    let mut open: Option<Open> = None;
    // The message after the one that is being sent, when its turn can be told the relay with it.
    let mut ahead: Option<Prepared> = None;
    loop {
        let done = match next(group, &mut open, &mut ahead).await {
            Some(Ok(prepared)) => one(group, &mut open, prepared, &mut ahead).await,
            Some(Err(unfit)) => unfit,
            None => break,
        };
        if ahead.is_none() && open.as_ref().is_some_and(|open| open.connection.awaits_message()) {
            // It was told of a message that will not come.
            open = None;
        }
        // The recorder listens until every lane has ended.
        let _ = group.outcomes.send(done).await;
    }
    hang_up(&mut open).await;
}

/// Waits for the next message; a connection that idles meanwhile is closed. `None`: no more come.
async fn next(
    group: &Group,
    open: &mut Option<Open>,
    ahead: &mut Option<Prepared>,
) -> Option<Result<Prepared, Done>> {
    if let Some(prepared) = ahead.take() {
        return Some(Ok(prepared));
    }
    loop {
        let next = async { group.jobs.lock().await.recv().await };
        group.idle.fetch_add(1, Ordering::Relaxed);
        let job = tokio::select! {
            job = next => Some(job),
            () = sleep(IDLE), if open.is_some() => None,
        };
        group.idle.fetch_sub(1, Ordering::Relaxed);
        match job {
            Some(Some(job)) => return Some(prepare(group, job).await),
            Some(None) => return None,
            None => hang_up(open).await,
        }
    }
}

/// The message after this one, if it is there and nobody else could send it sooner. For relays
/// without a pace only: elsewhere each message waits for its own slot.
async fn look_ahead(group: &Group, ahead: &mut Option<Prepared>) {
    if ahead.is_some()
        || group.rate().is_some()
        || group.is_on_trial()
        || group.idle.load(Ordering::Relaxed) > 0
    {
        return;
    }
    let job = group.jobs.try_lock().ok().and_then(|mut jobs| jobs.try_recv().ok());
    if let Some(job) = job {
        match prepare(group, job).await {
            Ok(prepared) => *ahead = Some(prepared),
            Err(unfit) => {
                let _ = group.outcomes.send(unfit).await;
            }
        }
    }
}

/// Makes a message's mail; or its end, where that cannot be made.
async fn prepare(group: &Group, job: Job) -> Result<Prepared, Done> {
    let to: Address = match job.message.recipient.parse() {
        Ok(to) => to,
        Err(fault) => return Err(unfit(job, Reason::AddressInvalid, format!("{fault}"))),
    };
    match mail(group, &job, &to).await {
        Ok((from, mail)) => {
            let return_path =
                group.shared.board.borrow().return_path.as_ref().map(|path| path.of(job.message.id));
            Ok(Prepared { job, from, return_path, to, mail })
        }
        Err(ContentError::Database(fault)) => {
            warn!(%fault, "a content could not be read");
            Err(job.back())
        }
        Err(ContentError::Unusable(why)) => Err(unfit(job, Reason::ContentFault, why)),
    }
}

/// A message's mail, and whom it is from.
async fn mail(group: &Group, job: &Job, to: &Address) -> Result<(Arc<Address>, Composed), ContentError> {
    let shared = &group.shared;
    let message = &job.message;
    if message.stream == Stream::Transactional {
        return letter(&shared.db, message).await;
    }
    let content = shared.contents.get(&shared.db, message.content).await?;
    let mail = content.compose(&shared.tokens, message, to).map_err(ContentError::Unusable)?;
    Ok((Arc::clone(&content.from), mail))
}

async fn hang_up(open: &mut Option<Open>) {
    if let Some(open) = open.take() {
        open.connection.quit().await;
    }
}

/// One message, from its slot to its outcome.
async fn one(
    group: &Group,
    open: &mut Option<Open>,
    Prepared { mut job, from, return_path, to, mail }: Prepared,
    ahead: &mut Option<Prepared>,
) -> Done {
    match wait_for_slot(group, &mut job).await {
        Ok(()) => {}
        Err(Some(wait)) => return job.held(wait),
        Err(None) => return job.back(),
    }
    for fresh_only in [false, true] {
        if fresh_only {
            hang_up(open).await;
        }
        let fresh = open.as_ref().is_none_or(|open| open.sent == 0);
        let connection = match ready(group, open).await {
            Ok(connection) => connection,
            Err(error) => {
                trouble(group, &error).await;
                return job.back();
            }
        };
        let begun = Begun::now(group);
        if let Err(fault) = note(group, &mut job, &begun, &mail) {
            error!(%fault, "the journal cannot be written: nothing is sent");
            sleep(JOURNAL_REST).await;
            return job.back();
        }
        // As late as possible, and after the journal: nothing may begin once the lease is lost or the
        // campaign is paused, and whoever takes over must see in the journal what may have begun.
        if !may_begin(group, &job) {
            return job.back();
        }
        // Not with the first message of a connection, which shows what the relay thinks of us, and not
        // where the connection is to end.
        let goes_on = connection.sent > 0 && connection.sent + 1 < group.relay.settings.per_connection;
        if goes_on {
            look_ahead(group, ahead).await;
        }
        let envelope = Envelope { mail_from: Some(return_path.as_ref().unwrap_or(&from)), rcpt_to: &to };
        let next = ahead.as_ref().filter(|next| goes_on && next.job.slot <= Instant::now()).map(|next| {
            let mail_from = next.return_path.as_ref().unwrap_or(&next.from);
            (Envelope { mail_from: Some(mail_from), rcpt_to: &next.to }, next.mail.bytes.as_slice())
        });
        let next = next.as_ref().map(|(envelope, message)| (envelope, *message));
        match connection.connection.send_before(&envelope, &mail.bytes, next).await {
            Ok(reply) => {
                connection.sent += 1;
                if connection.sent >= group.relay.settings.per_connection {
                    hang_up(open).await;
                }
                praise(group).await;
                let attempt = begun.ended(AttemptOutcome::Sent, Phase::EndOfData, Some(reply), String::new());
                return job.done(sent(&mail), Some(attempt));
            }
            Err(error) => {
                connection.sent += 1;
                if !connection.connection.is_usable() {
                    *open = None;
                }
                match judge::verdict(&error, fresh) {
                    Verdict::Reconnect if !fresh_only => {}
                    verdict => return failed(group, job, verdict, &from, &mail, begun, error).await,
                }
            }
        }
    }
    // Both rounds end in an outcome: the second is on a fresh connection, which asks for no third.
    job.back()
}

/// Waits until the message may be sent. Otherwise: how long it is to be left, if that is known.
async fn wait_for_slot(group: &Group, job: &mut Job) -> Result<(), Option<Duration>> {
    for _ in 0..3 {
        if job.slot > Instant::now() {
            tokio::select! {
                () = group.stop.cancelled() => return Err(None),
                () = sleep_until(job.slot) => {}
            }
        }
        if !may_begin(group, job) {
            return Err(None);
        }
        if job.slot.elapsed() <= LATE {
            return Ok(());
        }
        let asked_at = Instant::now();
        let mut first_in = Duration::ZERO;
        if let Some(receiver) = job.receiver.as_ref().filter(|of| of.rule.per_second.is_some()) {
            match receiver.reserve(&group.shared.db, 1, LATE_AGAIN).await {
                Ok(slots) if slots.granted == 1 => first_in = slots.first_in,
                _ => return Err(Some(receiver.next_turn())),
            }
        } else if group.rate().is_none() {
            return Ok(());
        }
        if group.rate().is_some() {
            match reserve(group, 1).await {
                Ok(Some(slots)) if slots.granted == 1 => first_in = first_in.max(slots.first_in),
                _ => return Err(None),
            }
        }
        job.slot = asked_at + first_in;
    }
    Err(None)
}

fn may_begin(group: &Group, job: &Job) -> bool {
    !group.stop.is_cancelled() && !group.is_resting() && group.shared.may_send(&job.message)
}

/// Notes in the journal that the message begins.
fn note(group: &Group, job: &mut Job, begun: &Begun, mail: &Composed) -> std::io::Result<()> {
    let Some(journal) = &group.shared.journal else { return Ok(()) };
    job.noted = Some(journal.begin(Begin {
        message: job.message.id,
        relay: group.relay.id,
        at: begun.attempt.started_at,
        digest: mail.digest,
        size: size(mail),
    })?);
    Ok(())
}

/// The lane's connection, opened if there is none.
async fn ready<'a>(group: &Group, open: &'a mut Option<Open>) -> Result<&'a mut Open, Trouble> {
    if open.as_ref().is_some_and(|open| !open.connection.is_usable()) {
        *open = None;
    }
    if let Some(open) = open {
        Ok(open)
    } else {
        let connection = login::open(&group.shared, &group.relay).await.map_err(Trouble)?;
        Ok(open.insert(Open { connection, sent: 0 }))
    }
}

/// A fault of the relay.
struct Trouble(PauseReason);

impl Trouble {
    fn of(error: &SendError, fresh: bool) -> Self {
        Self(judge::trouble(error, fresh))
    }
}

/// Lets the relay rest.
async fn trouble(group: &Group, Trouble(reason): &Trouble) {
    group.health.note_fault();
    warn!(relay = %group.relay.settings.name, kind = %reason.kind, text = reason.text, "the relay is at fault");
    if let Err(fault) = rest(group, reason).await {
        error!(%fault, "the relay's rest could not be noted");
    }
}

/// Slows the relay down, as it asks. Several pleas in a row without a message between them, each after it
/// was slowed down for the one before, and it rests.
async fn slow_down(group: &Group, plea: &Trouble) {
    let senders = f64::from(group.shared.board.borrow().senders.max(1));
    let observed = (group.health.taken.rate() * senders).max(1.0);
    match halve(group, observed).await {
        Ok(true) => {
            warn!(relay = %group.relay.settings.name, text = plea.0.text, observed, "the relay asks to slow down");
            strike(group, plea).await;
        }
        Ok(false) => {}
        Err(fault) => error!(%fault, "the relay's slow-down could not be noted"),
    }
}

async fn halve(group: &Group, observed: f64) -> sqlx::Result<bool> {
    let mut tx = group.shared.db.begin().await?;
    let counts = relays::slow_down(&mut tx, group.relay.id, observed).await?;
    tx.commit().await?;
    Ok(counts)
}

/// Counts a fault that one message may have met by chance; several in a row are the relay's.
async fn strike(group: &Group, reason: &Trouble) {
    if group.health.drops.fetch_add(1, Ordering::Relaxed) + 1 >= DROPS {
        trouble(group, reason).await;
    }
}

async fn rest(group: &Group, reason: &PauseReason) -> sqlx::Result<()> {
    let mut tx = group.shared.db.begin().await?;
    relays::rest(&mut tx, group.relay.id, reason).await?;
    tx.commit().await
}

/// Notes that the relay took a message.
async fn praise(group: &Group) {
    group.health.note_success();
    if group.is_on_trial()
        && let Err(fault) = relays::recovered(&group.shared.db, group.relay.id).await
    {
        warn!(%fault, "the relay's recovery could not be noted");
    }
}

/// A conversation about a message that has begun.
struct Begun {
    attempt: Attempt,
    clock: Instant,
}

impl Begun {
    fn now(group: &Group) -> Self {
        let attempt = Attempt {
            relay: group.relay.id,
            // As exact as Postgres keeps it, so that the journal's and its own can be compared.
            started_at: Utc::now().trunc_subsecs(6),
            duration_ms: 0,
            outcome: AttemptOutcome::InDoubt,
            phase: Phase::Mail,
            reply: None,
            fault: String::new(),
        };
        Self { attempt, clock: Instant::now() }
    }

    fn ended(self, outcome: AttemptOutcome, phase: Phase, reply: Option<Reply>, fault: String) -> Attempt {
        let duration_ms = i32::try_from(self.clock.elapsed().as_millis()).unwrap_or(i32::MAX);
        Attempt { duration_ms, outcome, phase, reply, fault, ..self.attempt }
    }
}

fn sent(mail: &Composed) -> Next {
    Next::Sent { digest: mail.digest, size: size(mail) }
}

fn size(mail: &Composed) -> i32 {
    i32::try_from(mail.size()).unwrap_or(i32::MAX)
}

/// Ends a message that no relay can help.
fn unfit(job: Job, reason: Reason, why: String) -> Done {
    job.done(Next::Failed { reason, note: Some(why) }, None)
}

/// What follows from a delivery that did not succeed.
async fn failed(
    group: &Group,
    job: Job,
    verdict: Verdict,
    from: &Address,
    mail: &Composed,
    begun: Begun,
    error: SendError,
) -> Done {
    let fault = error.fault.to_string();
    let (phase, reply) = (error.phase, error.reply().cloned());
    let elsewhere = |reason| match later(&job, reason) {
        Next::Later { .. } => Next::Elsewhere { relay: group.relay.id, reason },
        end => end,
    };
    let (outcome, next) = match verdict {
        Verdict::SlowDown(reason) if phase > Phase::Mail => {
            slow_down(group, &Trouble::of(&error, true)).await;
            (AttemptOutcome::Retry, later(&job, reason))
        }
        Verdict::Retry(reason) => {
            if reason == Reason::ConnectionLost {
                let kind = RelayTrouble::Drops;
                strike(group, &Trouble(PauseReason { kind, phase, code: None, text: fault.clone() })).await;
            }
            (AttemptOutcome::Retry, later(&job, reason))
        }
        Verdict::OtherRelay(otherwise)
            if group.shared.board.borrow().has_other_relay(&job.message, from, group.relay.id) =>
        {
            match otherwise {
                Otherwise::Fail(reason) => (AttemptOutcome::Retry, elsewhere(reason)),
                // It may be about this message alone: the next ones show it.
                Otherwise::Rest(_) => {
                    strike(group, &Trouble::of(&error, true)).await;
                    (AttemptOutcome::RelayFault, elsewhere(Reason::Policy))
                }
            }
        }
        Verdict::Fail(reason) | Verdict::OtherRelay(Otherwise::Fail(reason)) => {
            (AttemptOutcome::Failed, Next::Failed { reason, note: None })
        }
        // It steps aside: should it have been about this message alone, the next one shows it, and the
        // relay goes on.
        Verdict::OtherRelay(Otherwise::Rest(_)) if phase > Phase::Mail => {
            trouble(group, &Trouble::of(&error, true)).await;
            (AttemptOutcome::RelayFault, later(&job, Reason::Policy))
        }
        // Before a recipient was named there is no other message that it would rather take.
        Verdict::SlowDown(_) => {
            let plea = Trouble::of(&error, true);
            slow_down(group, &plea).await;
            trouble(group, &plea).await;
            (AttemptOutcome::RelayFault, Next::Back)
        }
        Verdict::RelayFault(_) | Verdict::OtherRelay(Otherwise::Rest(_)) | Verdict::Reconnect => {
            trouble(group, &Trouble::of(&error, true)).await;
            (AttemptOutcome::RelayFault, Next::Back)
        }
        Verdict::InDoubt => (AttemptOutcome::InDoubt, doubt(group, &job, mail)),
        Verdict::Sent => (AttemptOutcome::Sent, sent(mail)),
    };
    job.done(next, Some(begun.ended(outcome, phase, reply, fault)))
}

/// What follows when nobody knows whether the relay took it: by the policy of its stream.
fn doubt(group: &Group, job: &Job, mail: &Composed) -> Next {
    let in_doubt = Next::InDoubt { digest: mail.digest, size: size(mail) };
    match group.shared.board.borrow().rules.policy(job.message.stream) {
        Policy::AtMostOnce => in_doubt,
        Policy::AtLeastOnce => match later(job, Reason::NoFinalAnswer) {
            again @ Next::Later { .. } => again,
            _ => in_doubt,
        },
    }
}

/// The next try, or the end of the message's time.
fn later(job: &Job, reason: Reason) -> Next {
    let age = job.message.first_tried_at.map_or(TimeDelta::zero(), |first| Utc::now() - first);
    match retry::wait(job.message.stream, age.to_std().unwrap_or_default(), fastrand::f64()) {
        Some(wait) => Next::Later { due_at: Utc::now() + wait, reason },
        None => Next::Failed { reason: Reason::Expired, note: None },
    }
}
