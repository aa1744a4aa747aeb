//! Cutting the module in two: what the first page needs, and what is loaded when it is first asked for.
//!
//! The parts are named in the app (`app/src/lazy.rs`). The bindings load the second one through a few lines of
//! JavaScript, which become a part of the bindings: as a file of its own it would import them and be imported
//! by them, and neither could be named by its content.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow, ensure};
use wasm_split_cli_support::{Options, transform};

/// What the main module imports its loaders from.
const LINK: &str = "./__wasm_split.js";
/// What the loaders import the bindings from.
const BINDINGS: &str = "./raceway.js";

/// A compiled module, cut.
pub struct Cut {
    /// For wasm-bindgen.
    pub main: Vec<u8>,
    /// What the loaders call a part, and its bytes.
    pub parts: Vec<(String, Vec<u8>)>,
    loaders: String,
}

/// Cuts a module that was linked with its relocations.
pub fn cut(module: &[u8], folder: &Path) -> Result<Cut> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    let main = folder.join("main.wasm");
    let mut options = Options::new(module);
    options.output_dir = folder;
    options.main_out_path = &main;
    options.link_name = LINK;
    options.main_module = BINDINGS;
    let made = transform(options).map_err(|error| anyhow!("the module cannot be cut: {error:#}"))?;
    let mut parts = Vec::new();
    for path in made.split_modules {
        let name = path.file_name().context("a part without a name")?.to_string_lossy().into_owned();
        parts.push((name, read(&path)?));
    }
    parts.sort();
    let loaders = String::from_utf8(read(&folder.join(LINK))?).context("the loaders are no text")?;
    Ok(Cut { main: read(&main)?, parts, loaders })
}

impl Cut {
    /// The bindings with the loaders inside. `files` are the names under which the parts are published, in their
    /// order.
    pub fn join(&self, bindings: &str, files: &[String]) -> Result<String> {
        let mut loaders = without_import(&self.loaders)?;
        for ((part, _), file) in self.parts.iter().zip(files) {
            let (from, to) = (format!("\"./{part}\""), format!("\"./{file}\""));
            ensure!(loaders.contains(&from), "nothing loads the part {part}");
            loaders = loaders.replace(&from, &to);
        }
        let exported = exports_of(&loaders);
        let loaders = loaders.replace("export const ", "const ");
        // One for each loader.
        let imports: Vec<&str> =
            bindings.lines().filter(|line| line.starts_with("import ") && line.contains(LINK)).collect();
        ensure!(!imports.is_empty(), "the bindings do not ask for the loaders");
        let mut joined = bindings.to_owned();
        let mut inside =
            format!("const loaders = (() => {{\n{loaders}\nreturn {{ {} }};\n}})();\n", exported.join(", "));
        for import in imports {
            let name = import.strip_prefix("import * as ").and_then(|rest| rest.split(' ').next());
            let name = name.with_context(|| format!("the loaders are imported in another form: {import}"))?;
            inside.push_str(&format!("const {name} = loaders;\n"));
            joined = joined.replace(import, "");
        }
        Ok(inside + &joined)
    }
}

/// The loaders call `initSync`, which is a function of the bindings they become a part of.
fn without_import(loaders: &str) -> Result<String> {
    let import = loaders.lines().find(|line| line.starts_with("import ")).context("the loaders import nothing")?;
    ensure!(import.contains("initSync") && import.contains(BINDINGS), "the loaders import something else: {import}");
    Ok(loaders.replace(import, ""))
}

fn exports_of(loaders: &str) -> Vec<&str> {
    let names = loaders.lines().filter_map(|line| line.strip_prefix("export const "));
    names.filter_map(|rest| rest.split([' ', '=']).next()).collect()
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loaders_become_a_part_of_the_bindings() {
        let cut = Cut {
            main: Vec::new(),
            parts: vec![("0_second.wasm".to_owned(), Vec::new())],
            loaders: "import { initSync } from \"./raceway.js\";\n\
                const f = () => fetch(new URL(\"./0_second.wasm\", import.meta.url));\n\
                export const load_second = wrap(f);\n"
                .to_owned(),
        };
        let bindings =
            "import * as star from './__wasm_split.js'\nimport * as sun from './__wasm_split.js'\nuse(star, sun);";
        let bindings = bindings.replace('\'', "\"");
        let joined = cut.join(&bindings, &["raceway.abc.wasm".to_owned()]).expect("joined");
        assert!(!joined.contains("import "), "{joined}");
        assert!(joined.contains("\"./raceway.abc.wasm\"") && joined.contains("const loaders = (() => {"), "{joined}");
        assert!(joined.contains("return { load_second };"), "{joined}");
        assert!(joined.contains("const star = loaders;") && joined.contains("const sun = loaders;"), "{joined}");
    }

    #[test]
    fn loaders_of_another_form_are_not_guessed_at() {
        let cut = Cut { main: Vec::new(), parts: Vec::new(), loaders: "export const a = 1;".to_owned() };
        assert!(cut.join("import * as star from \"./__wasm_split.js\"", &[]).is_err());
    }
}
