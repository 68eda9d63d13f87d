//! The envelopes of Amazon SNS, and whether Amazon signed them.

use std::path::Path;

use aws_lc_rs::signature::{
    RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey,
    VerificationAlgorithm,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use sebar_domain::HookFault;
use url::{Host, Url};
use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate};

use crate::json::{parse, text, time};
use crate::proof::check_time;

/// What SNS wants with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// To be told that we want what it sends.
    Confirmation,
    /// To tell something.
    Notification,
    /// To say that it will send no more.
    Unsubscribed,
}

/// An envelope, not proven yet.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// What it is for.
    pub kind: Kind,
    /// The topic (an ARN) that it comes from.
    pub topic: String,
    /// What it carries.
    pub message: String,
    body: serde_json::Value,
}

impl Envelope {
    /// Reads a body.
    ///
    /// # Errors
    /// When it is no envelope: so it is where raw delivery is on, which is not signed.
    pub fn read(body: &[u8]) -> Result<Self, HookFault> {
        let body = parse(body)?;
        let said = |name: &str| text(&body, &[name]);
        let kind = match said("Type").as_str() {
            "SubscriptionConfirmation" => Kind::Confirmation,
            "Notification" => Kind::Notification,
            "UnsubscribeConfirmation" => Kind::Unsubscribed,
            _ => return Err(HookFault::Unreadable),
        };
        if said("Signature").is_empty() || said("SigningCertURL").is_empty() {
            return Err(HookFault::Unsigned);
        }
        Ok(Self { kind, topic: said("TopicArn"), message: raw(&body, "Message").to_owned(), body })
    }

    /// Where the certificate lies.
    ///
    /// # Errors
    /// When that is not at Amazon.
    pub fn certificate_url(&self) -> Result<Url, HookFault> {
        let url = amazons(&text(&self.body, &["SigningCertURL"]))?;
        let is_certificate = Path::new(url.path()).extension().is_some_and(|kind| kind == "pem");
        if is_certificate { Ok(url) } else { Err(HookFault::ForeignAddress) }
    }

    /// What is to be visited to confirm a subscription.
    ///
    /// # Errors
    /// When that is not at Amazon.
    pub fn subscribe_url(&self) -> Result<Url, HookFault> {
        amazons(&text(&self.body, &["SubscribeURL"]))
    }

    /// Whether the certificate's owner signed it within the last day.
    ///
    /// # Errors
    /// When not.
    pub fn verify(&self, certificate: &Certificate, now: DateTime<Utc>) -> Result<(), HookFault> {
        certificate.check(now)?;
        let algorithm: &'static dyn VerificationAlgorithm =
            match text(&self.body, &["SignatureVersion"]).as_str() {
                "1" => &RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
                "2" => &RSA_PKCS1_2048_8192_SHA256,
                _ => return Err(HookFault::WrongSignature),
            };
        let signature =
            STANDARD.decode(text(&self.body, &["Signature"])).map_err(|_| HookFault::WrongSignature)?;
        UnparsedPublicKey::new(algorithm, &certificate.key)
            .verify(self.signed().as_bytes(), &signature)
            .map_err(|_| HookFault::WrongSignature)?;
        check_time(time(&text(&self.body, &["Timestamp"])), now)
    }

    /// What the signature is of: some fields by their names, each with its value, in alphabetical order.
    fn signed(&self) -> String {
        let fields: &[&str] = match self.kind {
            Kind::Notification => &["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"],
            Kind::Confirmation | Kind::Unsubscribed => {
                &["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
            }
        };
        let mut signed = String::new();
        for name in fields {
            if let Some(value) = self.body.get(name).and_then(serde_json::Value::as_str) {
                signed.extend([name, "\n", value, "\n"]);
            }
        }
        signed
    }
}

/// A text with the spaces around it: they are signed too.
fn raw<'a>(body: &'a serde_json::Value, name: &str) -> &'a str {
    body.get(name).and_then(serde_json::Value::as_str).unwrap_or_default()
}

/// An address at SNS itself: `https://sns.REGION.amazonaws.com/…`, or in China `….amazonaws.com.cn`.
fn amazons(text: &str) -> Result<Url, HookFault> {
    let url = Url::parse(text).map_err(|_| HookFault::ForeignAddress)?;
    let is_plain = url.scheme() == "https"
        && url.port().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    let is_amazons = match url.host() {
        Some(Host::Domain(host)) => {
            let region = host.strip_prefix("sns.").and_then(|rest| {
                rest.strip_suffix(".amazonaws.com").or(rest.strip_suffix(".amazonaws.com.cn"))
            });
            region.is_some_and(|region| {
                !region.is_empty()
                    && region
                        .bytes()
                        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            })
        }
        _ => false,
    };
    if is_plain && is_amazons { Ok(url) } else { Err(HookFault::ForeignAddress) }
}

/// A certificate of SNS. That it is Amazon's is proven by where it was fetched: SNS gives none of the
/// certificates above it.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// The public key, as it stands in it (RFC 5280 §4.1.2.7).
    key: Vec<u8>,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
}

impl Certificate {
    /// Reads a certificate in PEM.
    ///
    /// # Errors
    /// When it is none, or not of SNS.
    pub fn read(pem: &[u8]) -> Result<Self, HookFault> {
        let (_, pem) = x509_parser::pem::parse_x509_pem(pem).map_err(|_| HookFault::Certificate)?;
        let (_, certificate) =
            X509Certificate::from_der(&pem.contents).map_err(|_| HookFault::Certificate)?;
        let validity = certificate.validity();
        let moment = |seconds: i64| DateTime::from_timestamp(seconds, 0).ok_or(HookFault::Certificate);
        if !names(&certificate).iter().any(|name| is_sns(name)) {
            return Err(HookFault::Certificate);
        }
        Ok(Self {
            key: certificate.public_key().raw.to_vec(),
            from: moment(validity.not_before.timestamp())?,
            until: moment(validity.not_after.timestamp())?,
        })
    }

    /// Whether it is valid now.
    ///
    /// # Errors
    /// When it is not yet or no longer.
    pub fn check(&self, now: DateTime<Utc>) -> Result<(), HookFault> {
        if self.from <= now && now <= self.until { Ok(()) } else { Err(HookFault::Certificate) }
    }
}

/// The names that a certificate is for.
fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let common = certificate.subject().iter_common_name().filter_map(|name| name.as_str().ok());
    let mut names: Vec<String> = common.map(str::to_owned).collect();
    if let Ok(Some(more)) = certificate.subject_alternative_name() {
        let dns = |name: &GeneralName<'_>| match name {
            GeneralName::DNSName(name) => Some((*name).to_owned()),
            _ => None,
        };
        names.extend(more.value.general_names.iter().filter_map(dns));
    }
    names
}

/// `sns.amazonaws.com`, `sns.eu-west-1.amazonaws.com`, `sns-cn-north-1.amazonaws.com.cn`.
fn is_sns(name: &str) -> bool {
    let rest = name.strip_suffix(".amazonaws.com").or(name.strip_suffix(".amazonaws.com.cn"));
    rest.is_some_and(|rest| rest == "sns" || rest.starts_with("sns.") || rest.starts_with("sns-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_sns_are_visited() {
        for good in [
            "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-1.pem",
            "https://sns.cn-north-1.amazonaws.com.cn/x.pem",
            "https://sns.us-gov-west-1.amazonaws.com/?Action=ConfirmSubscription",
        ] {
            assert!(amazons(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "http://sns.us-east-1.amazonaws.com/x.pem",
            "https://sns.amazonaws.com.evil.example/x.pem",
            "https://sns.us-east-1.amazonaws.com.evil.example/x.pem",
            "https://evil.example/sns.us-east-1.amazonaws.com/x.pem",
            "https://sns.us-east-1.amazonaws.com@evil.example/x.pem",
            "https://me@sns.us-east-1.amazonaws.com/x.pem",
            "https://sns.us-east-1.amazonaws.com:8443/x.pem",
            "https://s3.us-east-1.amazonaws.com/x.pem",
            "https://sns.a.b.amazonaws.com/x.pem",
            "https://sns..amazonaws.com/x.pem",
            "https://bucket.sns.us-east-1.amazonaws.com/x.pem",
            "https://snsxus-east-1.amazonaws.com/x.pem",
            "https://127.0.0.1/x.pem",
            "file:///etc/passwd",
        ] {
            assert_eq!(amazons(bad), Err(HookFault::ForeignAddress), "{bad}");
        }
    }

    #[test]
    fn a_certificate_is_for_sns_alone() {
        for good in ["sns.amazonaws.com", "sns.eu-west-1.amazonaws.com", "sns-cn-north-1.amazonaws.com.cn"] {
            assert!(is_sns(good), "{good}");
        }
        for bad in
            ["amazonaws.com", "s3.amazonaws.com", "sns.amazonaws.com.evil.example", "snsx.amazonaws.com"]
        {
            assert!(!is_sns(bad), "{bad}");
        }
    }
}
