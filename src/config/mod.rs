//! The configuration: defaults, overlaid by `raceway.toml`, by `RACEWAY_<SECTION>_<KEY>` variables and
//! by the command line's options, in that order, into one typed value.
//!
//! A key that does not exist or a value that does not fit is an error that names the place, the key
//! and what is allowed; nothing is ignored in silence.

mod error;
mod given;
mod keys;

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use engine::{EngineConfig, Thresholds};

pub use error::ConfigError;
use given::Given;
use keys::KEYS;

/// Read when it is in the working directory and no other file is named.
const DEFAULT_FILE: &str = "raceway.toml";

/// The options that every command with a configuration takes.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ConfigArgs {
    /// Address to listen on, for example 127.0.0.1:8080 (port 0 picks a free one).
    #[arg(long, value_name = "ADDR", env = "RACEWAY_LISTEN")]
    pub listen: Option<String>,
    /// Folder of the store; made when missing.
    #[arg(long, value_name = "DIR", env = "RACEWAY_DATA")]
    pub data: Option<PathBuf>,
    /// Configuration file [default: raceway.toml in the working directory, when there is one].
    #[arg(long, value_name = "FILE", env = "RACEWAY_CONFIG")]
    pub config: Option<PathBuf>,
}

/// What the server and the store are to do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Config {
    pub server: Server,
    pub storage: Storage,
    pub cache: Cache,
    pub analysis: Analysis,
    pub anomalies: Anomalies,
    pub log: Log,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// A name or an IP address, without brackets.
    pub host: String,
    pub port: u16,
    pub request_timeout: Duration,
    /// Of a request's body, decompressed.
    pub body_limit_bytes: usize,
    /// Origins (`https://example.org`) whose pages may read answers.
    pub allowed_origins: Vec<String>,
    /// Names the `Host` header may have beside those of loopback.
    pub allowed_hosts: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Storage {
    pub data_dir: PathBuf,
    pub queue_bytes: usize,
    pub queue_wait: Duration,
    pub dedup_bytes: usize,
    pub view_cache_bytes: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cache {
    pub enabled: bool,
}

/// Scores above which an event is slow for its operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anomalies {
    pub minor: u32,
    pub warning: u32,
    pub critical: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Analysis {
    /// 0: one less than there are cores, and one at least.
    pub threads: usize,
    pub cache_bytes: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// Directives as in `info,raceway=debug`.
    pub filter: String,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            host: "127.0.0.1".into(),
            port: 8080,
            request_timeout: Duration::from_secs(60),
            body_limit_bytes: 20 << 20,
            allowed_origins: Vec::new(),
            allowed_hosts: Vec::new(),
        }
    }
}

impl Default for Storage {
    fn default() -> Self {
        let EngineConfig { data_dir, queue_bytes, queue_wait, dedup_bytes, view_bytes, .. } = EngineConfig::new("data");
        Self { data_dir, queue_bytes, queue_wait, dedup_bytes, view_cache_bytes: view_bytes }
    }
}

impl Default for Cache {
    fn default() -> Self {
        Self { enabled: true }
    }
}

impl Default for Analysis {
    fn default() -> Self {
        Self { threads: 0, cache_bytes: EngineConfig::new("data").analysis_bytes }
    }
}

impl Default for Anomalies {
    fn default() -> Self {
        Self { minor: 4, warning: 6, critical: 10 }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { filter: "info".into() }
    }
}

impl Config {
    /// # Errors
    /// When a named file cannot be read, or any source has an unknown key or a bad value.
    pub fn load(args: &ConfigArgs) -> Result<Self, ConfigError> {
        let mut config = Self::default();
        match &args.config {
            Some(file) => config.read_file(file)?,
            None if Path::new(DEFAULT_FILE).is_file() => config.read_file(Path::new(DEFAULT_FILE))?,
            None => {}
        }
        config.read_variables(|name| std::env::var(name).ok())?;
        config.read_args(args)?;
        Ok(config)
    }

    fn read_file(&mut self, file: &Path) -> Result<(), ConfigError> {
        let text = std::fs::read_to_string(file)
            .map_err(|source| ConfigError::Unreadable { file: file.to_owned(), source })?;
        self.read_toml(&text, file)
    }

    /// Overlays a file's text; `file` is only named in errors.
    ///
    /// # Errors
    /// When the text is not TOML, or has unknown keys or bad values.
    pub fn read_toml(&mut self, text: &str, file: &Path) -> Result<(), ConfigError> {
        let place = file.display().to_string();
        let table: toml::Table = toml::from_str(text).map_err(|error| ConfigError::syntax(&place, text, &error))?;
        for (section, keys) in &table {
            if !KEYS.iter().any(|key| key.section == section) {
                return Err(ConfigError::unknown_section(&place, section));
            }
            let Some(keys) = keys.as_table() else {
                return Err(ConfigError::unknown_section(&place, section));
            };
            if keys.contains_key("listen") && (keys.contains_key("host") || keys.contains_key("port")) {
                return Err(ConfigError::ListenTwice { place });
            }
            for (name, value) in keys {
                let Some(key) = KEYS.iter().find(|key| key.section == section && key.name == name) else {
                    return Err(ConfigError::unknown_key(&place, section, name));
                };
                key.apply(self, &Given::Toml(value)).ok_or_else(|| ConfigError::bad_value(&place, key, value))?;
            }
        }
        Ok(())
    }

    fn read_variables(&mut self, variable: impl Fn(&str) -> Option<String>) -> Result<(), ConfigError> {
        for key in KEYS {
            let name = key.variable();
            let Some(text) = variable(&name) else { continue };
            let fits = key.apply(self, &Given::Text(&text));
            fits.ok_or_else(|| ConfigError::bad_value(&format!("the environment ({name})"), key, &text))?;
        }
        Ok(())
    }

    fn read_args(&mut self, args: &ConfigArgs) -> Result<(), ConfigError> {
        if let Some(listen) = &args.listen {
            let fits = keys::LISTEN.apply(self, &Given::Text(listen));
            fits.ok_or_else(|| ConfigError::bad_value("--listen (RACEWAY_LISTEN)", &keys::LISTEN, listen))?;
        }
        if let Some(data) = &args.data {
            self.storage.data_dir.clone_from(data);
        }
        Ok(())
    }

    /// The part of the engine.
    pub fn engine(&self) -> EngineConfig {
        let defaults = EngineConfig::new(&self.storage.data_dir);
        EngineConfig {
            analysis_threads: match self.analysis.threads {
                0 => defaults.analysis_threads,
                threads => threads,
            },
            analysis_bytes: self.analysis.cache_bytes,
            data_dir: self.storage.data_dir.clone(),
            queue_bytes: self.storage.queue_bytes,
            queue_wait: self.storage.queue_wait,
            dedup_bytes: self.storage.dedup_bytes,
            view_bytes: self.storage.view_cache_bytes,
            thresholds: Thresholds {
                minor: f64::from(self.anomalies.minor),
                warning: f64::from(self.anomalies.warning),
                critical: f64::from(self.anomalies.critical),
                ..Thresholds::default()
            },
            cache: self.cache.enabled,
        }
    }
}

/// A `raceway.toml` that says the same.
impl fmt::Display for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut section = "";
        for key in KEYS {
            let Some(value) = (key.show)(self) else { continue };
            if key.section != section {
                let blank = if section.is_empty() { "" } else { "\n" };
                section = key.section;
                writeln!(f, "{blank}[{section}]")?;
            }
            writeln!(f, "{} = {value}", key.name)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
