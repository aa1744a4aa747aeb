//! The payload of one event: what is read for one event at a time, never for a list.

/// Borrowed parts of a payload, redacted and within limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payload<'a> {
    /// As the source wrote it.
    pub timestamp: &'a str,
    /// The name of the kind on the wire.
    pub kind: &'a str,
    /// JSON: the fields of the kind.
    pub body: &'a str,
    /// JSON: an object of strings.
    pub tags: &'a str,
    /// `metadata.duration_ns` as sent.
    pub duration_ns: Option<u64>,
}

/// The bytes are not a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("these bytes are not an event's payload")]
pub struct PayloadError;

impl<'a> Payload<'a> {
    /// Appends the encoded payload: a presence byte and the duration, then four texts, each after its
    /// length (u32, little-endian).
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.push(u8::from(self.duration_ns.is_some()));
        if let Some(duration) = self.duration_ns {
            out.extend_from_slice(&duration.to_le_bytes());
        }
        for text in [self.timestamp, self.kind, self.body, self.tags] {
            out.extend_from_slice(&(text.len() as u32).to_le_bytes());
            out.extend_from_slice(text.as_bytes());
        }
    }

    /// # Errors
    /// [`PayloadError`] for anything [`Payload::encode`] did not write.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, PayloadError> {
        let (&has_duration, mut rest) = bytes.split_first().ok_or(PayloadError)?;
        let duration_ns = match has_duration {
            0 => None,
            1 => {
                let (duration, after) = rest.split_first_chunk::<8>().ok_or(PayloadError)?;
                rest = after;
                Some(u64::from_le_bytes(*duration))
            }
            _ => return Err(PayloadError),
        };
        let mut text = || -> Result<&'a str, PayloadError> {
            let (len, after) = rest.split_first_chunk::<4>().ok_or(PayloadError)?;
            let (text, after) = after.split_at_checked(u32::from_le_bytes(*len) as usize).ok_or(PayloadError)?;
            rest = after;
            std::str::from_utf8(text).map_err(|_| PayloadError)
        };
        let payload = Self { timestamp: text()?, kind: text()?, body: text()?, tags: text()?, duration_ns };
        if rest.is_empty() { Ok(payload) } else { Err(PayloadError) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_payload_survives_its_bytes(timestamp in ".{0,9}", kind in ".{0,9}", body in ".{0,99}", tags in ".{0,9}", duration_ns: Option<u64>) {
            let payload = Payload { timestamp: &timestamp, kind: &kind, body: &body, tags: &tags, duration_ns };
            let mut bytes = Vec::new();
            payload.encode(&mut bytes);
            prop_assert_eq!(Payload::decode(&bytes), Ok(payload));
            bytes.pop();
            prop_assert_eq!(Payload::decode(&bytes), Err(PayloadError));
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = Payload::decode(&bytes);
        }
    }
}
