//! The command line: one file (or folder) per command.

pub mod analyze;
pub mod check_config;
pub mod demo;
pub mod load;
pub mod migrate;
pub mod serve;
mod signal;

use clap::{Parser, Subcommand};

/// See what concurrent and distributed programs did and could have done.
#[derive(Debug, Parser)]
#[command(name = "raceway", version, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start the server: the browser's pages, the API and the store behind them.
    Serve(serve::ServeArgs),
    /// Run a small bank with planted concurrency bugs and record it to a server.
    Demo(demo::DemoArgs),
    /// Find races, deadlocks and critical paths in recorded executions.
    Analyze(analyze::AnalyzeArgs),
    /// Send generated events to a server and measure it.
    Load(load::LoadArgs),
    /// Bring the store in the data folder to this version's schema, and stop.
    Migrate(migrate::MigrateArgs),
    /// Check the configuration and print what is in force.
    CheckConfig(check_config::CheckConfigArgs),
}
