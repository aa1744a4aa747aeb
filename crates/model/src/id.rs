//! Identity: traces, events, and the store's commit counter.

use std::fmt;
use std::num::NonZeroU128;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Why a text is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    #[error("an id is a UUID, 32 hex digits or 16 hex digits")]
    Shape,
    #[error("an id of all zeros names nothing")]
    Zero,
}

/// 128 bits that name a trace; never zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String))]
pub struct TraceId(NonZeroU128);

/// 128 bits that name an event within its trace; never zero. The same `EventId` in another trace is
/// another event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String))]
pub struct EventId(NonZeroU128);

macro_rules! id_type {
    ($name:ident) => {
        impl $name {
            /// `None` when `bits` is zero.
            pub const fn new(bits: u128) -> Option<Self> {
                match NonZeroU128::new(bits) {
                    Some(bits) => Some(Self(bits)),
                    None => None,
                }
            }

            /// `None` when all bytes are zero.
            pub const fn from_bytes(bytes: [u8; 16]) -> Option<Self> {
                Self::new(u128::from_be_bytes(bytes))
            }

            pub const fn get(self) -> u128 {
                self.0.get()
            }

            /// Big-endian, so that byte order and numeric order agree.
            pub const fn to_bytes(self) -> [u8; 16] {
                self.0.get().to_be_bytes()
            }

            /// 32 lower-case hex digits, OpenTelemetry's form.
            pub fn to_hex(self) -> String {
                format!("{:032x}", self.0)
            }
        }

        /// The UUID form, as the wire contract prints it.
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(std::str::from_utf8(&uuid_text(self.0.get())).unwrap_or_default())
            }
        }

        /// Takes a UUID (hyphenated, simple, braced or `urn:uuid:`), 32 hex digits, or 16 hex digits
        /// (padded on the left with zeros).
        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                parse_bits(text).and_then(|bits| Self::new(bits).ok_or(IdError::Zero))
            }
        }

        /// Text in formats for people, 128 bits in binary ones.
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    serializer.collect_str(self)
                } else {
                    self.0.get().serialize(serializer)
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if deserializer.is_human_readable() {
                    let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                    text.parse().map_err(de::Error::custom)
                } else {
                    let bits = u128::deserialize(deserializer)?;
                    Self::new(bits).ok_or_else(|| de::Error::custom(IdError::Zero))
                }
            }
        }
    };
}

id_type!(TraceId);
id_type!(EventId);

const HEX: &[u8; 16] = b"0123456789abcdef";

/// The 36 characters of the hyphenated form; no allocation.
fn uuid_text(bits: u128) -> [u8; 36] {
    let mut text = [b'-'; 36];
    let mut at = 0;
    for (byte_idx, byte) in bits.to_be_bytes().into_iter().enumerate() {
        if matches!(byte_idx, 4 | 6 | 8 | 10) {
            at += 1;
        }
        text[at] = HEX[usize::from(byte >> 4)];
        text[at + 1] = HEX[usize::from(byte & 15)];
        at += 2;
    }
    text
}

fn parse_bits(text: &str) -> Result<u128, IdError> {
    let text = text.strip_prefix("urn:uuid:").unwrap_or(text);
    let text = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(text);
    let bytes = text.as_bytes();
    let hyphenated = bytes.len() == 36;
    if !hyphenated && bytes.len() != 32 && bytes.len() != 16 {
        return Err(IdError::Shape);
    }
    let mut bits: u128 = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        if hyphenated && matches!(at, 8 | 13 | 18 | 23) {
            if byte != b'-' {
                return Err(IdError::Shape);
            }
            continue;
        }
        let digit = char::from(byte).to_digit(16).ok_or(IdError::Shape)?;
        bits = bits << 4 | u128::from(digit);
    }
    Ok(bits)
}

/// The commit counter of the store: one more for every committed batch that stored something,
/// without gaps and visible in order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct Seq(pub u64);

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How new an answer is. `epoch` is random, made with the store and anew at each restore: sequence
/// numbers of different epochs cannot be compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Head {
    pub epoch: u64,
    pub seq: Seq,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn all_forms_of_an_id_are_one_id() {
        let id: TraceId = "b33c31bb-3c0f-4b39-acd0-0fe400f6a1e6".parse().expect("hyphenated");
        for form in [
            "B33C31BB-3C0F-4B39-ACD0-0FE400F6A1E6",
            "b33c31bb3c0f4b39acd00fe400f6a1e6",
            "{b33c31bb-3c0f-4b39-acd0-0fe400f6a1e6}",
            "urn:uuid:b33c31bb-3c0f-4b39-acd0-0fe400f6a1e6",
        ] {
            assert_eq!(form.parse(), Ok(id), "{form}");
        }
        assert_eq!("00f067aa0ba902b7".parse::<TraceId>().map(TraceId::get), Ok(0x00f0_67aa_0ba9_02b7));
    }

    #[test]
    fn what_is_no_id_is_refused_with_its_reason() {
        for text in [
            "",
            "x",
            "b33c31bb-3c0f-4b39-acd0-0fe400f6a1e",
            "b33c31bb+3c0f-4b39-acd0-0fe400f6a1e6",
            "é33c31bb3c0f4b39acd00fe400f6a1e",
        ] {
            assert_eq!(text.parse::<EventId>(), Err(IdError::Shape), "{text}");
        }
        assert_eq!("00000000-0000-0000-0000-000000000000".parse::<TraceId>(), Err(IdError::Zero));
    }

    proptest! {
        #[test]
        fn an_id_survives_text_and_bytes(bits in 1u128..) {
            let id = TraceId::new(bits).expect("not zero");
            prop_assert_eq!(id.to_string().parse(), Ok(id));
            prop_assert_eq!(id.to_hex().parse(), Ok(id));
            prop_assert_eq!(TraceId::from_bytes(id.to_bytes()), Some(id));
        }

        #[test]
        fn parsing_never_panics(text in "\\PC{0,40}") {
            let _ = text.parse::<EventId>();
        }
    }
}
