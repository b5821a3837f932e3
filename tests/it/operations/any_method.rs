//! Calls of any method with any bytes, by the names of the compiled contract.

use prost::Message;
use prost_types::{DescriptorProto, FileDescriptorSet};
use std::collections::HashMap;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::Channel;
use tonic::{Request, Status, Streaming};
use tradecast::service::pb;

/// Messages as bytes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Bytes;

impl Codec for Bytes {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self {
        *self
    }
}

impl Encoder for Bytes {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        tonic::codegen::Bytes::from(item)
            .chunks(1 << 20)
            .for_each(|chunk| prost::bytes::BufMut::put_slice(buffer, chunk));
        Ok(())
    }
}

impl Decoder for Bytes {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        use prost::bytes::Buf;
        let length = buffer.remaining();
        Ok(Some(buffer.copy_to_bytes(length).to_vec()))
    }
}

/// The paths of all methods of the contract.
pub(crate) fn methods() -> Vec<String> {
    requests().into_iter().map(|(path, _)| path).collect()
}

/// The paths of all methods, and the names of their requests.
pub(crate) fn requests() -> Vec<(String, String)> {
    let set = FileDescriptorSet::decode(pb::DESCRIPTORS).unwrap();
    let mut paths = Vec::new();
    for file in &set.file {
        for service in &file.service {
            let name = format!("{}.{}", file.package(), service.name());
            let methods = service.method.iter().map(|method| {
                let path = format!("/{name}/{}", method.name());
                (path, method.input_type().to_owned())
            });
            paths.extend(methods);
        }
    }
    assert!(paths.len() > 10, "{paths:?}");
    paths
}

/// The messages of the contract by name.
pub(crate) fn messages() -> HashMap<String, DescriptorProto> {
    let set = FileDescriptorSet::decode(pb::DESCRIPTORS).unwrap();
    let mut found = HashMap::new();
    for file in set.file {
        let package = format!(".{}", file.package());
        for message in file.message_type {
            for nested in &message.nested_type {
                let name = format!("{package}.{}.{}", message.name(), nested.name());
                found.insert(name, nested.clone());
            }
            found.insert(format!("{package}.{}", message.name()), message);
        }
    }
    found
}

/// Calls a method with messages of any bytes; the stream is whatever the method returns.
pub(crate) async fn call(
    channel: &Channel,
    path: &str,
    headers: &[(&'static str, String)],
    messages: Vec<Vec<u8>>,
) -> Result<Streaming<Vec<u8>>, Status> {
    let mut client = tonic::client::Grpc::new(channel.clone());
    client.ready().await.unwrap();
    let mut request = Request::new(tokio_stream::iter(messages));
    for (name, value) in headers {
        request.metadata_mut().insert(*name, value.parse().unwrap());
    }
    let path: PathAndQuery = path.parse().unwrap();
    client
        .streaming(request, path, Bytes)
        .await
        .map(tonic::Response::into_inner)
}
