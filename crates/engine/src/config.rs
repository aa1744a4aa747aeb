//! What an engine needs to know to start.

use std::path::PathBuf;
use std::time::Duration;

use analysis::baselines::Thresholds;

#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// Folder of the database; made when missing; one process owns it.
    pub data_dir: PathBuf,
    /// Bytes of decoded events that may wait for the writer.
    pub queue_bytes: usize,
    /// How long an ingest waits for room in the queue.
    pub queue_wait: Duration,
    /// Bytes of event ids kept for telling duplicates.
    pub dedup_bytes: usize,
    /// Bytes of decoded traces kept for windows.
    pub view_bytes: u64,
    /// Threads for analyses; an exact search has one of its own besides.
    pub analysis_threads: usize,
    /// Bytes of analysed traces kept.
    pub analysis_bytes: u64,
    /// When an event is slow for its operation.
    pub thresholds: Thresholds,
    /// Whether answers are kept at all.
    pub cache: bool,
}

impl EngineConfig {
    /// The defaults, with a data folder.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            queue_bytes: 64 << 20,
            queue_wait: Duration::from_secs(5),
            dedup_bytes: 64 << 20,
            view_bytes: 256 << 20,
            analysis_threads: std::thread::available_parallelism().map_or(1, |cores| cores.get() - 1).max(1),
            analysis_bytes: 256 << 20,
            thresholds: Thresholds::default(),
            cache: true,
        }
    }
}
