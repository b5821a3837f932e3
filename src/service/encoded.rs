//! Messages in the form that the wire carries.

use prost::DecodeError;
use prost::Message;
use prost::bytes::{Buf, BufMut, Bytes};
use prost::encoding::{DecodeContext, WireType, skip_field};

/// A message that is encoded already: a cheap clone of it is sent as often as it is requested.
///
/// The generated servers send it where `proto/` has a stream of messages (`proto/build.rs`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Encoded(Bytes);

impl Encoded {
    /// Encode `message`.
    pub fn of(message: &impl Message) -> Self {
        Self(message.encode_to_vec().into())
    }

    /// Return the number of bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Return whether the message has no field.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Decode the message.
    ///
    /// # Errors
    /// It is of another type.
    pub fn decode<T: Message + Default>(&self) -> Result<T, DecodeError> {
        T::decode(self.0.clone())
    }
}

impl Message for Encoded {
    fn encode_raw(&self, buffer: &mut impl BufMut) {
        buffer.put_slice(&self.0);
    }

    fn encoded_len(&self) -> usize {
        self.0.len()
    }

    fn clear(&mut self) {
        self.0.clear();
    }

    /// Skip a field: servers receive no such message.
    fn merge_field(
        &mut self,
        tag: u32,
        wire_type: WireType,
        buffer: &mut impl Buf,
        context: DecodeContext,
    ) -> Result<(), DecodeError> {
        skip_field(wire_type, tag, buffer, context)
    }
}
