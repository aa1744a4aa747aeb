//! Secrets inside one string: `name=value`, and the password of a URL.

use std::borrow::Cow;

use super::{REDACTED, Redactor};

/// A character of a name; `%` because names in queries may be percent-encoded.
pub(super) fn is_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '_' | '%')
}

/// Ends an unquoted value.
fn ends_value(c: char) -> bool {
    c.is_whitespace() || matches!(c, '&' | ';' | '#' | ',' | '"' | '\'' | '(' | ')' | '<' | '>')
}

/// The text without the values assigned to secret names. Linear in the text.
pub(super) fn redact<'a>(redactor: &Redactor, text: &'a str) -> Cow<'a, str> {
    let text = redact_passwords_of_urls(text);
    match redact_assignments(redactor, &text) {
        Some(redacted) => redacted.into(),
        None => text,
    }
}

fn redact_assignments(redactor: &Redactor, text: &str) -> Option<String> {
    let mut out = String::new();
    let (mut at, mut copied) = (0, 0);
    while let Some(found) = text[at..].find('=') {
        let equals = at + found;
        let name = text[at..equals].rsplit(|c: char| !is_name(c)).next().unwrap_or_default();
        at = equals + 1;
        if name.is_empty() || !redactor.is_secret(&percent_decoded(name)) {
            continue;
        }
        let rest = &text[at..];
        let len = value_len(rest);
        // A second pass changes nothing.
        if len > 0 && &rest[..len] != REDACTED {
            out.push_str(&text[copied..at]);
            out.push_str(REDACTED);
            copied = at + len;
        }
        at += len;
    }
    if copied == 0 {
        return None;
    }
    out.push_str(&text[copied..]);
    Some(out)
}

/// Bytes of the value that begins `rest`: quoted, or up to the next mark. The name of an HTTP
/// authentication scheme takes the credentials after it along.
fn value_len(rest: &str) -> usize {
    if let Some(quote @ ('"' | '\'')) = rest.chars().next() {
        return rest[1..].find(quote).map_or(rest.len(), |closing| closing + 2);
    }
    let word_len = |text: &str| text.find(ends_value).unwrap_or(text.len());
    let len = word_len(rest);
    let is_scheme =
        ["bearer", "basic", "digest", "token"].iter().any(|scheme| rest[..len].eq_ignore_ascii_case(scheme));
    match rest[len..].strip_prefix(' ') {
        Some(credentials) if is_scheme => len + 1 + word_len(credentials),
        _ => len,
    }
}

/// `scheme://user:password@host` without the password.
fn redact_passwords_of_urls(text: &str) -> Cow<'_, str> {
    if !text.contains('@') {
        return text.into();
    }
    let mut out = String::new();
    let (mut at, mut copied) = (0, 0);
    while let Some(found) = text[at..].find("://") {
        at += found + 3;
        let rest = &text[at..];
        let authority =
            &rest[..rest.find(|c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"')).unwrap_or(rest.len())];
        let Some((user, _)) = authority.rsplit_once('@') else { continue };
        let Some((name, password)) = user.split_once(':') else { continue };
        if !password.is_empty() && password != REDACTED {
            out.push_str(&text[copied..at + name.len() + 1]);
            out.push_str(REDACTED);
            copied = at + user.len();
        }
        at += user.len();
    }
    if copied == 0 {
        return text.into();
    }
    out.push_str(&text[copied..]);
    out.into()
}

fn percent_decoded(name: &str) -> Cow<'_, str> {
    if !name.contains('%') {
        return name.into();
    }
    let bytes = name.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let escaped = bytes.get(at + 1..at + 3).filter(|_| byte == b'%').and_then(|digits| {
            let digit = |at: usize| char::from(digits[at]).to_digit(16);
            u8::try_from(digit(0)? << 4 | digit(1)?).ok()
        });
        decoded.push(escaped.unwrap_or(byte));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    String::from_utf8(decoded).map_or(name.into(), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assigned_secrets_are_replaced_and_nothing_else() {
        for (text, expected) in [
            ("/pay?token=abc&amount=3", "/pay?token=[redacted]&amount=3"),
            ("/pay?amount=3&api_key=abc#top", "/pay?amount=3&api_key=[redacted]#top"),
            ("/pay?to%6Ben=abc", "/pay?to%6Ben=[redacted]"),
            ("user=bob&password=hunter2", "user=bob&password=[redacted]"),
            ("host=db password='a b' user=x", "host=db password=[redacted] user=x"),
            ("Authorization=Bearer abc next", "Authorization=[redacted] next"),
            ("postgres://bob:hunter2@db:5432/x", "postgres://bob:[redacted]@db:5432/x"),
            ("https://bob:p@ss@host/?a=b", "https://bob:[redacted]@host/?a=b"),
            ("https://host/@me?a=b:c", "https://host/@me?a=b:c"),
            ("mail bob@example.org", "mail bob@example.org"),
            ("/pay?token=", "/pay?token="),
            ("/pay?tokens=3&x=token", "/pay?tokens=3&x=token"),
            ("é=token=x", "é=token=[redacted]"),
            ("", ""),
        ] {
            assert_eq!(redact(Redactor::standard(), text), expected);
            assert_eq!(redact(Redactor::standard(), expected), expected);
        }
    }
}
