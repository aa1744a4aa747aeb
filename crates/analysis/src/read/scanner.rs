//! JSON cut into values without building them: where each begins and ends, and on which line.
//!
//! Only brackets and strings are looked at; whoever takes a value parses it. Depth is a counter, so nesting
//! costs no stack.

use std::io::BufRead;

use super::Wrong;

/// A reader of JSON text.
pub(super) struct Scanner<R> {
    input: R,
    line: u64,
    element_bytes: usize,
    /// What was consumed since [`Scanner::record`].
    tape: Option<Vec<u8>>,
}

/// Where a value's text ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    String,
    /// Arrays and objects: at the bracket that closes the first.
    Nested,
    /// Numbers and words: before what cannot be part of one.
    Scalar,
}

impl<R: BufRead> Scanner<R> {
    /// A value's text may have `element_bytes`.
    pub fn new(input: R, element_bytes: usize) -> Self {
        Self { input, line: 1, element_bytes, tape: None }
    }

    /// The line of the next byte.
    pub fn line(&self) -> u64 {
        self.line
    }

    pub fn into_inner(self) -> R {
        self.input
    }

    pub fn wrong(&self, what: impl Into<String>) -> Wrong {
        Wrong::new(self.line, what)
    }

    /// Keeps what is consumed from here on.
    pub fn record(&mut self) {
        self.tape = Some(Vec::new());
    }

    /// What was kept; nothing more is.
    pub fn take_record(&mut self) -> Vec<u8> {
        self.tape.take().unwrap_or_default()
    }

    fn fill(&mut self) -> Result<&[u8], Wrong> {
        let line = self.line;
        self.input.fill_buf().map_err(|error| Wrong::new(line, error.to_string()))
    }

    fn consume(&mut self, count: usize) -> Result<(), Wrong> {
        let Ok(bytes) = self.input.fill_buf() else { return Ok(()) };
        let bytes = &bytes[..count.min(bytes.len())];
        self.line += bytes.iter().filter(|&&byte| byte == b'\n').count() as u64;
        let mut fits = true;
        if let Some(tape) = &mut self.tape {
            fits = tape.len() + bytes.len() <= self.element_bytes;
            if fits {
                tape.extend_from_slice(bytes);
            }
        }
        self.input.consume(count);
        if fits { Ok(()) } else { Err(self.too_long()) }
    }

    fn too_long(&self) -> Wrong {
        self.wrong(format!("one element has more than {} bytes", self.element_bytes))
    }

    /// The next byte that is no space, not consumed; [`None`] at the end.
    pub fn peek(&mut self) -> Result<Option<u8>, Wrong> {
        loop {
            let bytes = self.fill()?;
            if bytes.is_empty() {
                return Ok(None);
            }
            let spaces = bytes.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            let next = bytes.get(spaces).copied();
            self.consume(spaces)?;
            if next.is_some() {
                return Ok(next);
            }
        }
    }

    /// Consumes `expected`, after spaces.
    pub fn expect(&mut self, expected: u8) -> Result<(), Wrong> {
        if self.peek()? != Some(expected) {
            return Err(self.wrong(format!("expected `{}`", char::from(expected))));
        }
        self.consume(1)
    }

    /// Whether the next byte is `expected`; consumed when it is.
    pub fn accept(&mut self, expected: u8) -> Result<bool, Wrong> {
        let is_next = self.peek()? == Some(expected);
        if is_next {
            self.consume(1)?;
        }
        Ok(is_next)
    }

    /// The text of the next value, into `out` (cleared), and the line it begins on.
    pub fn value(&mut self, out: &mut Vec<u8>) -> Result<u64, Wrong> {
        out.clear();
        let shape = match self.peek()? {
            None => return Err(self.wrong("the text ends where a value should be")),
            Some(b'"') => Shape::String,
            Some(b'{' | b'[') => Shape::Nested,
            Some(b'}' | b']' | b',' | b':') => return Err(self.wrong("expected a value")),
            Some(_) => Shape::Scalar,
        };
        let line = self.line;
        let (mut depth, mut in_string, mut escaped) = (0_u64, false, false);
        loop {
            let bytes = self.input.fill_buf().map_err(|error| Wrong::new(self.line, error.to_string()))?;
            if bytes.is_empty() {
                let whole = shape == Shape::Scalar && !out.is_empty();
                return if whole { Ok(line) } else { Err(self.wrong("the text ends inside a value")) };
            }
            let mut taken = 0;
            let mut ended = false;
            for &byte in bytes {
                if shape == Shape::Scalar {
                    if matches!(byte, b',' | b'}' | b']' | b':' | b'{' | b'[' | b'"') || byte.is_ascii_whitespace() {
                        ended = true;
                        break;
                    }
                } else if in_string {
                    match byte {
                        _ if escaped => escaped = false,
                        b'\\' => escaped = true,
                        b'"' => {
                            in_string = false;
                            ended = depth == 0;
                        }
                        _ => {}
                    }
                } else {
                    match byte {
                        b'"' => in_string = true,
                        b'{' | b'[' => depth += 1,
                        b'}' | b']' => {
                            depth -= 1;
                            ended = depth == 0;
                        }
                        _ => {}
                    }
                }
                taken += 1;
                if ended {
                    break;
                }
            }
            if out.len() + taken > self.element_bytes {
                return Err(self.too_long());
            }
            out.extend_from_slice(&bytes[..taken]);
            self.consume(taken)?;
            if ended {
                return Ok(line);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufReader;

    fn values(text: &str, buffer: usize) -> Result<Vec<(u64, String)>, Wrong> {
        let mut scanner = Scanner::new(BufReader::with_capacity(buffer, text.as_bytes()), 50);
        let mut found = Vec::new();
        let mut out = Vec::new();
        while scanner.peek()?.is_some() {
            let line = scanner.value(&mut out)?;
            found.push((line, String::from_utf8_lossy(&out).into_owned()));
        }
        Ok(found)
    }

    #[test]
    fn values_end_where_they_end_whatever_the_buffer() {
        let text = "{\"a\\\"}\":[1,\n{}]} \n \"x]\\\\\" -1.5e3\ntrue[]";
        for buffer in [1, 2, 3, 7, 100] {
            let found = values(text, buffer).unwrap_or_else(|wrong| panic!("{wrong:?}"));
            let expected = [(1, "{\"a\\\"}\":[1,\n{}]}"), (3, "\"x]\\\\\""), (3, "-1.5e3"), (4, "true"), (4, "[]")];
            assert_eq!(found, expected.map(|(line, text)| (line, text.to_owned())), "{buffer}");
        }
    }

    #[test]
    fn what_does_not_end_or_is_too_long_is_refused_with_its_line() {
        for (text, line) in [("{\n\"a\":", 2), ("\"abc", 1), ("\n\n]", 3)] {
            assert_eq!(values(text, 4).map_err(|wrong| wrong.line), Err(line), "{text}");
        }
        assert!(values(&"[1,2]".repeat(20).replace("][", ","), 8).is_err());
    }
}
