//! The compressed forms that lie beside a file, so that the server never compresses an asset itself.

use std::io::Write;

use anyhow::{Context, Result};
use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::Profile;

const COMPRESSIBLE: [&str; 8] = ["css", "html", "js", "json", "svg", "txt", "wasm", "webmanifest"];

/// Whether a file of this name is worth compressing: text, and WASM. Pictures and fonts already are.
pub fn is_compressible(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, extension)| COMPRESSIBLE.contains(&extension))
}

/// Brotli at the highest quality for a release, at a quick one otherwise.
pub fn brotli(input: &[u8], profile: Profile) -> Result<Vec<u8>> {
    let quality = match profile {
        Profile::Dev => 4,
        Profile::Release => 11,
    };
    let params = BrotliEncoderParams { quality, lgwin: 22, size_hint: input.len(), ..Default::default() };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &input[..], &mut compressed, &params).context("brotli failed")?;
    Ok(compressed)
}

/// Gzip, for clients without brotli. Its header carries no time, so equal input gives equal output.
pub fn gzip(input: &[u8], profile: Profile) -> Result<Vec<u8>> {
    let level = match profile {
        Profile::Dev => Compression::fast(),
        Profile::Release => Compression::best(),
    };
    let mut encoder = GzEncoder::new(Vec::new(), level);
    encoder.write_all(input).context("gzip failed")?;
    encoder.finish().context("gzip failed")
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn both_forms_decompress_to_the_input() {
        let input = "div { color: red; }\n".repeat(500).into_bytes();
        for profile in [Profile::Dev, Profile::Release] {
            let small = brotli(&input, profile).expect("brotli");
            let mut back = Vec::new();
            brotli::BrotliDecompress(&mut &small[..], &mut back).expect("valid brotli");
            assert_eq!(back, input);
            let small = gzip(&input, profile).expect("gzip");
            let mut back = Vec::new();
            flate2::read::GzDecoder::new(&small[..]).read_to_end(&mut back).expect("valid gzip");
            assert_eq!(back, input);
        }
    }

    #[test]
    fn pictures_are_left_as_they_are() {
        assert!(is_compressible("pkg/raceway.0123.wasm"));
        assert!(is_compressible("favicon.svg"));
        assert!(!is_compressible("shot.png"));
        assert!(!is_compressible("LICENSE"));
    }
}
