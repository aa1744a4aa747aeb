//! Texts as templates and values.
//!
//! A word is a run of ASCII letters and digits. A word with a digit is a value: a number, lower-case
//! hexadecimal, a UUID (with the words after its hyphens), or text. The template is what is left, with
//! [`SLOT`] in the place of each value. Texts that contain [`SLOT`] have no template.

use super::super::bytes::{Reader, put_varint};
use super::super::{BlockError, Fault};

/// Stands for a value; JSON never has it.
pub(super) const SLOT: u8 = 1;

/// A number has at most this many digits, so that its code fits.
const MAX_DIGITS: usize = 18;
/// Shorter words of hexadecimal are cheaper as text.
const MIN_HEX_LEN: usize = 8;
const UUID_LEN: usize = 36;
const UUID_HYPHENS: [usize; 4] = [8, 13, 18, 23];

const NUMBER: u64 = 0;
const TEXT: u64 = 1;
const UUID: u64 = 2;
const HEX: u64 = 3;

/// A value; positions are in the bytes it was found in or, when decoded, in the streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value {
    Number(u64),
    Text {
        begin: u32,
        len: u32,
    },
    Uuid {
        begin: u32,
    },
    /// `len` counts what is stored: hexadecimal text, or its bytes when decoded.
    Hex {
        begin: u32,
        len: u32,
    },
}

/// The classes of bytes.
const OTHER: u8 = 0;
const LETTER: u8 = 1;
const DIGIT: u8 = 2;
const RESERVED: u8 = 3;
static CLASSES: [u8; 256] = {
    let mut classes = [OTHER; 256];
    let mut byte = 0;
    while byte < 256 {
        if (byte as u8).is_ascii_digit() {
            classes[byte] = DIGIT;
        } else if (byte as u8).is_ascii_alphabetic() {
            classes[byte] = LETTER;
        }
        byte += 1;
    }
    classes[SLOT as usize] = RESERVED;
    classes
};

/// Appends the template of `all[begin..end]` and its values; false when it has none.
pub(super) fn split(all: &[u8], begin: usize, end: usize, template: &mut Vec<u8>, values: &mut Vec<Value>) -> bool {
    let text = &all[..end];
    let mut copied = begin;
    let mut at = begin;
    while at < end {
        match CLASSES[usize::from(text[at])] {
            OTHER => at += 1,
            RESERVED => return false,
            _ => {
                let word_begin = at;
                let mut has_digit = false;
                while let Some(&byte) = text.get(at) {
                    let class = CLASSES[usize::from(byte)];
                    if class != LETTER && class != DIGIT {
                        break;
                    }
                    has_digit |= class == DIGIT;
                    at += 1;
                }
                if has_digit {
                    let (value, len) = value_at(text, word_begin, at);
                    template.extend_from_slice(&text[copied..word_begin]);
                    template.push(SLOT);
                    values.push(value);
                    at = word_begin + len;
                    copied = at;
                }
            }
        }
    }
    template.extend_from_slice(&text[copied..]);
    true
}

/// The value that begins with the word `text[begin..end]`, and its length.
fn value_at(text: &[u8], begin: usize, end: usize) -> (Value, usize) {
    let word = &text[begin..end];
    let position = begin as u32;
    let uuid =
        text.get(begin..begin + UUID_LEN).filter(|candidate| word.len() == UUID_HYPHENS[0] && is_uuid(candidate));
    if uuid.is_some() {
        return (Value::Uuid { begin: position }, UUID_LEN);
    }
    let canonical = word.len() <= MAX_DIGITS && (word.len() == 1 || word[0] != b'0');
    let number = word.iter().try_fold(0u64, |number, byte| {
        (canonical && byte.is_ascii_digit()).then(|| number * 10 + u64::from(byte - b'0'))
    });
    let len = word.len() as u32;
    let value = match number {
        Some(number) => Value::Number(number),
        None if word.len() >= MIN_HEX_LEN && word.len().is_multiple_of(2) && word.iter().all(|&byte| is_hex(byte)) => {
            Value::Hex { begin: position, len }
        }
        None => Value::Text { begin: position, len },
    };
    (value, word.len())
}

const fn is_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

fn is_uuid(text: &[u8]) -> bool {
    text.iter().enumerate().all(|(at, &byte)| if UUID_HYPHENS.contains(&at) { byte == b'-' } else { is_hex(byte) })
}

impl Value {
    /// Appends a value found in `all`.
    pub(super) fn put(self, all: &[u8], values: &mut Vec<u8>, hex: &mut Vec<u8>, text: &mut Vec<u8>) {
        let bytes = |begin: u32, len: usize| all.get(begin as usize..begin as usize + len).unwrap_or_default();
        match self {
            Self::Number(number) => put_varint(values, number << 2 | NUMBER),
            Self::Text { begin, len } => {
                put_varint(values, u64::from(len) << 2 | TEXT);
                text.extend_from_slice(bytes(begin, len as usize));
            }
            Self::Uuid { begin } => {
                put_varint(values, UUID);
                put_hex(bytes(begin, UUID_LEN), hex);
            }
            Self::Hex { begin, len } => {
                put_varint(values, u64::from(len / 2) << 2 | HEX);
                put_hex(bytes(begin, len as usize), hex);
            }
        }
    }

    /// Reads a value's code; `hex` and `text` are how far those streams have been used.
    pub(super) fn read(values: &mut Reader<'_>, hex: &mut usize, text: &mut usize) -> Result<Self, BlockError> {
        let code = values.varint()?;
        let too_long = values.fault(Fault::Malformed);
        let place = |used: &mut usize, len: u64| {
            let begin = u32::try_from(*used).map_err(|_| too_long)?;
            let len = u32::try_from(len).map_err(|_| too_long)?;
            *used = used.checked_add(len as usize).ok_or(too_long)?;
            Ok((begin, len))
        };
        match code & 3 {
            NUMBER => Ok(Self::Number(code >> 2)),
            TEXT => place(text, code >> 2).map(|(begin, len)| Self::Text { begin, len }),
            UUID => place(hex, 16).map(|(begin, _)| Self::Uuid { begin }),
            _ => place(hex, code >> 2).map(|(begin, len)| Self::Hex { begin, len }),
        }
    }

    /// Appends the text of a decoded value; `None` when the streams do not have it.
    pub(super) fn write(self, hex: &[u8], text: &[u8], out: &mut Vec<u8>) -> Option<()> {
        match self {
            Self::Number(number) => write_number(number, out),
            Self::Text { begin, len } => out.extend_from_slice(part(text, begin, len)?),
            Self::Uuid { begin } => {
                for (byte_idx, &byte) in part(hex, begin, 16)?.iter().enumerate() {
                    if matches!(byte_idx, 4 | 6 | 8 | 10) {
                        out.push(b'-');
                    }
                    write_hex(byte, out);
                }
            }
            Self::Hex { begin, len } => part(hex, begin, len)?.iter().for_each(|&byte| write_hex(byte, out)),
        }
        Some(())
    }
}

fn part(stream: &[u8], begin: u32, len: u32) -> Option<&[u8]> {
    let begin = begin as usize;
    stream.get(begin..begin.checked_add(len as usize)?)
}

/// Pairs of hexadecimal digits as bytes; hyphens are passed over.
fn put_hex(text: &[u8], out: &mut Vec<u8>) {
    let digit = |byte: u8| if byte.is_ascii_digit() { byte - b'0' } else { byte - b'a' + 10 };
    let mut digits = text.iter().filter(|&&byte| byte != b'-').map(|&byte| digit(byte));
    while let (Some(high), Some(low)) = (digits.next(), digits.next()) {
        out.push(high << 4 | low);
    }
}

fn write_hex(byte: u8, out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.extend_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
}

fn write_number(mut number: u64, out: &mut Vec<u8>) {
    let mut digits = [b'0'; 20];
    let mut begin = digits.len() - 1;
    loop {
        digits[begin] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
        begin -= 1;
    }
    out.extend_from_slice(&digits[begin..]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::Section;
    use proptest::prelude::*;

    /// The template of a text, and the text made anew from what was stored of it.
    fn there_and_back(text: &str) -> Option<(Vec<u8>, Vec<u8>)> {
        let all = text.as_bytes();
        let (mut template, mut found) = (Vec::new(), Vec::new());
        if !split(all, 0, all.len(), &mut template, &mut found) {
            return None;
        }
        let (mut values, mut hex, mut words) = (Vec::new(), Vec::new(), Vec::new());
        for value in found {
            value.put(all, &mut values, &mut hex, &mut words);
        }
        let mut reader = Reader::new(&values, Section::Payload);
        let (mut hex_used, mut text_used, mut out) = (0, 0, Vec::new());
        for &byte in &template {
            if byte == SLOT {
                let value = Value::read(&mut reader, &mut hex_used, &mut text_used).expect("as written");
                value.write(&hex, &words, &mut out).expect("within the streams");
            } else {
                out.push(byte);
            }
        }
        Some((template, out))
    }

    proptest! {
        #[test]
        fn a_text_survives_its_template(text in "([a-z]{0,3}|[0-9]{0,20}|[0-9a-f]{6,18}|[-_.:\"{},é ]|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}){0,12}") {
            let (_, out) = there_and_back(&text).expect("no reserved byte");
            prop_assert_eq!(String::from_utf8_lossy(&out), text);
        }

        #[test]
        fn any_text_survives_or_has_no_template(text in "\\PC{0,40}\u{1}?") {
            match there_and_back(&text) {
                Some((_, out)) => prop_assert_eq!(String::from_utf8_lossy(&out), text),
                None => prop_assert!(text.as_bytes().contains(&SLOT)),
            }
        }
    }

    #[test]
    fn texts_that_differ_in_values_only_share_a_template() {
        let template = |text| there_and_back(text).expect("no reserved byte").0;
        let bodies = [
            r#"{"from":"acc-17","amount":42.17,"id":"b33c31bb-3c0f-4b39-acd0-0fe400f6a1e6","span":"00f067aa0ba902b7"}"#,
            r#"{"from":"acc-3","amount":0.05,"id":"1a2b3c4d-aaaa-bbbb-cccc-dddddddddddd","span":"1234567890123456"}"#,
        ];
        assert_eq!(template(bodies[0]), template(bodies[1]));
    }
}
