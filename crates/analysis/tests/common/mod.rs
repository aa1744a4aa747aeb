//! Executions with known answers, for every test of the engines.
//!
//! Two places hold them: `tests/data/races` of this repository, always there, and a folder of recorded
//! executions that the repository may not contain. Tests over the second pass, and say so, where it is absent.

#![allow(dead_code, reason = "each test binary takes what it needs")]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use analysis::{History, OpIdx, std_file};
use serde::Deserialize;

/// The executions and answers of this repository.
pub fn races() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/races")
}

/// A part of the folder outside the repository: `RACEWAY_SHARED_DATA`, else `../shared/data` beside the
/// checkout. [`None`], and a line on stderr, where it is absent.
pub fn shared(part: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("RACEWAY_SHARED_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    let folder = folder.join(part);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: no data folder {part:?}");
    None
}

/// The files of a folder that end in `.std` or `.std.gz`, sorted by name.
pub fn std_files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| file_name(path).ends_with(".std") || file_name(path).ends_with(".std.gz"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "no executions in {}", folder.display());
    files
}

/// The executions of this repository: litmus, then random.
pub fn own_files() -> Vec<PathBuf> {
    let mut files = std_files(&races().join("litmus"));
    files.extend(std_files(&races().join("random")));
    files
}

pub fn file_name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).expect("a name in UTF-8")
}

fn open(path: &Path) -> Box<dyn BufRead> {
    let file = BufReader::new(File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())));
    match path.extension() {
        Some(extension) if extension == "gz" => Box::new(BufReader::new(flate2::bufread::MultiGzDecoder::new(file))),
        _ => Box::new(file),
    }
}

/// An STD file, also compressed.
pub fn read_std(path: &Path) -> History {
    std_file::read(open(path)).unwrap_or_else(|error| panic!("{}:{error}", path.display()))
}

/// The text of an STD file, also compressed.
pub fn std_text(path: &Path) -> String {
    let mut text = String::new();
    open(path).read_to_string(&mut text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text
}

/// One line of `expected-events.jsonl`. Numbers are 1-based.
#[derive(Debug, Clone, Deserialize)]
pub struct Expected {
    /// `folder/name.std`; the folder of `spd-deadlock-race` is called `spd-deadlock` on disk.
    pub file: String,
    /// Racy second accesses by engine of RAPID.
    #[serde(default)]
    pub rapid: BTreeMap<String, Vec<u32>>,
    /// Pairs by engine: `HB`, `SHB`, `SP`, `EX`.
    #[serde(default)]
    pub pairs: BTreeMap<String, Vec<(u32, u32)>>,
    /// The race that was put into it on purpose.
    pub injected: Option<(u32, u32)>,
}

impl Expected {
    /// The pairs of an engine, as 0-based operations, sorted; [`None`] where they are not known.
    pub fn pairs_of(&self, engine: &str) -> Option<Vec<(OpIdx, OpIdx)>> {
        let mut pairs: Vec<_> = self.pairs.get(engine)?.iter().map(|&(a, b)| (a - 1, b - 1)).collect();
        pairs.sort_unstable();
        Some(pairs)
    }

    /// The racy second accesses an engine of RAPID prints, as 0-based operations, sorted.
    pub fn events_of(&self, engine: &str) -> Option<Vec<OpIdx>> {
        let mut events: Vec<_> = self.rapid.get(engine)?.iter().map(|&number| number - 1).collect();
        events.sort_unstable();
        Some(events)
    }

    /// The file in a folder of races, where it is there.
    pub fn path(&self, races: &Path) -> Option<PathBuf> {
        let on_disk = self.file.replace("spd-deadlock-race/", "spd-deadlock/");
        [on_disk.clone(), format!("{on_disk}.gz")].iter().map(|name| races.join(name)).find(|path| path.is_file())
    }
}

/// Every line of `expected-events.jsonl` in a folder of races.
pub fn expected_events(races: &Path) -> Vec<Expected> {
    let path = races.join("expected-events.jsonl");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"))).collect()
}

/// The rows of a CSV file with a header, each by column.
pub fn csv(path: &Path) -> Vec<BTreeMap<String, String>> {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut lines = text.lines().filter(|line| !line.is_empty()).map(cells);
    let header = lines.next().expect("a header");
    lines
        .map(|row| {
            assert_eq!(row.len(), header.len(), "{}: {row:?}", path.display());
            header.iter().cloned().zip(row).collect()
        })
        .collect()
}

/// One line; a quoted cell may hold commas, and doubled quotes.
fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    for character in line.chars() {
        match character {
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            other => cells.last_mut().expect("one at least").push(other),
        }
    }
    cells
}
