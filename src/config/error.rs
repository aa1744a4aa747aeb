//! What can be wrong with a configuration: one line each, with the place, the key and what is allowed.

use std::fmt::Display;
use std::io;
use std::path::PathBuf;

use super::keys::{KEYS, Key};

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{file} cannot be read: {source}", file = .file.display())]
    Unreadable { file: PathBuf, source: io::Error },
    #[error("{place}:{line}: {message}")]
    Syntax { place: String, line: usize, message: String },
    #[error("{place}: there is no {name}; allowed are {allowed}")]
    Unknown { place: String, name: String, allowed: String },
    #[error("{place}: {key} is {found}; expected {allowed}")]
    BadValue { place: String, key: String, found: String, allowed: &'static str },
    #[error("{place}: server.listen says the same as server.host and server.port; keep one of them")]
    ListenTwice { place: String },
}

impl ConfigError {
    pub(super) fn syntax(place: &str, text: &str, error: &toml::de::Error) -> Self {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = 1 + before.matches('\n').count();
        let message = error.message().lines().collect::<Vec<_>>().join(", ");
        Self::Syntax { place: place.into(), line, message }
    }

    pub(super) fn unknown_section(place: &str, section: &str) -> Self {
        let mut sections: Vec<String> = KEYS.iter().map(|key| format!("[{}]", key.section)).collect();
        sections.dedup();
        Self::Unknown { place: place.into(), name: format!("section [{section}]"), allowed: sections.join(", ") }
    }

    pub(super) fn unknown_key(place: &str, section: &str, name: &str) -> Self {
        let names: Vec<&str> = KEYS.iter().filter(|key| key.section == section).map(|key| key.name).collect();
        Self::Unknown { place: place.into(), name: format!("key {section}.{name}"), allowed: names.join(", ") }
    }

    pub(super) fn bad_value(place: &str, key: &Key, found: &impl Display) -> Self {
        Self::BadValue {
            place: place.into(),
            key: format!("{}.{}", key.section, key.name),
            found: found.to_string(),
            allowed: key.allowed,
        }
    }
}
