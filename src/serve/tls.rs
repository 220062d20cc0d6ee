//! TLS: a certificate from files, or one made at the start that only encrypts.

use super::Error;
use axum::serve;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::server::TlsStream;

/// Names for a certificate that nobody can check anyway.
const SELF_SIGNED_FOR: &[&str] = &["kubeblame", "localhost"];
/// How long a handshake may take.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// How many may be under way.
const MAX_HANDSHAKES: usize = 32;
/// How often files are looked at, since certificates are renewed in place.
const RELOAD_EVERY: Duration = Duration::from_mins(1);
/// A pause after the system has run out of something.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// A certificate that can be served.
pub struct Certificate {
    acceptor: TlsAcceptor,
    files: Option<(PathBuf, PathBuf)>,
}

impl Certificate {
    /// From PEM files with the chain and the private key.
    ///
    /// # Errors
    /// When a file is missing or is no PEM, or the two do not belong together.
    pub fn from_files(chain: &Path, key: &Path) -> Result<Self, Error> {
        let acceptor = load(chain, key).map_err(Error::Certificate)?;
        Ok(Self { acceptor, files: Some((chain.to_owned(), key.to_owned())) })
    }

    /// One made just now: it encrypts, and proves nothing.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn self_signed() -> Result<Self, Error> {
        let names = SELF_SIGNED_FOR.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let failed = |error: &dyn std::fmt::Display| {
            Error::Certificate(format!("that is made at the start: {error}"))
        };
        let made = rcgen::generate_simple_self_signed(names).map_err(|e| failed(&e))?;
        let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        let acceptor = acceptor(vec![made.cert.der().clone()], key.into());
        Ok(Self { acceptor: acceptor.map_err(|e| failed(&e))?, files: None })
    }

    /// Reads the files again; what is not good leaves the one before.
    fn renew(&mut self) {
        let Some((chain, key)) = &self.files else { return };
        match load(chain, key) {
            Ok(acceptor) => self.acceptor = acceptor,
            Err(error) => tracing::warn!("keeping the certificate from before: {error}"),
        }
    }
}

fn load(chain: &Path, key: &Path) -> Result<TlsAcceptor, String> {
    let at = |file: &Path, error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(chain)
        .and_then(Iterator::collect)
        .map_err(|error| at(chain, &error))?;
    if certificates.is_empty() {
        return Err(at(chain, &"it holds no certificate"));
    }
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| at(key, &error))?;
    acceptor(certificates, private)
        .map_err(|error| format!("{} with the key {}: {error}", chain.display(), key.display()))
}

fn acceptor(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<TlsAcceptor, tokio_rustls::rustls::Error> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// A listener whose connections have shaken hands: a slow one holds up no other.
pub(super) struct Listener {
    address: io::Result<SocketAddr>,
    accepted: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
    task: JoinHandle<()>,
}

impl Listener {
    pub(super) fn new(listener: TcpListener, certificate: Certificate) -> Self {
        let address = listener.local_addr();
        let (send, accepted) = mpsc::channel(MAX_HANDSHAKES);
        let task = tokio::spawn(accept_all(listener, certificate, send));
        Self { address, accepted, task }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl serve::Listener for Listener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.accepted.recv().await {
            Some(accepted) => accepted,
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.address.as_ref().copied().map_err(|error| io::Error::from(error.kind()))
    }
}

async fn accept_all(
    listener: TcpListener,
    mut certificate: Certificate,
    send: mpsc::Sender<(TlsStream<TcpStream>, SocketAddr)>,
) {
    let turns = Arc::new(Semaphore::new(MAX_HANDSHAKES));
    let mut read = Instant::now();
    loop {
        let Ok(turn) = Arc::clone(&turns).acquire_owned().await else { return };
        let Ok((stream, address)) = listener.accept().await else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        if read.elapsed() > RELOAD_EVERY {
            certificate.renew();
            read = Instant::now();
        }
        let (acceptor, send) = (certificate.acceptor.clone(), send.clone());
        tokio::spawn(async move {
            let _turn = turn;
            match timeout(HANDSHAKE_TIMEOUT, acceptor.accept(stream)).await {
                Ok(Ok(stream)) => _ = send.send((stream, address)).await,
                Ok(Err(error)) => tracing::debug!(%address, %error, "no TLS handshake"),
                Err(_) => tracing::debug!(%address, "no TLS handshake in time"),
            }
        });
    }
}
