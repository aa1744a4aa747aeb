//! `raceway analyze`: what recorded executions did and could have done, file by file.
//!
//! Files are analysed side by side and printed in the order they were named. A file that cannot be read spoils
//! nothing: its error follows the others' answers.

mod progress;
mod queue;

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use analysis::Cancel;
use analysis::read::Format;
use analysis::report::{self, Options, RaceEngines};
use clap::ValueEnum;

use progress::Progress;
use queue::Finished;

/// Exit code when a file could not be read.
const EXIT_UNREADABLE: i32 = 2;

/// Without an option that names an analysis: everything that applies to a file, --lockset apart.
#[derive(Debug, clap::Args)]
pub struct AnalyzeArgs {
    /// Recordings, also compressed (.gz, .zst).
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// What the files hold.
    #[arg(long, value_enum, default_value = "auto")]
    format: FormatArg,
    /// Look for data races with this engine.
    #[arg(long, value_enum, value_name = "ENGINE")]
    races: Option<RacesArg>,
    /// List every racing pair instead of the first 10,000 of an engine.
    #[arg(long, value_enum)]
    pairs: Option<PairsArg>,
    /// Look for deadlocks.
    #[arg(long)]
    deadlocks: bool,
    /// Look for lost updates.
    #[arg(long)]
    updates: bool,
    /// Look for requests that saw each other half done.
    #[arg(long)]
    blocks: bool,
    /// Tell which locks were waited for, and whose they were.
    #[arg(long)]
    contention: bool,
    /// List pairs of accesses under no common lock. Nothing of it is proven.
    #[arg(long)]
    lockset: bool,
    /// Tell where the time of the root went.
    #[arg(long)]
    critical_path: bool,
    /// Count the critical path as CRISP does; implies --critical-path.
    #[arg(long)]
    crisp: bool,
    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum FormatArg {
    /// Told from the content.
    Auto,
    /// One operation a line: `T1|w(x)|12`.
    Std,
    /// Events as they are sent to `POST /events`.
    Raceway,
    /// OpenTelemetry, as JSON.
    Otlp,
    /// Jaeger's JSON.
    Jaeger,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum RacesArg {
    /// Happens-before, as other tools count: no findings.
    Hb,
    /// Schedulable happens-before.
    Shb,
    /// Sync-preserving.
    Syncp,
    /// Whatever some correct reordering shows.
    Exact,
    /// All of these.
    All,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum PairsArg {
    All,
}

/// Prints an answer a file to stdout, and then a line to stderr for every file that could not be read; if there
/// was one, the process exits with code 2.
///
/// # Errors
/// When stdout cannot be written to, a reader that went away apart.
pub fn run(args: AnalyzeArgs) -> anyhow::Result<()> {
    let (options, format) = (args.options(), args.format.into());
    let mut progress = Progress::new(args.files.len());
    let mut unreadable = Vec::new();
    let mut out = io::stdout().lock();
    let analyze = |path: &Path| one_file(path, format, &options, args.json);
    let printed = queue::in_order(&args.files, analyze, |finished| {
        match finished {
            Finished::Nothing => progress.show(),
            Finished::Next(Ok(answer)) => {
                progress.clear();
                out.write_all(answer.as_bytes())?;
                out.flush()?;
                progress.one_more();
            }
            Finished::Next(Err(error)) => {
                unreadable.push(error);
                progress.one_more();
            }
        }
        Ok(())
    });
    progress.clear();
    match printed {
        // As `head` does once it has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
        printed => printed?,
    }
    for error in &unreadable {
        eprintln!("{error}");
    }
    if !unreadable.is_empty() {
        std::process::exit(EXIT_UNREADABLE);
    }
    Ok(())
}

/// The text to print for a file, or what was wrong with it.
fn one_file(path: &Path, format: Format, options: &Options, json: bool) -> Result<String, String> {
    let name = path.display().to_string();
    let file = File::open(path).map_err(|error| format!("{name}:0: cannot be opened: {error}"))?;
    let answer =
        report::analyze_file(file, &name, format, options, &Cancel::default()).map_err(|error| error.to_string())?;
    if json {
        let line = serde_json::to_string(&answer).map_err(|error| format!("{name}: {error}"))?;
        return Ok(line + "\n");
    }
    Ok(report::table(&answer))
}

impl AnalyzeArgs {
    fn options(&self) -> Options {
        let named = Options {
            races: self.races.map(RaceEngines::from),
            deadlocks: self.deadlocks,
            lost_updates: self.updates,
            blocks: self.blocks,
            contention: self.contention,
            lockset: self.lockset,
            critical_path: self.critical_path || self.crisp,
            ..Options::NOTHING
        };
        let selected = if named == Options::NOTHING { Options::default() } else { named };
        let pairs_listed = if self.pairs.is_some() { usize::MAX } else { selected.pairs_listed };
        Options { crisp: self.crisp, pairs_listed, ..selected }
    }
}

impl From<FormatArg> for Format {
    fn from(format: FormatArg) -> Self {
        match format {
            FormatArg::Auto => Self::Auto,
            FormatArg::Std => Self::Std,
            FormatArg::Raceway => Self::Raceway,
            FormatArg::Otlp => Self::Otlp,
            FormatArg::Jaeger => Self::Jaeger,
        }
    }
}

impl From<RacesArg> for RaceEngines {
    fn from(races: RacesArg) -> Self {
        match races {
            RacesArg::Hb => Self::Hb,
            RacesArg::Shb => Self::Shb,
            RacesArg::Syncp => Self::SyncP,
            RacesArg::Exact => Self::Exact,
            RacesArg::All => Self::All,
        }
    }
}
