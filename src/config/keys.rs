//! Every key of the configuration: how it is set, how it is shown, and what is allowed.

use std::time::Duration;

use super::Config;
use super::given::{Given, split_address};

/// One key. [`Key::set`] answers `None` when the value does not fit.
pub struct Key {
    pub section: &'static str,
    pub name: &'static str,
    /// Ends the sentence "expected ...".
    pub allowed: &'static str,
    set: fn(&mut Config, &Given<'_>) -> Option<()>,
    /// The value as TOML; `None` for a key that is another way to say what other keys say.
    pub show: fn(&Config) -> Option<String>,
}

impl Key {
    pub fn apply(&self, config: &mut Config, given: &Given<'_>) -> Option<()> {
        (self.set)(config, given)
    }

    /// `RACEWAY_SERVER_PORT`
    pub fn variable(&self) -> String {
        format!("RACEWAY_{}_{}", self.section, self.name).to_ascii_uppercase()
    }
}

/// `server.listen`: host and port in one, as the option `--listen`.
pub const LISTEN: Key = Key {
    section: "server",
    name: "listen",
    allowed: "an address with a port, such as \"127.0.0.1:8080\" or \"[::1]:8080\"",
    set: |config, given| {
        (config.server.host, config.server.port) = split_address(&given.text()?)?;
        Some(())
    },
    show: |_| None,
};

pub const KEYS: &[Key] = &[
    Key {
        section: "server",
        name: "host",
        allowed: "an IP address or a host name",
        set: |config, given| {
            config.server.host = given.text().filter(|host| !host.contains(['/', ' ']))?;
            Some(())
        },
        show: |config| Some(text(&config.server.host)),
    },
    Key {
        section: "server",
        name: "port",
        allowed: "a whole number from 0 (any free port) to 65535",
        set: |config, given| {
            config.server.port = given.whole()?.try_into().ok()?;
            Some(())
        },
        show: |config| Some(config.server.port.to_string()),
    },
    LISTEN,
    Key {
        section: "server",
        name: "request_timeout_s",
        allowed: "a whole number of seconds from 1 to 3600",
        set: |config, given| {
            config.server.request_timeout = seconds(given, 1..=3600)?;
            Some(())
        },
        show: |config| Some(config.server.request_timeout.as_secs().to_string()),
    },
    Key {
        section: "server",
        name: "body_limit_bytes",
        allowed: "bytes from 1 KiB to 1 GiB, as a whole number or a text such as \"20 MiB\"",
        set: |config, given| {
            let bytes = given.bytes().filter(|bytes| (1 << 10..=1 << 30).contains(bytes))?;
            config.server.body_limit_bytes = bytes.try_into().ok()?;
            Some(())
        },
        show: |config| Some(config.server.body_limit_bytes.to_string()),
    },
    Key {
        section: "server",
        name: "allowed_origins",
        allowed: "a list of origins such as [\"https://example.org\"], or [\"*\"]",
        set: |config, given| {
            let origins = given.list()?;
            origins.iter().all(|origin| is_origin(origin)).then(|| config.server.allowed_origins = origins)
        },
        show: |config| Some(list(&config.server.allowed_origins)),
    },
    Key {
        section: "server",
        name: "allowed_hosts",
        allowed: "a list of host names without ports, such as [\"raceway.example.org\"]",
        set: |config, given| {
            let hosts = given.list()?;
            hosts.iter().all(|host| is_host(host)).then(|| config.server.allowed_hosts = hosts)
        },
        show: |config| Some(list(&config.server.allowed_hosts)),
    },
    Key {
        section: "storage",
        name: "data_dir",
        allowed: "the path of a folder",
        set: |config, given| {
            config.storage.data_dir = given.text()?.into();
            Some(())
        },
        show: |config| Some(text(&config.storage.data_dir.to_string_lossy())),
    },
    Key {
        section: "storage",
        name: "queue_bytes",
        allowed: "bytes from 1 MiB, as a whole number or a text such as \"64 MiB\"",
        set: |config, given| {
            config.storage.queue_bytes = given.bytes().filter(|&bytes| bytes >= 1 << 20)?.try_into().ok()?;
            Some(())
        },
        show: |config| Some(config.storage.queue_bytes.to_string()),
    },
    Key {
        section: "storage",
        name: "queue_wait_s",
        allowed: "a whole number of seconds from 0 to 60",
        set: |config, given| {
            config.storage.queue_wait = seconds(given, 0..=60)?;
            Some(())
        },
        show: |config| Some(config.storage.queue_wait.as_secs().to_string()),
    },
    Key {
        section: "storage",
        name: "dedup_bytes",
        allowed: "bytes, as a whole number or a text such as \"64 MiB\"",
        set: |config, given| {
            config.storage.dedup_bytes = given.bytes()?.try_into().ok()?;
            Some(())
        },
        show: |config| Some(config.storage.dedup_bytes.to_string()),
    },
    Key {
        section: "storage",
        name: "view_cache_bytes",
        allowed: "bytes, as a whole number or a text such as \"256 MiB\"",
        set: |config, given| {
            config.storage.view_cache_bytes = given.bytes()?;
            Some(())
        },
        show: |config| Some(config.storage.view_cache_bytes.to_string()),
    },
    Key {
        section: "cache",
        name: "enabled",
        allowed: "true or false",
        set: |config, given| {
            config.cache.enabled = given.flag()?;
            Some(())
        },
        show: |config| Some(config.cache.enabled.to_string()),
    },
    Key {
        section: "analysis",
        name: "threads",
        allowed: "a whole number from 0 (one less than there are cores) to 64",
        set: |config, given| {
            config.analysis.threads = given.whole().filter(|&threads| threads <= 64)?.try_into().ok()?;
            Some(())
        },
        show: |config| Some(config.analysis.threads.to_string()),
    },
    Key {
        section: "analysis",
        name: "cache_bytes",
        allowed: "bytes, as a whole number or a text such as \"256 MiB\"",
        set: |config, given| {
            config.analysis.cache_bytes = given.bytes()?;
            Some(())
        },
        show: |config| Some(config.analysis.cache_bytes.to_string()),
    },
    Key {
        section: "anomalies",
        name: "minor",
        allowed: SCORE,
        set: |config, given| {
            config.anomalies.minor = score(given)?;
            Some(())
        },
        show: |config| Some(config.anomalies.minor.to_string()),
    },
    Key {
        section: "anomalies",
        name: "warning",
        allowed: SCORE,
        set: |config, given| {
            config.anomalies.warning = score(given)?;
            Some(())
        },
        show: |config| Some(config.anomalies.warning.to_string()),
    },
    Key {
        section: "anomalies",
        name: "critical",
        allowed: SCORE,
        set: |config, given| {
            config.anomalies.critical = score(given)?;
            Some(())
        },
        show: |config| Some(config.anomalies.critical.to_string()),
    },
    Key {
        section: "log",
        name: "filter",
        allowed: "levels and targets such as \"info\" or \"info,raceway=debug\"",
        set: |config, given| {
            let filter = given.text()?;
            tracing_subscriber::EnvFilter::try_new(&filter).ok()?;
            config.log.filter = filter;
            Some(())
        },
        show: |config| Some(text(&config.log.filter)),
    },
];

/// Ends the sentence "expected ...".
const SCORE: &str = "a whole number of robust standard deviations from 1 to 1000";

fn score(given: &Given<'_>) -> Option<u32> {
    given.whole().filter(|score| (1..=1_000).contains(score))?.try_into().ok()
}

fn seconds(given: &Given<'_>, allowed: std::ops::RangeInclusive<u64>) -> Option<Duration> {
    given.whole().filter(|seconds| allowed.contains(seconds)).map(Duration::from_secs)
}

/// `*`, or a scheme and a host without a path.
fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    text == "*" || host.is_some_and(|host| !host.is_empty() && !host.contains(['/', ' ', '*']))
}

fn is_host(text: &str) -> bool {
    let bracketed = text.starts_with('[') && text.ends_with(']');
    !text.is_empty() && !text.contains(['/', ' ', '*']) && (bracketed || !text.contains(':'))
}

fn text(value: &str) -> String {
    toml::Value::from(value).to_string()
}

fn list(values: &[String]) -> String {
    toml::Value::from(values.to_vec()).to_string()
}
