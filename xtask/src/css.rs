//! One style sheet out of `style/main.css` and what it imports.
//!
//! Knows `@import "path";` and `@import "path" layer(name);`, one a line, relative to the importing file.
//! The result has no `@import` left, so the browser fetches one file. Comments, indentation and empty
//! lines are dropped; nothing else is rewritten.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

/// More nesting than any sane style sheet has; an import circle ends here.
const MAX_DEPTH: usize = 16;

/// Reads `entry` and everything it imports.
pub fn bundle(entry: &Path) -> Result<String> {
    let mut out = String::new();
    append(entry, 0, &mut out)?;
    Ok(out)
}

fn append(file: &Path, depth: usize, out: &mut String) -> Result<()> {
    ensure!(depth < MAX_DEPTH, "{}: imports nest too deeply, or in a circle", file.display());
    let source = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let text = without_comments(&source).with_context(|| file.display().to_string())?;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let Some(rest) = line.strip_prefix("@import") else {
            out.push_str(line);
            out.push('\n');
            continue;
        };
        let import = Import::parse(rest).with_context(|| format!("{}: {line}", file.display()))?;
        let path = import.relative_to(file);
        match import.layer {
            Some(layer) => {
                out.push_str(&format!("@layer {layer} {{\n"));
                append(&path, depth + 1, out)?;
                out.push_str("}\n");
            }
            None => append(&path, depth + 1, out)?,
        }
    }
    Ok(())
}

/// One `@import`, without its keyword.
#[derive(Debug, PartialEq, Eq)]
struct Import<'a> {
    path: &'a str,
    layer: Option<&'a str>,
}

impl<'a> Import<'a> {
    fn parse(rest: &'a str) -> Result<Self> {
        let rest = rest.trim().strip_suffix(';').context("an @import ends with `;` on its own line")?;
        let quoted = rest.trim_end().strip_prefix('"').context("an @import names a quoted path")?;
        let (path, after) = quoted.split_once('"').context("the path has no closing quote")?;
        ensure!(!path.contains("//"), "only files beside this one can be imported");
        let after = after.trim();
        if after.is_empty() {
            return Ok(Import { path, layer: None });
        }
        let layer = after.strip_prefix("layer(").and_then(|name| name.strip_suffix(')'));
        let Some(layer) = layer.filter(|name| is_layer_name(name)) else {
            bail!("only `layer(name)` may follow the path");
        };
        Ok(Import { path, layer: Some(layer) })
    }

    fn relative_to(&self, importer: &Path) -> PathBuf {
        importer.parent().map_or_else(|| PathBuf::from(self.path), |folder| folder.join(self.path))
    }
}

fn is_layer_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

/// `source` without its comments; what looks like a comment inside a string stays.
fn without_comments(source: &str) -> Result<String> {
    let mut out = String::with_capacity(source.len());
    let mut quote: Option<char> = None;
    let mut chars = source.chars().peekable();
    while let Some(c) = chars.next() {
        match quote {
            Some(_) if c == '\\' => {
                out.push(c);
                out.extend(chars.next());
            }
            Some(open) => {
                out.push(c);
                // A line's end closes a string too: CSS recovers there.
                if c == open || c == '\n' {
                    quote = None;
                }
            }
            None if c == '/' && chars.peek() == Some(&'*') => {
                chars.next();
                ensure!(skip_comment(&mut chars), "a comment is never closed");
                // A comment separates tokens.
                out.push(' ');
            }
            None => {
                if c == '"' || c == '\'' {
                    quote = Some(c);
                }
                out.push(c);
            }
        }
    }
    Ok(out)
}

/// Consumes up to and including `*/`; false when there is none.
fn skip_comment(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> bool {
    while let Some(c) = chars.next() {
        if c == '*' && chars.peek() == Some(&'/') {
            chars.next();
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundled(files: &[(&str, &str)]) -> Result<String> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            fs::write(path, text).expect("a file");
        }
        bundle(&folder.path().join("main.css"))
    }

    #[test]
    fn imports_are_inlined_into_their_layers_in_order() {
        let css = bundled(&[
            ("main.css", "@layer base, page;\n@import \"layers/base.css\" layer(base);\n@import \"plain.css\";\n"),
            ("layers/base.css", "/* why */\nbody {\n    margin: 0;\n}\n\n@import \"deep.css\" layer(deep);\n"),
            ("layers/deep.css", "i { color: red }"),
            ("plain.css", "b { color: blue }"),
        ]);
        let expected = "@layer base, page;\n@layer base {\nbody {\nmargin: 0;\n}\n@layer deep {\ni { color: red }\n}\n}\nb { color: blue }\n";
        assert_eq!(css.expect("a bundle"), expected);
    }

    #[test]
    fn what_looks_like_a_comment_in_a_string_stays() {
        let css =
            without_comments("a::after { content: \"/* \\\" kept */\"; } /* gone */ b {}").expect("no open comment");
        assert_eq!(css, "a::after { content: \"/* \\\" kept */\"; }   b {}");
    }

    #[test]
    fn what_cannot_be_bundled_is_an_error_that_names_the_line() {
        for bad in [
            "@import \"missing.css\";",
            "@import url(x.css);",
            "@import \"https://example.org/x.css\";",
            "@import \"main.css\";",
            "@import \"x.css\" screen;",
            "@import \"x.css\" layer();",
            "@import \"x.css\"",
            "@import \"x.css;",
            "/* never closed",
        ] {
            assert!(bundled(&[("main.css", bad)]).is_err(), "{bad}");
        }
    }
}
