//! The WASM module and its JavaScript bindings: cargo, wasm-bindgen, and for a release wasm-opt.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use wasm_bindgen_cli_support::Bindgen;

use crate::Profile;
use crate::memo::Memo;
use crate::split::{self, Cut};

const TARGET: &str = "wasm32-unknown-unknown";

/// What today's compilers emit and every browser of the last years understands.
const WASM_OPT_FLAGS: [&str; 7] = [
    "-Oz",
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-multivalue",
    "--enable-sign-ext",
    "--enable-mutable-globals",
];

/// Makes an open page follow the builds of `make dev`.
const RELOAD: &str = include_str!("reload.js");

/// What a browser needs to run the app.
pub struct Parts {
    /// Of the first page.
    pub module: Vec<u8>,
    /// Loaded when they are first asked for.
    pub later: Vec<Vec<u8>>,
    bindings: String,
    cut: Cut,
}

impl Parts {
    /// The bindings, when the later parts are published under these names.
    pub fn js(&self, later: &[String]) -> Result<String> {
        self.cut.join(&self.bindings, later)
    }
}

/// Compiles `frontend` and makes it loadable by a browser.
pub fn build(project: &Path, profile: Profile, memo: &mut Memo) -> Result<Parts> {
    let compiled = compile(project, profile)?;
    let compiled = fs::read(&compiled).with_context(|| format!("cannot read {}", compiled.display()))?;
    let cut = split::cut(&compiled, &project.join("dist/cache/split"))?;
    let (mut bindings, mut module) = bind(&cut.main)?;
    let mut later: Vec<Vec<u8>> = cut.parts.iter().map(|(_, part)| part.clone()).collect();
    match profile {
        Profile::Dev => bindings += RELOAD,
        Profile::Release => {
            for module in std::iter::once(&mut module).chain(&mut later) {
                *module = memo.step("wasm-opt", module, |input| optimise(project, input))?;
            }
        }
    }
    Ok(Parts { module, later, bindings, cut })
}

/// Runs cargo; answers the path of the module it made.
fn compile(project: &Path, profile: Profile) -> Result<PathBuf> {
    let cargo_profile = match profile {
        Profile::Dev => "wasm-dev",
        Profile::Release => "wasm-release",
    };
    // A folder apart from the host's: the same crates are built with other features here.
    let target_dir = cache_folder()?.join("wasm");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--quiet", "--package", "raceway-frontend", "--target", TARGET, "--profile", cargo_profile])
        .arg("--target-dir")
        .arg(&target_dir)
        .args(["--config", &flags()?])
        .current_dir(project)
        .status()
        .context("cannot start cargo")?;
    ensure!(status.success(), "the WASM crate does not build");
    Ok(target_dir.join(TARGET).join(cargo_profile).join("raceway_frontend.wasm"))
}

/// Messages of panics name the file they come from, a hundred times over: without the folder of this machine
/// that the sources of dependencies lie in.
fn flags() -> Result<String> {
    let cargo_home = match std::env::var_os("CARGO_HOME") {
        Some(folder) => folder.into(),
        None => Path::new(&std::env::var_os("HOME").context("neither CARGO_HOME nor HOME is set")?).join(".cargo"),
    };
    let mut flags = Vec::new();
    // None there: dependencies come from somewhere else, and keep their paths.
    for registry in fs::read_dir(cargo_home.join("registry/src")).into_iter().flatten() {
        let path = registry.context("cannot read cargo's registry")?.path();
        flags.push(format!("{:?}", format!("--remap-path-prefix={}/=", path.display())));
    }
    flags.sort();
    // Cutting moves functions, and has to know who calls them.
    flags.push("\"-Clink-arg=--emit-relocs\"".to_owned());
    Ok(format!("target.{TARGET}.rustflags = [{}]", flags.join(", ")))
}

/// `$RACEWAY_CACHE`, by default `~/.cache/raceway`.
fn cache_folder() -> Result<PathBuf> {
    if let Some(folder) = std::env::var_os("RACEWAY_CACHE") {
        return Ok(folder.into());
    }
    let home = std::env::var_os("HOME").context("neither RACEWAY_CACHE nor HOME is set")?;
    Ok(Path::new(&home).join(".cache/raceway"))
}

/// The bindings and the module they belong to.
fn bind(compiled: &[u8]) -> Result<(String, Vec<u8>)> {
    let mut bindgen = Bindgen::new();
    bindgen.input_bytes("raceway", compiled.to_vec()).web(true)?.typescript(false).out_name("raceway");
    // Later parts link to what only they use of the first.
    bindgen.keep_lld_exports(true);
    // The page gives the module's address itself; without it the bindings would look for an unhashed name.
    bindgen.omit_default_module_path(true).remove_producers_section(true);
    let mut output = bindgen.generate_output().context("wasm-bindgen")?;
    // Snippets would be further files to hash, and would need their imports rewritten.
    if output.snippets().values().any(|files| !files.is_empty()) || !output.local_modules().is_empty() {
        bail!("a dependency brings JavaScript files of its own, which this build does not publish");
    }
    // Only its indentation is machine-made; wasm-bindgen's own writer trims the lines too.
    let js = output.js().lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
    Ok((js, output.wasm_mut().emit_wasm()))
}

fn optimise(project: &Path, module: &[u8]) -> Result<Vec<u8>> {
    let wasm_opt = project.join("xtask/node_modules/.bin/wasm-opt");
    ensure!(wasm_opt.exists(), "wasm-opt is missing: run scripts/setup.sh");
    let folder = project.join("dist/cache");
    let input = folder.join("wasm-opt.in.wasm");
    let output = folder.join("wasm-opt.out.wasm");
    fs::write(&input, module).with_context(|| format!("cannot write {}", input.display()))?;
    let status = Command::new(&wasm_opt)
        .args(WASM_OPT_FLAGS)
        .arg(&input)
        .arg("-o")
        .arg(&output)
        .status()
        .context("cannot start wasm-opt")?;
    ensure!(status.success(), "wasm-opt failed");
    let optimised = fs::read(&output).with_context(|| format!("cannot read {}", output.display()))?;
    fs::remove_file(&input)?;
    fs::remove_file(&output)?;
    Ok(optimised)
}
