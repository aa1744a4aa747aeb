//! STD files from arbitrary bytes: an error or a recording, never a panic.
#![no_main]

mod read_std;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    read_std::read_std(input);
});
