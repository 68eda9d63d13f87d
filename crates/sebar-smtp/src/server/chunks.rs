//! BDAT: a message in chunks that are counted, and not ended by a dot (RFC 3030).
use sebar_domain::Reply;
use tokio::io::{AsyncRead, AsyncWrite};

use super::command::{Chunk, Syntax};
use super::handler::{Answer, Handler};
use super::session::{BAD_SEQUENCE, End, MAX_RESERVED, Session, TOO_BIG};
use crate::dot::has_bare_newline;

const UNCOUNTED: Syntax = Syntax::new(501, "5.5.4", "Syntax: BDAT octets [LAST]");
const OUT_OF_STEP: Syntax = Syntax::new(421, "4.7.0", "What follows would be taken for commands");

impl<S: AsyncRead + AsyncWrite + Unpin + Send, H: Handler> Session<'_, S, H> {
    /// Takes a chunk. Whatever is answered, its octets are read first: they are never commands, and so
    /// a BDAT that does not say how many they are ends the session.
    ///
    /// A chunk that is refused ends the transaction; more of them may be in the pipeline.
    pub(super) async fn bdat(&mut self, chunk: Option<Chunk>) -> Result<(), End> {
        let Some(Chunk { octets, last }) = chunk else {
            self.refuse(UNCOUNTED).await?;
            return self.part_with(OUT_OF_STEP).await;
        };
        if let Some(refusal) = self.refusal(octets).await? {
            self.transaction = None;
            self.read_chunk(octets, |_| {}).await?;
            return self.say(&refusal).await;
        }
        let mut message =
            self.transaction.as_mut().and_then(|transaction| transaction.chunks.take()).unwrap_or_default();
        message.reserve(usize::try_from(octets).unwrap_or(MAX_RESERVED).min(MAX_RESERVED));
        self.read_chunk(octets, |piece| message.extend_from_slice(piece)).await?;
        if last {
            let bare_newline = has_bare_newline(&message);
            // As DATA would have had it.
            if !(message.is_empty() || message.ends_with(b"\r\n")) {
                message.extend_from_slice(b"\r\n");
            }
            return self.hand_over(message, bare_newline).await;
        }
        if let Some(transaction) = &mut self.transaction {
            transaction.chunks = Some(message);
        }
        self.answer(250, "2.0.0", &format!("{octets} octets")).await
    }

    /// Why a chunk of so many octets cannot be taken.
    async fn refusal(&mut self, octets: u64) -> Result<Option<Reply>, End> {
        let Some(transaction) = self.transaction.as_ref().filter(|begun| !begun.rcpt_to.is_empty()) else {
            return Ok(Some(BAD_SEQUENCE.reply()));
        };
        let held = match &transaction.chunks {
            Some(message) => message.len(),
            None => match self.handler.data(&self.peer).await {
                Answer::Reply(reply) if reply.code == 354 => 0,
                Answer::Reply(reply) => return Ok(Some(reply)),
                Answer::HangUp => return self.hang_up().await,
            },
        };
        let room = self.config.max_message_size.saturating_sub(held);
        let fits = usize::try_from(octets).is_ok_and(|octets| octets <= room);
        Ok((!fits).then(|| TOO_BIG.reply()))
    }

    async fn read_chunk(&mut self, octets: u64, mut each: impl FnMut(&[u8])) -> Result<(), End> {
        let mut missing = octets;
        while missing > 0 {
            if self.wire.input.is_empty() {
                self.fill().await?;
            }
            let here = usize::try_from(missing).unwrap_or(usize::MAX).min(self.wire.input.len());
            each(&self.wire.input[..here]);
            self.wire.take(here);
            missing -= here as u64;
        }
        Ok(())
    }
}
