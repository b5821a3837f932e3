//! TLS: the certificate, its key and the authorities of clients. Their files can be read again;
//! connections that are open keep what they began with.

use arc_swap::ArcSwap;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use sha2::{Digest, Sha256};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

/// The files of a server's TLS, in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate and those that lead to its authority.
    pub certificate: PathBuf,
    /// The private key of the certificate.
    pub key: PathBuf,
    /// The authorities of client certificates; with it, a client must have one.
    pub client_authority: Option<PathBuf>,
}

/// The reason why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read {}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it and what was expected.
        reason: String,
    },
    /// The certificate and its key cannot be used.
    #[error("cannot use {} with its key: {source}", path.display())]
    Unusable {
        /// The file of the certificate.
        path: PathBuf,
        /// The error of rustls.
        source: rustls::Error,
    },
}

/// Does handshakes with the present certificate. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct TlsAcceptor {
    files: Arc<TlsFiles>,
    config: Arc<ArcSwap<ServerConfig>>,
}

impl TlsAcceptor {
    /// Read the files.
    ///
    /// # Errors
    /// A file cannot be read or used.
    pub(super) fn new(files: TlsFiles) -> Result<Self, TlsError> {
        let config = ArcSwap::from_pointee(configure(&files)?);
        Ok(Self {
            files: Arc::new(files),
            config: Arc::new(config),
        })
    }

    /// Do the handshake of a connection; also return the SHA-256 of the client's certificate.
    ///
    /// # Errors
    /// The handshake fails.
    pub(super) async fn accept(
        &self,
        stream: TcpStream,
    ) -> io::Result<(TlsStream<TcpStream>, Option<Arc<str>>)> {
        let acceptor = tokio_rustls::TlsAcceptor::from(self.config.load_full());
        let stream = acceptor.accept(stream).await?;
        let certificates = stream.get_ref().1.peer_certificates();
        let fingerprint = certificates.and_then(|all| all.first()).map(fingerprint);
        Ok((stream, fingerprint))
    }

    /// Read the files again; if one of them cannot be used, what was read before stays.
    pub(super) fn reload(&self) {
        match configure(&self.files) {
            Ok(config) => {
                self.config.store(Arc::new(config));
                tracing::info!("the certificate is loaded again");
            }
            Err(error) => tracing::error!(%error, "the certificate from before stays in use"),
        }
    }

    /// Return the files that are read.
    pub(super) fn files(&self) -> impl Iterator<Item = PathBuf> {
        let files = [&self.files.certificate, &self.files.key];
        files
            .into_iter()
            .chain(&self.files.client_authority)
            .cloned()
    }
}

/// Return the SHA-256 of a certificate in hexadecimal digits.
pub(super) fn fingerprint(certificate: &CertificateDer<'_>) -> Arc<str> {
    hexadecimal(&Sha256::digest(certificate)).into()
}

/// Return bytes as hexadecimal digits.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn configure(files: &TlsFiles) -> Result<ServerConfig, TlsError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let unusable = |source| TlsError::Unusable {
        path: files.certificate.clone(),
        source,
    };
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(unusable)?;
    let builder = match &files.client_authority {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let mut roots = RootCertStore::empty();
            for certificate in certificates(path)? {
                roots.add(certificate).map_err(unusable)?;
            }
            let verifier =
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
            builder.with_client_cert_verifier(verifier.map_err(|error| TlsError::File {
                path: path.clone(),
                reason: error.to_string(),
            })?)
        }
    };
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| TlsError::File {
        path: files.key.clone(),
        reason: format!("expected a private key in PEM ({error})"),
    })?;
    let mut config = builder
        .with_single_cert(certificates(&files.certificate)?, key)
        .map_err(unusable)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// Read the certificates of a file.
fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let failed = |reason| TlsError::File {
        path: path.to_owned(),
        reason,
    };
    let expected = |error| failed(format!("expected certificates in PEM ({error})"));
    let found: Vec<_> = CertificateDer::pem_file_iter(path)
        .map_err(expected)?
        .collect::<Result<_, _>>()
        .map_err(expected)?;
    if found.is_empty() {
        return Err(failed(
            "expected certificates in PEM, found none".to_owned(),
        ));
    }
    Ok(found)
}
