use crate::text_enum::text_enum;

text_enum! {
    /// Where a campaign stands: `draft → scheduled → sending ⇄ paused → sent`, or `cancelled`.
    CampaignState, "campaign state" {
        /// Being written; nothing is sent.
        Draft = "draft",
        /// Starts by itself at its time.
        Scheduled = "scheduled",
        /// Being planned and delivered.
        Sending = "sending",
        /// Holds still until resumed or cancelled.
        Paused = "paused",
        /// Every message is in a terminal state.
        Sent = "sent",
        /// Ended by a user before every message was sent.
        Cancelled = "cancelled",
    }
}

/// A transition that the state does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a campaign that is {from} cannot {wanted}")]
pub struct WrongState {
    /// The state that it is in.
    pub from: CampaignState,
    /// What was wanted: `start`, `schedule`, `unschedule`, `pause`, `resume`, `cancel`, `finish`,
    /// `resend`.
    pub wanted: &'static str,
}

impl CampaignState {
    fn go(self, from: &[Self], to: Self, wanted: &'static str) -> Result<Self, WrongState> {
        if from.contains(&self) { Ok(to) } else { Err(WrongState { from: self, wanted }) }
    }

    /// Starts sending now.
    pub fn start(self) -> Result<Self, WrongState> {
        self.go(&[Self::Draft, Self::Scheduled], Self::Sending, "start")
    }

    /// Sets a time at which sending starts by itself; a scheduled campaign can be given another.
    pub fn schedule(self) -> Result<Self, WrongState> {
        self.go(&[Self::Draft, Self::Scheduled], Self::Scheduled, "schedule")
    }

    /// Takes the schedule back, so that the campaign can be edited.
    pub fn unschedule(self) -> Result<Self, WrongState> {
        self.go(&[Self::Scheduled], Self::Draft, "unschedule")
    }

    /// Holds sending. Only a campaign that is being sent can be paused.
    pub fn pause(self) -> Result<Self, WrongState> {
        self.go(&[Self::Sending], Self::Paused, "pause")
    }

    /// Goes on after a pause.
    pub fn resume(self) -> Result<Self, WrongState> {
        self.go(&[Self::Paused], Self::Sending, "resume")
    }

    /// Ends the campaign; what is still queued is never sent.
    pub fn cancel(self) -> Result<Self, WrongState> {
        self.go(&[Self::Scheduled, Self::Sending, Self::Paused], Self::Cancelled, "cancel")
    }

    /// Marks it complete: every message is terminal.
    pub fn finish(self) -> Result<Self, WrongState> {
        self.go(&[Self::Sending], Self::Sent, "finish")
    }

    /// Sends messages anew that were not sent, or perhaps not.
    pub fn resend(self) -> Result<Self, WrongState> {
        let to = if self == Self::Paused { Self::Paused } else { Self::Sending };
        self.go(&[Self::Sending, Self::Paused, Self::Sent], to, "resend")
    }

    /// Whether its audience and content can still be changed.
    pub fn is_editable(self) -> bool {
        self == Self::Draft
    }

    /// Whether nothing will be sent for it any more.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Sent | Self::Cancelled)
    }
}

text_enum! {
    /// What is recorded of opens and clicks.
    Tracking, "tracking mode" {
        /// Nothing: no pixel, links are left alone.
        Off = "off",
        /// Counts only: tokens do not tell who.
        Anonymous = "anonymous",
        /// Who opened and clicked what.
        Individual = "individual",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_campaign_that_is_being_sent_can_be_paused() {
        for state in CampaignState::ALL {
            let paused = state.pause();
            if *state == CampaignState::Sending {
                assert_eq!(paused, Ok(CampaignState::Paused));
            } else {
                assert_eq!(paused, Err(WrongState { from: *state, wanted: "pause" }));
            }
        }
    }

    #[test]
    fn what_is_over_stays_over() {
        for state in [CampaignState::Sent, CampaignState::Cancelled] {
            assert!(state.is_over());
            let all = [
                state.start(),
                state.schedule(),
                state.pause(),
                state.resume(),
                state.cancel(),
                state.finish(),
            ];
            assert!(all.iter().all(Result::is_err));
        }
    }

    #[test]
    fn words_read_back_as_the_same_state() {
        for state in CampaignState::ALL {
            assert_eq!(state.as_str().parse::<CampaignState>().as_ref(), Ok(state));
        }
        assert!("Sending".parse::<CampaignState>().is_err());
    }
}
