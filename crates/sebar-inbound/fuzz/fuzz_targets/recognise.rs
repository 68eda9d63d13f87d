//! Any bytes are a mail: no panic, no hang, and what comes out can be written as JSON.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sebar_inbound::files::{Line, mbox};

fuzz_target!(|bytes: &[u8]| {
    let line = Line::of("fuzz".to_owned(), bytes, Some("bounce+"));
    let json = serde_json::to_string(&line);
    assert!(json.is_ok());
    let _ = mbox(bytes);
});
