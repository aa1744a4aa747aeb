//! The columns section: everything lists, timelines and analyses read of an event but its ids.
//!
//! ```text
//! version u8 | checksum of the head u32 | head: rows, checksum of the ids u32, frame | the frame's bytes
//! ```
//! The frame holds one stream a column (see [`stream`]), in an order the decoder follows, since later
//! columns predict from earlier ones:
//! - times and commits are differences to the row before; times in the coarsest of ns, us, ms, s that loses nothing;
//! - what always goes together (service, instance, environment, process; kind, mode, error, status,
//!   operation) is one number into a table of combinations;
//! - thread, task, spans, clock components and lock sets are predicted from the row before *of the same
//!   scope*, since the rows of a trace interleave its services;
//! - strings are numbers into the block's dictionary, 0 the empty one, in order of first use.

mod decode;
mod encode;
mod strings;

pub(super) use decode::decode_into;
pub(super) use encode::encode;

const VERSION: u8 = 0x21;

/// The streams of the frame, by position.
mod stream {
    pub(super) const DICTIONARY_LENS: usize = 0;
    pub(super) const DICTIONARY_TEXT: usize = 1;
    /// Per combination: service, instance, environment (string codes), process id.
    pub(super) const SCOPE_TABLE: usize = 2;
    pub(super) const SCOPES: usize = 3;
    /// Per combination: kind, mode, error, status.
    pub(super) const ACT_TABLE: usize = 4;
    /// Per combination: a string code.
    pub(super) const ACT_OPERATIONS: usize = 5;
    pub(super) const ACTS: usize = 6;
    /// Power of ten, then differences of starts.
    pub(super) const STARTS: usize = 7;
    /// Power of ten, then end - start.
    pub(super) const DURATIONS: usize = 8;
    pub(super) const SEQS: usize = 9;
    pub(super) const THREADS: usize = 10;
    pub(super) const TASKS: usize = 11;
    pub(super) const SPANS: usize = 12;
    pub(super) const UPSTREAMS: usize = 13;
    pub(super) const VARIABLES: usize = 14;
    pub(super) const LOCKS: usize = 15;
    /// Per row: code of the old hash + 3 * code of the new one.
    pub(super) const HASH_CODES: usize = 16;
    /// Eight bytes each.
    pub(super) const RAW_HASHES: usize = 17;
    /// Per row: 0 for the components of the scope's row before, else 1 + how many, and a string code each.
    pub(super) const CLOCK_COMPONENTS: usize = 18;
    /// Per component: difference to its last count.
    pub(super) const CLOCK_COUNTS: usize = 19;
    /// As the clock components.
    pub(super) const LOCK_SETS: usize = 20;
    pub(super) const N: usize = 21;
}

/// The powers of ten that times may be counted in, coarsest first.
const SCALES: [i64; 4] = [1_000_000_000, 1_000_000, 1_000, 1];

/// A number into a table: 0 is the next new entry, else 1 + its index.
const NEW: u64 = 0;

/// Codes of a list that is predicted from the scope's row before.
const SAME_LIST: u64 = 0;

/// Codes of a value's hash.
mod hash_code {
    pub(super) const NONE: u8 = 0;
    pub(super) const RAW: u8 = 1;
    /// The value the variable had last in this block.
    pub(super) const LAST: u8 = 2;
    /// Number of codes.
    pub(super) const N: u8 = 3;
}

/// The hash a variable has after an access, when one is known.
const fn after_access(old: u64, new: u64) -> Option<u64> {
    match (old, new) {
        (0, 0) => None,
        (old, 0) => Some(old),
        (_, new) => Some(new),
    }
}
