//! Amazon SNS on this host: a certificate, envelopes signed with it, and an address to confirm at.

use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{SecondsFormat, Utc};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, PKCS_RSA_SHA256};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use serde_json::{Map, Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

const HOST: &str = "sns.eu-west-1.amazonaws.com";

/// SNS of one region, by TLS on 127.0.0.1. It goes with the value.
pub struct SnsServer {
    address: std::net::SocketAddr,
    authority: String,
    key: RsaKeyPair,
    visits: Arc<Mutex<Vec<String>>>,
    listening: JoinHandle<()>,
}

impl SnsServer {
    /// Starts it.
    ///
    /// # Errors
    /// When no certificate can be made, or no port be had.
    pub async fn start() -> anyhow::Result<Self> {
        let authority_key = KeyPair::generate()?;
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = params.self_signed(&authority_key)?.pem();
        let issuer = Issuer::new(params, authority_key);
        let key = KeyPair::generate_for(&PKCS_RSA_SHA256)?;
        let certificate = CertificateParams::new(vec![HOST.to_owned()])?.signed_by(&key, &issuer)?;
        let private = PrivateKeyDer::try_from(key.serialize_der()).map_err(anyhow::Error::msg)?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], private)?;
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let visits = Arc::new(Mutex::new(Vec::new()));
        let (seen, pem) = (Arc::clone(&visits), certificate.pem());
        let listening = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // A client that goes away is no fault of the test.
                tokio::spawn(serve(acceptor.clone(), stream, pem.clone(), Arc::clone(&seen)));
            }
        });
        let key = RsaKeyPair::from_pkcs8(&key.serialize_der()).map_err(anyhow::Error::msg)?;
        Ok(Self { address, authority, key, visits, listening })
    }

    /// Settings of a client that finds this server where Amazon's should be, and trusts it.
    ///
    /// # Errors
    /// When the certificate is not taken.
    pub fn client(&self) -> anyhow::Result<reqwest::ClientBuilder> {
        let authority = reqwest::Certificate::from_pem(self.authority.as_bytes())?;
        Ok(reqwest::Client::builder().tls_certs_only([authority]).resolve(HOST, self.address))
    }

    /// The paths that were asked for, in order.
    pub fn visits(&self) -> Vec<String> {
        self.visits.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A signed envelope: `kind` is its `Type`.
    pub fn envelope(&self, kind: &str, topic: &str, message: &str) -> String {
        let now = Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true);
        self.signed(json!({
            "Type": kind,
            "MessageId": format!("id of {now}"),
            "TopicArn": topic,
            "Message": message,
            "Timestamp": now,
            "SignatureVersion": "2",
            "SigningCertURL": format!("https://{HOST}/SimpleNotificationService-test.pem"),
            "Token": "token",
            "SubscribeURL": format!("https://{HOST}/?Action=ConfirmSubscription&Token=token"),
        }))
    }

    /// Signs an envelope that a test wrote itself.
    ///
    /// # Panics
    /// When the key cannot sign.
    pub fn signed(&self, mut envelope: Value) -> String {
        let mut text = String::new();
        let is_notification = envelope["Type"] == "Notification";
        if let (true, Some(fields)) = (is_notification, envelope.as_object_mut()) {
            fields.remove("Token");
            fields.remove("SubscribeURL");
        }
        let names =
            ["Message", "MessageId", "SubscribeURL", "Subject", "Timestamp", "Token", "TopicArn", "Type"];
        let none = Map::new();
        let fields = envelope.as_object().unwrap_or(&none);
        for name in names {
            if let Some(value) = fields.get(name).and_then(Value::as_str) {
                text.extend([name, "\n", value, "\n"]);
            }
        }
        let mut signature = vec![0; self.key.public_modulus_len()];
        if let Err(fault) =
            self.key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature)
        {
            panic!("the key of SNS does not sign: {fault}");
        }
        envelope["Signature"] = STANDARD.encode(signature).into();
        envelope.to_string()
    }
}

impl Drop for SnsServer {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn serve(
    acceptor: TlsAcceptor,
    stream: TcpStream,
    pem: String,
    visits: Arc<Mutex<Vec<String>>>,
) -> std::io::Result<()> {
    let mut stream = acceptor.accept(stream).await?;
    let mut read = Vec::new();
    while !read.windows(4).any(|end| end == b"\r\n\r\n") {
        if stream.read_buf(&mut read).await? == 0 {
            return Ok(());
        }
    }
    let head = String::from_utf8_lossy(&read);
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let body = if path.starts_with("/SimpleNotificationService") {
        pem
    } else {
        "<ConfirmSubscriptionResponse/>".to_owned()
    };
    visits.lock().unwrap_or_else(PoisonError::into_inner).push(path);
    let head = format!("HTTP/1.1 200 So\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    stream.write_all(format!("{head}{body}").as_bytes()).await?;
    stream.shutdown().await
}
