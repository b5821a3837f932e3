//! Connections of the client: plain or TLS, with or without a credential.

use super::client_error::ClientError;
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tonic::codegen::http::Uri;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};
use tower::service_fn;

/// The channel of a client, which adds its credential to every call.
pub type ClientChannel = InterceptedService<Channel, ClientCredential>;

/// A server and how to reach it.
#[derive(Clone, Default)]
pub struct RemoteServer {
    /// Its address, for example `https://trade.example.org:50051`; without a scheme it is HTTP.
    pub url: String,
    /// The API key or token that calls carry.
    pub credential: Option<String>,
    /// The authorities of its certificate (PEM), instead of the system's.
    pub authority: Option<PathBuf>,
    /// The client's certificate and its key (PEM).
    pub certificate: Option<(PathBuf, PathBuf)>,
}

impl fmt::Debug for RemoteServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The credential is a secret.
        f.debug_struct("RemoteServer")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

impl From<&str> for RemoteServer {
    fn from(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            ..Self::default()
        }
    }
}

/// Adds a credential to calls.
#[derive(Clone)]
pub struct ClientCredential(Option<MetadataValue<Ascii>>);

impl fmt::Debug for ClientCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientCredential(…)")
    }
}

impl Interceptor for ClientCredential {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(value) = &self.0 {
            request
                .metadata_mut()
                .insert("authorization", value.clone());
        }
        Ok(request)
    }
}

impl RemoteServer {
    /// Connect.
    ///
    /// # Errors
    /// The address or a file cannot be used, or nothing answers there.
    pub async fn connect(&self) -> Result<ClientChannel, ClientError> {
        let url = match self.url.contains("://") {
            true => self.url.clone(),
            false => format!("http://{}", self.url),
        };
        let endpoint = match Channel::from_shared(url.clone()) {
            Ok(endpoint) => endpoint,
            Err(source) => return Err(ClientError::Address { url, source }),
        };
        let is_secure = endpoint.uri().scheme_str() == Some("https");
        let connected = match is_secure {
            true => secured(&endpoint, self.tls()?).await,
            false => endpoint.connect().await,
        };
        let channel = connected.map_err(|source| ClientError::Unreachable { url, source })?;
        let credential = self.credential.as_deref().map(|text| {
            let value = format!("Bearer {text}").parse::<MetadataValue<Ascii>>();
            value.map(|mut value| {
                value.set_sensitive(true);
                value
            })
        });
        let credential = credential
            .transpose()
            .map_err(|_| ClientError::Credential)?;
        Ok(InterceptedService::new(
            channel,
            ClientCredential(credential),
        ))
    }

    /// Return how certificates are checked.
    fn tls(&self) -> Result<ClientConfig, ClientError> {
        let mut roots = RootCertStore::empty();
        match &self.authority {
            Some(path) => {
                for certificate in certificates(path)? {
                    roots
                        .add(certificate)
                        .map_err(|error| unusable(path, &error))?;
                }
            }
            // A certificate of the system that cannot be read is one that is not trusted.
            None => {
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            }
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| unusable(Path::new("TLS"), &error))?
            .with_root_certificates(roots);
        let mut config = match &self.certificate {
            None => builder.with_no_client_auth(),
            Some((certificate, key)) => {
                let private = PrivateKeyDer::from_pem_file(key).map_err(|e| unusable(key, &e))?;
                builder
                    .with_client_auth_cert(certificates(certificate)?, private)
                    .map_err(|error| unusable(certificate, &error))?
            }
        };
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(config)
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, ClientError> {
    let failed = |error| unusable(path, &error);
    let read = CertificateDer::pem_file_iter(path).map_err(failed)?;
    read.collect::<Result<_, _>>().map_err(failed)
}

fn unusable(path: &Path, error: &dyn fmt::Display) -> ClientError {
    ClientError::File {
        path: path.to_owned(),
        reason: format!("expected PEM ({error})"),
    }
}

/// Connect over TLS.
async fn secured(
    endpoint: &Endpoint,
    config: ClientConfig,
) -> Result<Channel, tonic::transport::Error> {
    let connector = TlsConnector::from(Arc::new(config));
    let connect = service_fn(move |uri: Uri| {
        let connector = connector.clone();
        async move {
            let host = uri
                .host()
                .unwrap_or_default()
                .trim_matches(['[', ']'])
                .to_owned();
            let port = uri.port_u16().unwrap_or(443);
            let stream = TcpStream::connect((host.as_str(), port)).await?;
            stream.set_nodelay(true)?;
            let name = ServerName::try_from(host).map_err(std::io::Error::other)?;
            let stream = connector.connect(name, stream).await?;
            Ok::<_, std::io::Error>(TokioIo::new(stream))
        }
    });
    endpoint.connect_with_connector(connect).await
}
