//! Has cargo look at the browser's files, which are embedded in the binary.
//!
//! Embedding notices files that change or go, but not the first ones that come: this watches their
//! folder, which therefore has to be there. Builds with debug assertions read the files when they are
//! asked for, and need not be built again.

fn main() {
    if std::env::var_os("CARGO_CFG_DEBUG_ASSERTIONS").is_some() {
        println!("cargo:rerun-if-changed=build.rs");
        return;
    }
    let folder = "dist/site/pkg";
    // Where it cannot be made (a read-only checkout), there is nothing to embed either.
    if let Err(error) = std::fs::create_dir_all(folder) {
        println!("cargo:warning={folder} cannot be made: {error}");
    }
    println!("cargo:rerun-if-changed={folder}");
}
