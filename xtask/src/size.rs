//! Says how large the site is, against the budget of the first page.

use crate::Profile;
use crate::site::Hashed;

/// Budget of the WASM module in bytes, as it is and with brotli.
const WASM_RAW: usize = 1_200_000;
const WASM_BROTLI: usize = 400_000;

/// Prints a line a file. Being over the budget is said, not an error; a dev build has no budget.
pub fn report(profile: Profile, files: &[Hashed]) {
    for file in files {
        let is_wasm = file.name.ends_with(".wasm") && !file.name.ends_with(".later.wasm");
        let verdict = match profile {
            Profile::Release if is_wasm && (file.raw > WASM_RAW || file.brotli > WASM_BROTLI) => "  OVER the budget",
            Profile::Release if is_wasm => "  ok",
            _ => "",
        };
        let budget = if profile == Profile::Release && is_wasm {
            format!("  (budget {} and {})", kilobytes(WASM_RAW), kilobytes(WASM_BROTLI))
        } else {
            String::new()
        };
        eprintln!(
            "site: {:<30} {:>9} raw {:>9} brotli{budget}{verdict}",
            file.name,
            kilobytes(file.raw),
            kilobytes(file.brotli)
        );
    }
}

fn kilobytes(bytes: usize) -> String {
    format!("{}.{} kB", bytes / 1000, bytes % 1000 / 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_in_thousands_of_bytes_with_one_digit() {
        assert_eq!(kilobytes(0), "0.0 kB");
        assert_eq!(kilobytes(1_234_567), "1234.5 kB");
        assert_eq!(kilobytes(99), "0.0 kB");
    }
}
