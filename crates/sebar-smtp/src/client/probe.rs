use sebar_domain::Reply;

use super::connection::Connection;
use super::error::SendError;
use super::send::Envelope;
use super::target::Target;
use super::transcript::Transcript;

/// What came of trying out a relay.
#[derive(Debug)]
pub struct Probe {
    /// The whole conversation, without secrets.
    pub transcript: Transcript,
    /// The server's final reply, or what went wrong.
    pub outcome: Result<Reply, SendError>,
}

/// Tries a relay out: connects, logs in, sends one message, says goodbye, and keeps a record.
pub async fn probe(target: &Target, envelope: &Envelope<'_>, message: &[u8]) -> Probe {
    let transcript = Transcript::new();
    let outcome = match Connection::connect_recorded(target, transcript.clone()).await {
        Err(error) => Err(error),
        Ok(mut connection) => {
            let outcome = connection.send(envelope, message).await;
            connection.quit().await;
            outcome
        }
    };
    Probe { transcript, outcome }
}
