//! The shapes of the contract's fields, as narrow as the columns need and as wide as clients send.
//!
//! What is kept as text only (arguments, headers, locations) is checked here and not built.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::{EventId, IdError, TraceId, limits};

/// One element of `events`. The kind's own fields wait as text for [`super::facts::Facts`].
#[derive(serde::Deserialize)]
pub(super) struct WireEvent<'a> {
    pub id: Id<EventId>,
    pub trace_id: Id<TraceId>,
    pub parent_id: Option<Id<EventId>>,
    #[serde(borrow)]
    pub timestamp: Text<'a>,
    #[serde(borrow)]
    pub kind: KindEntry<'a>,
    #[serde(borrow)]
    pub metadata: Object<Metadata<'a>>,
    /// Missing and `null` (a nil slice of Go) are the empty list.
    #[serde(borrow)]
    pub causality_vector: Option<Capped<(Text<'a>, u64), { limits::CLOCK_COMPONENTS }>>,
    #[serde(borrow)]
    pub lock_set: Option<Capped<Text<'a>, { limits::LOCKS }>>,
}

#[derive(serde::Deserialize)]
pub(super) struct Metadata<'a> {
    #[serde(borrow)]
    pub thread_id: Text<'a>,
    pub process_id: u32,
    #[serde(borrow)]
    pub service_name: Text<'a>,
    #[serde(borrow)]
    pub environment: Text<'a>,
    /// An object of strings, or `null` (a nil map of Go).
    #[serde(borrow)]
    pub tags: &'a RawValue,
    pub duration_ns: Option<Amount>,
    #[serde(borrow)]
    pub instance_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub distributed_span_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub upstream_span_id: Option<Text<'a>>,
}

/// The tags that become columns or steer them.
#[derive(Default)]
pub(super) struct Tags<'a> {
    pub task_id: Option<Text<'a>>,
    pub sdk_language: Option<Text<'a>>,
    pub ordering: Option<Text<'a>>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Tags<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TagsVisitor;
        impl<'de> Visitor<'de> for TagsVisitor {
            type Value = Tags<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of strings")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tags<'de>, A::Error> {
                let mut tags = Tags::default();
                while let Some((name, value)) = map.next_entry::<Text<'de>, Text<'de>>()? {
                    match name.0.as_ref() {
                        "task_id" => tags.task_id = Some(value),
                        "sdk_language" => tags.sdk_language = Some(value),
                        "ordering" => tags.ordering = Some(value),
                        _ => {}
                    }
                }
                Ok(tags)
            }
        }
        deserializer.deserialize_map(TagsVisitor)
    }
}

/// `{"Name": fields}`: an object with exactly one key.
pub(super) struct KindEntry<'a> {
    pub name: Text<'a>,
    pub body: &'a RawValue,
}

impl<'de: 'a, 'a> Deserialize<'de> for KindEntry<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KindVisitor;
        impl<'de> Visitor<'de> for KindVisitor {
            type Value = KindEntry<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with one key, the name of the kind")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<KindEntry<'de>, A::Error> {
                let one_key = || A::Error::custom("an event has exactly one kind");
                let (name, body) = map.next_entry()?.ok_or_else(one_key)?;
                match map.next_key::<IgnoredAny>()? {
                    None => Ok(KindEntry { name, body }),
                    Some(_) => Err(one_key()),
                }
            }
        }
        deserializer.deserialize_map(KindVisitor)
    }
}

/// A string, borrowed when it has no escapes.
#[derive(Debug)]
pub(super) struct Text<'a>(pub Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(TextVisitor)
    }
}

/// An id, read without a copy.
pub(super) struct Id<T>(pub T);

/// The ids that an [`Id`] can be.
pub(super) trait FromBits: FromStr<Err = IdError> {
    fn from_bits(bits: u128) -> Option<Self>;
}

impl FromBits for TraceId {
    fn from_bits(bits: u128) -> Option<Self> {
        Self::new(bits)
    }
}

impl FromBits for EventId {
    fn from_bits(bits: u128) -> Option<Self> {
        Self::new(bits)
    }
}

impl<'de, T: FromBits> Deserialize<'de> for Id<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct IdVisitor<T>(PhantomData<T>);
        impl<T: FromBits> Visitor<'_> for IdVisitor<T> {
            type Value = Id<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an id")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Id<T>, E> {
                match uuid_bits(text.as_bytes()).and_then(T::from_bits) {
                    Some(id) => Ok(Id(id)),
                    None => text.parse().map(Id).map_err(E::custom),
                }
            }
        }
        deserializer.deserialize_str(IdVisitor(PhantomData))
    }
}

/// The bits of a hyphenated UUID, the form that clients send: three of them an event. Others take the
/// general way.
fn uuid_bits(text: &[u8]) -> Option<u128> {
    /// Values of hex digits; 0xFF for all else.
    const HEX_VALUES: [u8; 256] = {
        let mut values = [0xFF; 256];
        let mut value = 0;
        while value < 16 {
            values[b"0123456789abcdef"[value] as usize] = value as u8;
            values[b"0123456789ABCDEF"[value] as usize] = value as u8;
            value += 1;
        }
        values
    };
    /// Where the two digits of each byte begin.
    const PLACES: [usize; 16] = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
    let text: &[u8; 36] = text.try_into().ok()?;
    if [text[8], text[13], text[18], text[23]] != *b"----" {
        return None;
    }
    let mut bytes = [0; 16];
    let mut seen = 0;
    for (byte, place) in bytes.iter_mut().zip(PLACES) {
        let high = HEX_VALUES[usize::from(text[place])];
        let low = HEX_VALUES[usize::from(text[place + 1])];
        seen |= high | low;
        *byte = high << 4 | (low & 15);
    }
    (seen < 16).then(|| u128::from_be_bytes(bytes))
}

/// An amount of time as clients measure it. A clock that was set back gives negative ones: they count
/// as zero.
#[derive(Debug, Clone, Copy)]
pub(super) enum Amount {
    Whole(u64),
    Fraction(f64),
}

impl Amount {
    /// In nanoseconds, of which one unit has `unit`; rounded, saturating.
    pub(super) fn nanos(self, unit: u32) -> u64 {
        match self {
            Self::Whole(amount) => amount.saturating_mul(u64::from(unit)),
            Self::Fraction(amount) => (amount * f64::from(unit)).round() as u64,
        }
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AmountVisitor;
        impl Visitor<'_> for AmountVisitor {
            type Value = Amount;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number")
            }

            fn visit_u64<E: Error>(self, amount: u64) -> Result<Amount, E> {
                Ok(Amount::Whole(amount))
            }

            fn visit_i64<E: Error>(self, amount: i64) -> Result<Amount, E> {
                Ok(Amount::Whole(u64::try_from(amount).unwrap_or(0)))
            }

            fn visit_f64<E: Error>(self, amount: f64) -> Result<Amount, E> {
                Ok(Amount::Fraction(amount))
            }
        }
        deserializer.deserialize_any(AmountVisitor)
    }
}

/// A `T` sent as an object; what is derived would also take an array of its fields.
pub(super) struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ObjectVisitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Object)
            }
        }
        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

/// A string of which only the text that it came in is kept.
pub(super) struct IsText;

impl<'de> Deserialize<'de> for IsText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct IsTextVisitor;
        impl Visitor<'_> for IsTextVisitor {
            type Value = IsText;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_str<E: Error>(self, _: &str) -> Result<IsText, E> {
                Ok(IsText)
            }
        }
        deserializer.deserialize_str(IsTextVisitor)
    }
}

/// An array or an object of strings of which only the text is kept.
pub(super) struct IsTexts<const OBJECT: bool>;

impl<'de, const OBJECT: bool> Deserialize<'de> for IsTexts<OBJECT> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct IsTextsVisitor<const OBJECT: bool>;
        impl<'de, const OBJECT: bool> Visitor<'de> for IsTextsVisitor<OBJECT> {
            type Value = IsTexts<OBJECT>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(if OBJECT { "an object of strings" } else { "an array of strings" })
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<IsTexts<OBJECT>, A::Error> {
                while map.next_entry::<IsText, IsText>()?.is_some() {}
                Ok(IsTexts)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<IsTexts<OBJECT>, A::Error> {
                while seq.next_element::<IsText>()?.is_some() {}
                Ok(IsTexts)
            }
        }
        if OBJECT { deserializer.deserialize_map(IsTextsVisitor) } else { deserializer.deserialize_seq(IsTextsVisitor) }
    }
}

/// An array of which at most one element more than `LIMIT` is kept: enough to see that it is too long.
pub(super) struct Capped<T, const LIMIT: usize>(pub Vec<T>);

impl<'de, T: Deserialize<'de>, const LIMIT: usize> Deserialize<'de> for Capped<T, LIMIT> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct CappedVisitor<T, const LIMIT: usize>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>, const LIMIT: usize> Visitor<'de> for CappedVisitor<T, LIMIT> {
            type Value = Capped<T, LIMIT>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Capped<T, LIMIT>, A::Error> {
                let mut kept = Vec::new();
                while kept.len() <= LIMIT {
                    match seq.next_element()? {
                        Some(element) => kept.push(element),
                        None => return Ok(Capped(kept)),
                    }
                }
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Capped(kept))
            }
        }
        deserializer.deserialize_seq(CappedVisitor(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_short_way_to_an_id_and_the_long_way_agree(bits in 1u128.., at in 0_usize..36, byte in 0_u8..128, upper: bool) {
            let text = EventId::new(bits).expect("not zero").to_string();
            let text = if upper { text.to_ascii_uppercase() } else { text };
            prop_assert_eq!(uuid_bits(text.as_bytes()), Some(bits));
            let mut damaged = text.into_bytes();
            damaged[at] = byte;
            let long = std::str::from_utf8(&damaged).expect("ASCII").parse::<EventId>();
            prop_assert_eq!(uuid_bits(&damaged).and_then(EventId::new), long.ok());
        }
    }
}
