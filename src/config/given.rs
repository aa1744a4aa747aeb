//! A value on its way into the configuration: typed by TOML, or the text of a variable or an option.

use toml::Value;

/// Each reading is `None` when the value does not fit.
#[derive(Debug)]
pub enum Given<'a> {
    Toml(&'a Value),
    Text(&'a str),
}

impl Given<'_> {
    pub fn text(&self) -> Option<String> {
        let text = match self {
            Self::Toml(value) => value.as_str()?,
            Self::Text(text) => text,
        };
        (!text.is_empty()).then(|| text.to_owned())
    }

    pub fn whole(&self) -> Option<u64> {
        match self {
            Self::Toml(value) => value.as_integer()?.try_into().ok(),
            Self::Text(text) => text.trim().parse().ok(),
        }
    }

    pub fn flag(&self) -> Option<bool> {
        match self {
            Self::Toml(value) => value.as_bool(),
            Self::Text("true" | "1") => Some(true),
            Self::Text("false" | "0") => Some(false),
            Self::Text(_) => None,
        }
    }

    /// A number of bytes, or a text such as `64 MiB`.
    pub fn bytes(&self) -> Option<u64> {
        if let Some(bytes) = self.whole() {
            return Some(bytes);
        }
        let text = self.text()?;
        let unit_at = text.find(|c: char| !c.is_ascii_digit())?;
        let (number, unit) = text.split_at(unit_at);
        let shift = match unit.trim() {
            "B" => 0,
            "KiB" => 10,
            "MiB" => 20,
            "GiB" => 30,
            _ => return None,
        };
        number.parse::<u64>().ok()?.checked_mul(1 << shift)
    }

    /// An array of texts, or one text with commas.
    pub fn list(&self) -> Option<Vec<String>> {
        match self {
            Self::Toml(value) => value.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
            Self::Text(text) => {
                Some(text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect())
            }
        }
    }
}

/// `name:port`, `1.2.3.4:port` or `[v6]:port`; the name without its brackets.
pub fn split_address(text: &str) -> Option<(String, u16)> {
    let (host, port) = text.rsplit_once(':')?;
    let port = port.parse().ok()?;
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match bare {
        Some(v6) => v6.parse::<std::net::Ipv6Addr>().is_ok().then(|| (v6.to_owned(), port)),
        None => (!host.is_empty() && !host.contains([':', '/'])).then(|| (host.to_owned(), port)),
    }
}
