//! OTLP JSON from arbitrary bytes: an error with its line or a history, never a panic.
#![no_main]

mod read_recording;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    read_recording::read_recording(input, analysis::read::Format::Otlp);
});
