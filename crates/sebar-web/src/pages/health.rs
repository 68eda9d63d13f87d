//! For load balancers and supervisors.

use axum::extract::State;
use axum::http::StatusCode;

use crate::foundation::app::App;

/// The process runs.
pub(crate) async fn live() -> &'static str {
    "ok\n"
}

/// The process can work: its database answers.
pub(crate) async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    match sebar_store::ping(&app.db).await {
        Ok(()) if app.shutdown.is_cancelled() => (StatusCode::SERVICE_UNAVAILABLE, "shutting down\n"),
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(fault) => {
            tracing::warn!(%fault, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
        }
    }
}
