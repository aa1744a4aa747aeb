//! The command `raceway`: parse, dispatch, say in one line what went wrong.

use std::process::ExitCode;

use clap::Parser;
use raceway::cli::{Cli, Command};

/// Batches of small allocations, made on one thread and freed on another, are what the server does all day.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Serve(args) => raceway::cli::serve::run(args).await,
        Command::Demo(args) => raceway::cli::demo::run(args).await,
        Command::Analyze(args) => raceway::cli::analyze::run(args),
        Command::Load(args) => raceway::cli::load::run(args).await,
        Command::Migrate(args) => raceway::cli::migrate::run(args).await,
        Command::CheckConfig(args) => raceway::cli::check_config::run(args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("raceway: {error:#}");
            ExitCode::FAILURE
        }
    }
}
