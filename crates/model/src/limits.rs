//! Limits on one event. What is beyond them is cut and marked, or refused with the reason.

/// Bytes of payload; more is refused.
pub const PAYLOAD_BYTES: usize = 1 << 20;
/// Components of a clock; more is refused.
pub const CLOCK_COMPONENTS: usize = 256;
/// Locks of a lock set; more is refused.
pub const LOCKS: usize = 256;
/// Bytes of a string; longer ones are cut at a character boundary and marked with [`CUT_MARK`].
pub const STRING_BYTES: usize = 64 << 10;
/// Bytes of a name in a column (service, operation, thread, ...); longer ones are cut and marked.
pub const NAME_BYTES: usize = 1 << 10;
/// Ends a string that was cut.
pub const CUT_MARK: &str = "…[cut]";

/// `text`, or as much of it as fits in `limit` bytes and the mark.
pub fn cut(text: &str, limit: usize) -> std::borrow::Cow<'_, str> {
    if text.len() <= limit {
        return text.into();
    }
    let end = text.floor_char_boundary(limit.saturating_sub(CUT_MARK.len()));
    format!("{}{CUT_MARK}", &text[..end]).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_string_is_cut_at_a_character_and_marked() {
        assert_eq!(cut("short", 10), "short");
        let long = "é".repeat(20);
        let short = cut(&long, 21);
        assert!(short.len() <= 21 && short.ends_with(CUT_MARK), "{short}");
    }
}
