//! The example in Rust that we show. Those in other languages are run by `tests/clients`.

use crate::api::Program;
use crate::common::TestApp;

#[path = "../../../../examples/send.rs"]
#[expect(dead_code, unreachable_pub, reason = "it is a program of its own, to be pasted")]
mod send;

#[tokio::test]
async fn the_example_in_rust_sends_and_reads_back() {
    let test = TestApp::new().await;
    let program = Program::new(&test).await;
    let email = send::send(&program.base, &program.key).await.unwrap();
    assert_eq!((&email["subject"], &email["state"]), (&"Your order 17".into(), &"queued".into()));
}
