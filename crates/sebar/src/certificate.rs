//! The certificate of our SMTP listeners: read from files, and again when those have changed, so that
//! a renewal needs no restart.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, Result};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

/// The files are looked at so often.
const PERIOD: Duration = Duration::from_secs(60);

/// A server's TLS with the certificate and key in these PEM files.
///
/// # Errors
/// When they cannot be read or do not belong together.
pub(crate) fn server(certificate: PathBuf, key: PathBuf) -> Result<Arc<ServerConfig>> {
    let files = Files { certificate, key };
    let state = State { loaded: files.load()?, changed: files.changed(), looked: Instant::now() };
    let resolver = Arc::new(Renewed { files, state: Mutex::new(state) });
    Ok(Arc::new(ServerConfig::builder().with_no_client_auth().with_cert_resolver(resolver)))
}

struct Files {
    certificate: PathBuf,
    key: PathBuf,
}

impl Files {
    fn load(&self) -> Result<Arc<CertifiedKey>> {
        let at = |path: &PathBuf| format!("cannot read {}", path.display());
        let chain = CertificateDer::pem_file_iter(&self.certificate)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .with_context(|| at(&self.certificate))?;
        anyhow::ensure!(!chain.is_empty(), "no certificate in {}", self.certificate.display());
        let key = PrivateKeyDer::from_pem_file(&self.key).with_context(|| at(&self.key))?;
        let loaded = CertifiedKey::new(chain, any_supported_type(&key).with_context(|| at(&self.key))?);
        loaded.keys_match().context("the certificate and the key do not belong together")?;
        Ok(Arc::new(loaded))
    }

    fn changed(&self) -> Option<SystemTime> {
        let of = |path| std::fs::metadata(path).and_then(|about| about.modified()).ok();
        of(&self.certificate).max(of(&self.key))
    }
}

struct State {
    loaded: Arc<CertifiedKey>,
    changed: Option<SystemTime>,
    looked: Instant,
}

struct Renewed {
    files: Files,
    state: Mutex<State>,
}

impl fmt::Debug for Renewed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Renewed").field(&self.files.certificate).finish()
    }
}

impl ResolvesServerCert for Renewed {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.looked.elapsed() >= PERIOD {
            state.looked = Instant::now();
            let changed = self.files.changed();
            if changed != state.changed {
                match self.files.load() {
                    Ok(loaded) => (state.loaded, state.changed) = (loaded, changed),
                    // Perhaps half written: the old one serves until the next look.
                    Err(fault) => {
                        tracing::warn!(fault = %format!("{fault:#}"), "the new certificate is not used");
                    }
                }
            }
        }
        Some(Arc::clone(&state.loaded))
    }
}
