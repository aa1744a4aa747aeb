//! `dist/site`: what the browser downloads.
//!
//! ```text
//! dist/site/pkg/raceway.HASH.js      the bindings, by content hash: immutable
//! dist/site/pkg/raceway.HASH.wasm
//! dist/site/pkg/raceway.HASH.later.wasm   what the first page does not need
//! dist/site/pkg/raceway.HASH.css
//! dist/site/pkg/manifest.json        which hashes are current
//! dist/site/...                      public/, as it is
//! ```
//! Compressible files have a `.br` and a `.gz` beside them. The page hands the WASM module's address to
//! the bindings' `init`, so the bindings themselves name no hashed file.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::memo::Memo;
use crate::output::Output;
use crate::{Profile, compress, css, size, wasm};

/// Builds everything below `dist/site`.
pub fn build(project: &Path, profile: Profile) -> Result<()> {
    let mut memo = Memo::open(project.join("dist/cache").join(profile.name()))?;
    let mut output = Output::open(project.join("dist/site"))?;

    let parts = wasm::build(project, profile, &mut memo)?;
    let styles = css::bundle(&project.join("style/main.css"))?;

    let module = add_hashed(&mut output, &mut memo, profile, "wasm", &parts.module)?;
    let mut later = Vec::new();
    for part in &parts.later {
        later.push(add_hashed(&mut output, &mut memo, profile, "later.wasm", part)?);
    }
    let names: Vec<String> = later.iter().map(|part| part.name.clone()).collect();
    let js = add_hashed(&mut output, &mut memo, profile, "js", parts.js(&names)?.as_bytes())?;
    let css = add_hashed(&mut output, &mut memo, profile, "css", styles.as_bytes())?;
    let manifest = format!("{{\"js\":\"{}\",\"wasm\":\"{}\",\"css\":\"{}\"}}\n", js.name, module.name, css.name);
    output.put("pkg/manifest.json", manifest.as_bytes())?;

    let public = project.join("public");
    for path in files_below(&public)? {
        let bytes = std::fs::read(public.join(&path)).with_context(|| format!("cannot read public/{path}"))?;
        add(&mut output, &mut memo, profile, &path, &bytes)?;
    }

    output.remove_stale()?;
    memo.forget_unused()?;
    size::report(profile, &[js, module, css]);
    size::report(profile, &later);
    Ok(())
}

/// A file under its content's name, and its sizes in bytes.
pub struct Hashed {
    pub name: String,
    pub raw: usize,
    pub brotli: usize,
}

fn add_hashed(output: &mut Output, memo: &mut Memo, profile: Profile, kind: &str, bytes: &[u8]) -> Result<Hashed> {
    let name = format!("raceway.{}.{kind}", content_hash(bytes));
    let brotli = add(output, memo, profile, &format!("pkg/{name}"), bytes)?;
    Ok(Hashed { name, raw: bytes.len(), brotli })
}

/// Adds a file with its compressed forms; answers the length that a browser which takes brotli downloads.
fn add(output: &mut Output, memo: &mut Memo, profile: Profile, path: &str, bytes: &[u8]) -> Result<usize> {
    output.put(path, bytes)?;
    if !compress::is_compressible(path) {
        return Ok(bytes.len());
    }
    let mut downloaded = bytes.len();
    let brotli = memo.step("brotli", bytes, |input| compress::brotli(input, profile))?;
    if brotli.len() < bytes.len() {
        downloaded = brotli.len();
        output.put(&format!("{path}.br"), &brotli)?;
    }
    let gzip = memo.step("gzip", bytes, |input| compress::gzip(input, profile))?;
    if gzip.len() < bytes.len() {
        output.put(&format!("{path}.gz"), &gzip)?;
    }
    Ok(downloaded)
}

/// The first 16 hex digits of the SHA-256 of `bytes`.
fn content_hash(bytes: &[u8]) -> String {
    let mut hash = crate::memo::hex(&Sha256::digest(bytes));
    hash.truncate(16);
    hash
}

/// The files below `folder`, as paths relative to it with forward slashes, sorted.
fn files_below(folder: &Path) -> Result<Vec<String>> {
    let mut files = Vec::new();
    let mut pending: Vec<PathBuf> = vec![PathBuf::new()];
    while let Some(relative) = pending.pop() {
        let here = folder.join(&relative);
        for entry in std::fs::read_dir(&here).with_context(|| format!("cannot list {}", here.display()))? {
            let entry = entry?;
            let path = relative.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                pending.push(path);
            } else {
                files.push(path.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_changes_with_the_content_and_only_then() {
        assert_eq!(content_hash(b"one"), content_hash(b"one"));
        assert_ne!(content_hash(b"one"), content_hash(b"two"));
        assert_eq!(content_hash(b"").as_str(), "e3b0c44298fc1c14");
    }

    #[test]
    fn files_in_sub_folders_are_found() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir_all(folder.path().join("a/b")).expect("a folder");
        for name in ["z.txt", "a/y.txt", "a/b/x.txt"] {
            std::fs::write(folder.path().join(name), name).expect("a file");
        }
        assert_eq!(files_below(folder.path()).expect("a list"), ["a/b/x.txt", "a/y.txt", "z.txt"]);
    }
}
