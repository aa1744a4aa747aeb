//! The filter inside a trace: words that all must match.
//!
//! | word | matches |
//! |---|---|
//! | `text` | a part of the operation, service, variable, lock or kind, in any case; or an id's first digits |
//! | `service:text`, `thread:text`, `op:text`, `kind:text`, `on:text` | a part of that column (`on` = variable or lock) |
//! | `is:error` | errors |
//! | `slower:5ms` | a duration of at least that (`ns`, `us`, `ms`, `s`) |
//!
//! `-word` excludes. `"two words"` are one. A word with an unknown name is searched as text.

use model::Kind;

use super::TraceView;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Filter {
    words: Vec<Word>,
}

#[derive(Debug, Clone, PartialEq)]
struct Word {
    excludes: bool,
    test: Test,
}

#[derive(Debug, Clone, PartialEq)]
enum Test {
    Anywhere(String),
    Service(String),
    Thread(String),
    Operation(String),
    Object(String),
    Kind(String),
    Error,
    Slower(u64),
}

impl Filter {
    /// Any text is a filter.
    pub(crate) fn parse(text: &str) -> Self {
        let words = split(&text.to_lowercase())
            .into_iter()
            .filter_map(|word| {
                let (excludes, word) = match word.strip_prefix('-') {
                    Some(rest) if !rest.is_empty() => (true, rest),
                    _ => (false, word.as_str()),
                };
                (!word.is_empty()).then(|| Word { excludes, test: Test::parse(word) })
            })
            .collect();
        Self { words }
    }

    /// Whether it lets everything through.
    pub(crate) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The rows that match, in list order. O(rows · words + distinct strings · words).
    pub(crate) fn rows(&self, view: &TraceView) -> Vec<u32> {
        let tests: Vec<Prepared<'_>> = self.words.iter().map(|word| Prepared::new(word, view)).collect();
        (0..view.len() as u32)
            .filter(|&row| tests.iter().all(|test| test.holds(view, row as usize) != test.word.excludes))
            .collect()
    }
}

/// Words are divided by blanks outside of quotes.
fn split(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            c if c.is_whitespace() && !quoted => words.push(String::new()),
            c => {
                if let Some(word) = words.last_mut() {
                    word.push(c);
                }
            }
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

impl Test {
    fn parse(word: &str) -> Self {
        let anywhere = || Self::Anywhere(word.to_owned());
        let Some((name, value)) = word.split_once(':') else { return anywhere() };
        let value = value.to_owned();
        match name {
            _ if value.is_empty() => anywhere(),
            "service" => Self::Service(value),
            "thread" => Self::Thread(value),
            "op" | "operation" => Self::Operation(value),
            "on" | "variable" | "lock" => Self::Object(value),
            "kind" => Self::Kind(value),
            "is" if value == "error" => Self::Error,
            "slower" => duration(&value).map_or_else(anywhere, Self::Slower),
            _ => anywhere(),
        }
    }
}

/// Nanoseconds of `5ms`, `1.5s`, `250us`, `80ns`.
fn duration(text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(|c: char| c.is_alphabetic());
    let unit = match &text[digits.len()..] {
        "ns" => 1.0,
        "us" => 1e3,
        "ms" => 1e6,
        "s" => 1e9,
        _ => return None,
    };
    let value: f64 = digits.parse().ok()?;
    (value >= 0.0).then_some((value * unit) as u64)
}

/// A word with the strings of the view already searched: a row costs a look-up a column.
struct Prepared<'a> {
    word: &'a Word,
    /// By string: whether it contains the text.
    strings: Vec<bool>,
    kinds: Vec<bool>,
    id_prefix: Option<String>,
}

impl<'a> Prepared<'a> {
    fn new(word: &'a Word, view: &TraceView) -> Self {
        let text = match &word.test {
            Test::Anywhere(text)
            | Test::Service(text)
            | Test::Thread(text)
            | Test::Operation(text)
            | Test::Object(text)
            | Test::Kind(text) => text.as_str(),
            Test::Error | Test::Slower(_) => "",
        };
        let strings = view.strings.iter().map(|string| string.to_lowercase().contains(text)).collect();
        let kinds = Kind::ALL.iter().map(|kind| kind.label().contains(text)).collect();
        let digits = text.replace('-', "");
        let is_prefix = matches!(word.test, Test::Anywhere(_))
            && digits.len() >= 4
            && digits.len() <= 32
            && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        Self { word, strings, kinds, id_prefix: is_prefix.then_some(digits) }
    }

    fn holds(&self, view: &TraceView, row: usize) -> bool {
        let string = |column: &[u32]| self.strings.get(column[row] as usize).copied().unwrap_or(false);
        let kind = || self.kinds.get(usize::from(view.kinds[row].code())).copied().unwrap_or(false);
        match &self.word.test {
            Test::Anywhere(_) => {
                string(&view.operations)
                    || string(&view.services)
                    || string(&view.objects)
                    || kind()
                    || self.id_prefix.as_ref().is_some_and(|prefix| view.ids[row].to_hex().starts_with(prefix))
            }
            Test::Service(_) => string(&view.services),
            Test::Thread(_) => string(&view.threads),
            Test::Operation(_) => string(&view.operations),
            Test::Object(_) => string(&view.objects),
            Test::Kind(_) => kind(),
            Test::Error => view.errors[row],
            Test::Slower(nanos) => view.duration(row) >= *nanos,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_are_read_as_documented() {
        let filter = Filter::parse("Transfer service:bank -is:error slower:1.5ms \"two words\" kind:atomic foo:bar -");
        let tests: Vec<(bool, Test)> = filter.words.into_iter().map(|word| (word.excludes, word.test)).collect();
        assert_eq!(
            tests,
            [
                (false, Test::Anywhere("transfer".into())),
                (false, Test::Service("bank".into())),
                (true, Test::Error),
                (false, Test::Slower(1_500_000)),
                (false, Test::Anywhere("two words".into())),
                (false, Test::Kind("atomic".into())),
                (false, Test::Anywhere("foo:bar".into())),
                (false, Test::Anywhere("-".into())),
            ]
        );
        assert!(Filter::parse("  ").is_empty());
    }

    proptest! {
        #[test]
        fn any_text_is_a_filter(text in "\\PC{0,60}") {
            Filter::parse(&text).rows(&TraceView::default());
        }
    }
}
