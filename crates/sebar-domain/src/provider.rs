//! Providers that call us about mail which they took from us.

use crate::text_enum::text_enum;

text_enum! {
    /// A provider that calls us when mail comes back to it.
    Provider, "provider" {
        /// Amazon SES, which speaks through Amazon SNS.
        Ses = "ses",
        /// Twilio `SendGrid`.
        SendGrid = "sendgrid",
        /// Mailgun.
        Mailgun = "mailgun",
        /// Postmark.
        Postmark = "postmark",
        /// Brevo, once Sendinblue.
        Brevo = "brevo",
        /// `SparkPost`.
        SparkPost = "sparkpost",
        /// Anything else, in our own form.
        Generic = "generic",
    }
}

/// How a provider proves that it is the one who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// By a signature whose certificate it publishes: nothing is to be copied.
    Certificate,
    /// By a signature that is checked with a key which it shows its customers.
    Key,
    /// By a token of ours that it repeats.
    Token,
}

impl Provider {
    /// How it proves who it is.
    pub const fn proof(self) -> Proof {
        match self {
            Self::Ses => Proof::Certificate,
            Self::SendGrid | Self::Mailgun => Proof::Key,
            Self::Postmark | Self::Brevo | Self::SparkPost | Self::Generic => Proof::Token,
        }
    }
}

text_enum! {
    /// Why a provider's call was not taken.
    HookFault, "reason why a call was refused" {
        /// The secret in its address is another one.
        WrongAddress = "wrong_address",
        /// We have no key to check it with.
        NoKey = "no_key",
        /// The key that we have is none.
        BadKey = "bad_key",
        /// It bears no signature or token.
        Unsigned = "unsigned",
        /// Its signature or token is not right.
        WrongSignature = "wrong_signature",
        /// It was signed more than a day ago, or in the future.
        Stale = "stale",
        /// Its content is not in the provider's form.
        Unreadable = "unreadable",
        /// Amazon SNS: it comes from another topic than the one that was confirmed.
        OtherTopic = "other_topic",
        /// Amazon SNS: no topic has been confirmed yet.
        NotConfirmed = "not_confirmed",
        /// Amazon SNS: an address in it is not Amazon's.
        ForeignAddress = "foreign_address",
        /// Amazon SNS: the certificate is not valid, or not for SNS.
        Certificate = "certificate",
        /// Amazon SNS: Amazon could not be asked for the certificate, or to confirm.
        Unreachable = "unreachable",
        /// Amazon SNS: the topic was unsubscribed, and calls no more.
        Unsubscribed = "unsubscribed",
    }
}
