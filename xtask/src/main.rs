//! The build steps cargo has no word for.
//!
//! `cargo run -q -p xtask -- site [--release]` makes `dist/site`, the folder of static files that the
//! server embeds. Running it again with nothing changed touches no file, so cargo rebuilds nothing.

mod compress;
mod css;
mod memo;
mod output;
mod site;
mod size;
mod split;
mod wasm;

use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "usage: cargo run -q -p xtask -- site [--release]";

/// How much time to spend on making the files small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Quick to build.
    Dev,
    /// Small to download.
    Release,
}

impl Profile {
    /// The name of this profile's folders.
    pub fn name(self) -> &'static str {
        match self {
            Profile::Dev => "dev",
            Profile::Release => "release",
        }
    }
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let profile = match args.as_slice() {
        ["site"] => Profile::Dev,
        ["site", "--release"] => Profile::Release,
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    // Asked for at run time: checkouts share what cargo compiled, so a compiled-in path may be another's.
    let Some(manifest_dir) = std::env::var_os("CARGO_MANIFEST_DIR") else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let project = Path::new(&manifest_dir).join("..");
    match site::build(&project, profile) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("site: {error:#}");
            ExitCode::FAILURE
        }
    }
}
