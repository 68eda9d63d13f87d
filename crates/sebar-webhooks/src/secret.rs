//! Secrets and signatures (Standard Webhooks 1.0, “Signature scheme”, symmetric).

use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign as mac};
use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// How every secret begins.
const START: &str = "whsec_";
/// Its bytes: the standard asks for 24 to 64.
const BYTES: usize = 32;

/// A new secret, `whsec_…`; `None`: the system gives no random numbers.
pub fn new_secret() -> Option<String> {
    let mut bytes = [0; BYTES];
    rand::fill(&mut bytes).ok()?;
    Some(format!("{START}{}", STANDARD.encode(bytes)))
}

/// The `webhook-signature` of a call: one signature for each secret. A secret that is none signs nothing.
pub fn sign(secrets: &[String], id: &str, timestamp: i64, body: &str) -> String {
    let signed = format!("{id}.{timestamp}.{body}");
    let one = |secret: &String| {
        let key = STANDARD.decode(secret.strip_prefix(START).unwrap_or(secret)).ok()?;
        let tag = mac(&Key::new(HMAC_SHA256, &key), signed.as_bytes());
        Some(format!("v1,{}", STANDARD.encode(tag)))
    };
    secrets.iter().filter_map(one).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use standardwebhooks::Webhook;

    use super::*;

    #[test]
    fn both_secrets_of_a_rotation_verify() {
        let (old, new) = (new_secret().unwrap(), new_secret().unwrap());
        assert_ne!(old, new);
        let now = chrono::Utc::now().timestamp();
        let signature = sign(&[new.clone(), old.clone()], "evt_1", now, "{\"a\":1}");
        let mut headers = HeaderMap::new();
        headers.insert("webhook-id", "evt_1".parse().unwrap());
        headers.insert("webhook-timestamp", now.to_string().parse().unwrap());
        headers.insert("webhook-signature", signature.parse().unwrap());
        for secret in [&old, &new] {
            let verifier = Webhook::new(secret).unwrap();
            verifier.verify(b"{\"a\":1}", &headers).unwrap();
            assert!(verifier.verify(b"{\"a\":2}", &headers).is_err());
        }
        let other = Webhook::new(&new_secret().unwrap()).unwrap();
        assert!(other.verify(b"{\"a\":1}", &headers).is_err());
    }
}
