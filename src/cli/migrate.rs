//! `raceway migrate`: the store brought to this version's schema while no server runs.

use anyhow::Context as _;
use engine::Engine;

use crate::config::{Config, ConfigArgs};

#[derive(Debug, clap::Args)]
pub struct MigrateArgs {
    #[command(flatten)]
    config: ConfigArgs,
}

/// Opening a store is what migrates it; the server does the same when it starts.
///
/// # Errors
/// When the folder is in use, the store is newer than this binary, or a migration fails.
pub async fn run(args: MigrateArgs) -> anyhow::Result<()> {
    let config = Config::load(&args.config)?;
    let engine = Engine::open(config.engine()).await?;
    let head = engine.head();
    engine.shutdown().await;
    let folder = std::path::absolute(&config.storage.data_dir).context("the data folder has no path")?;
    println!("the store in {} is up to date (seq {})", folder.display(), head.seq);
    Ok(())
}
