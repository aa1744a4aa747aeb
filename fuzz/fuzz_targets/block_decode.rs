//! Blocks from arbitrary bytes: an error or rows, never a panic.
#![no_main]

mod read_block;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    read_block::read_block(input);
});
