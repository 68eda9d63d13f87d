use std::sync::{Arc, OnceLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

/// Whose certificates a client accepts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Trust {
    /// Those of the authorities that this machine trusts.
    #[default]
    Platform,
    /// Only those of the authorities in this PEM text, for a relay with a private authority.
    Authorities(String),
    /// Any certificate for any name. Protects against nobody who can alter the traffic: only for
    /// a relay on this host or on a network that is trusted anyway.
    Anyone,
}

/// The TLS side of a client: prepared at first use, then shared by all that clone it.
#[derive(Clone, Debug, Default)]
pub struct Tls(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    trust: Trust,
    config: OnceLock<Result<Arc<ClientConfig>, String>>,
}

impl Tls {
    /// Accepts the certificates that `trust` says.
    pub fn new(trust: Trust) -> Self {
        Self(Arc::new(Inner { trust, config: OnceLock::new() }))
    }

    /// Whether it can be used at all; the error says what is wrong with the authorities.
    pub fn check(&self) -> Result<(), String> {
        self.config().map(drop)
    }

    /// The prepared configuration, for other protocols too. The first call reads the platform's roots
    /// from disk; the error says what is wrong with the authorities.
    pub fn config(&self) -> Result<Arc<ClientConfig>, String> {
        self.0.config.get_or_init(|| prepare(&self.0.trust).map(Arc::new)).clone()
    }
}

fn prepare(trust: &Trust) -> Result<ClientConfig, String> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let config = match trust {
        Trust::Platform => {
            let verifier =
                rustls_platform_verifier::Verifier::new(provider).map_err(|error| error.to_string())?;
            builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth()
        }
        Trust::Authorities(pem) => builder.with_root_certificates(authorities(pem)?).with_no_client_auth(),
        Trust::Anyone => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(AcceptAnyone(provider)))
            .with_no_client_auth(),
    };
    Ok(config)
}

fn authorities(pem: &str) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let certificate = certificate.map_err(|error| error.to_string())?;
        roots.add(certificate).map_err(|error| error.to_string())?;
    }
    if roots.is_empty() {
        return Err("no certificate in the PEM text".to_owned());
    }
    Ok(roots)
}

/// Checks that the server holds the key of the certificate it shows, not who it is.
#[derive(Debug)]
struct AcceptAnyone(Arc<CryptoProvider>);

impl ServerCertVerifier for AcceptAnyone {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authorities_that_are_none_are_refused_before_any_connection() {
        assert!(Tls::new(Trust::Authorities(String::new())).check().is_err());
        assert!(Tls::new(Trust::Authorities("no certificate".into())).check().is_err());
        assert!(Tls::new(Trust::Anyone).check().is_ok());
    }
}
