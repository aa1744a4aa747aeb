//! Ids for what has none of its own: spans, span events, logs. The same in every run and build.

use model::{EventId, TraceId};

const FNV_OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
const FNV_PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

/// FNV-1a, 128 bits, over parts that cannot run into each other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hash(u128);

impl Hash {
    /// `what` keeps ids of different things apart.
    pub fn of(what: &str) -> Self {
        Self(FNV_OFFSET).text(what)
    }

    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        for &byte in (bytes.len() as u64).to_le_bytes().iter().chain(bytes) {
            self.0 = (self.0 ^ u128::from(byte)).wrapping_mul(FNV_PRIME);
        }
        self
    }

    pub fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    pub fn number(self, number: i128) -> Self {
        self.bytes(&number.to_le_bytes())
    }

    pub fn event(self) -> Option<EventId> {
        EventId::new(self.0.max(1))
    }
}

/// A trace's id in any length of hex digits up to 32, as Jaeger prints it; other texts are hashed. [`None`]
/// for an empty text and for zero.
pub(super) fn jaeger_trace(text: &str) -> Option<TraceId> {
    let is_hex = text.len() <= 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if text.is_empty() {
        None
    } else if is_hex {
        u128::from_str_radix(text, 16).ok().and_then(TraceId::new)
    } else {
        TraceId::new(Hash::of("jaeger trace").text(text).0.max(1))
    }
}
