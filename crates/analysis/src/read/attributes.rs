//! Attributes of spans, span events, logs and resources, and what those of Raceway mean.
//!
//! An event with `raceway.variable` is an access, one with `raceway.lock` takes or gives a lock, one with
//! `raceway.target` starts or awaits a task; `raceway.access` says which. It becomes the same event that a
//! client of the contract would send.

use serde_json::{Map, Value, json};

/// Names and values, in the order they came.
#[derive(Debug, Clone, Default)]
pub(super) struct Attributes(pub Vec<(String, Value)>);

/// Tags that steer the decoder: attributes of these names are kept under another.
const STEERING: [&str; 4] = ["task_id", "ordering", "scope", "sdk_language"];

impl Attributes {
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// The value as text; empty when there is none.
    pub fn text(&self, name: &str) -> String {
        self.get(name).map(as_text).unwrap_or_default()
    }

    /// The text of the first name that is there.
    pub fn first_text(&self, names: &[&str]) -> String {
        names.iter().map(|name| self.text(name)).find(|text| !text.is_empty()).unwrap_or_default()
    }

    pub fn number(&self, name: &str) -> Option<u64> {
        match self.get(name)? {
            Value::Number(number) => number.as_u64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        }
    }

    pub fn http_status(&self) -> u16 {
        let status = self.number("http.response.status_code").or_else(|| self.number("http.status_code"));
        status.and_then(|status| u16::try_from(status).ok()).unwrap_or(0)
    }

    pub fn is_query(&self) -> bool {
        self.0.iter().any(|(name, _)| name.starts_with("db."))
    }

    /// The thread that ran it; empty when not recorded.
    pub fn thread(&self) -> String {
        self.first_text(&["thread.id", "thread.name"])
    }

    /// As an event's tags: texts by name, and what steers the decoder.
    pub fn tags(&self) -> Map<String, Value> {
        let mut tags = Map::new();
        for (name, value) in self.0.iter().filter(|(name, _)| !name.starts_with("raceway.")) {
            let kept = if STEERING.contains(&name.as_str()) { format!("attribute.{name}") } else { name.clone() };
            tags.insert(kept, as_text(value).into());
        }
        for (name, tag) in [("raceway.task", "task_id"), ("raceway.ordering", "ordering"), ("raceway.scope", "scope")] {
            if let Some(value) = self.get(name) {
                tags.insert(tag.to_owned(), as_text(value).into());
            }
        }
        tags
    }

    /// The contract's kind that the attributes of Raceway describe, if they do.
    pub fn kind(&self) -> Option<Value> {
        let access = self.text("raceway.access").to_ascii_lowercase().replace(['_', '-', ' '], "");
        let location = self.location();
        if let Some(variable) = self.get("raceway.variable") {
            let access_type = match access.as_str() {
                "read" => "Read",
                "write" => "Write",
                "atomicread" => "AtomicRead",
                "atomicwrite" => "AtomicWrite",
                "atomicrmw" => "AtomicRMW",
                _ => return None,
            };
            return Some(json!({"StateChange": {
                "variable": as_text(variable), "old_value": self.get("raceway.old_value"),
                "new_value": self.get("raceway.new_value"), "location": location, "access_type": access_type,
            }}));
        }
        if let Some(lock) = self.get("raceway.lock") {
            let kind = match access.as_str() {
                "acquire" => "LockAcquire",
                "release" => "LockRelease",
                _ => return None,
            };
            let lock_type = self.first_text(&["raceway.lock_type"]);
            return Some(json!({kind: {"lock_id": as_text(lock), "lock_type": lock_type, "location": location}}));
        }
        if let Some(task) = self.get("raceway.target").map(as_text) {
            return match access.as_str() {
                "spawn" => Some(json!({"AsyncSpawn": {"task_id": task, "spawned_by": location}})),
                "join" => Some(json!({"AsyncAwait": {"future_id": task, "awaited_at": location}})),
                _ => None,
            };
        }
        // Its ordering comes from the tag.
        (access == "fence").then(|| json!({"MemoryFence": {"ordering": "SeqCst", "location": location}}))
    }

    fn location(&self) -> String {
        let given = self.text("raceway.location");
        if !given.is_empty() {
            return given;
        }
        let file = self.first_text(&["code.file.path", "code.filepath"]);
        let line = self.first_text(&["code.line.number", "code.lineno"]);
        if file.is_empty() || line.is_empty() { file } else { format!("{file}:{line}") }
    }
}

fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
