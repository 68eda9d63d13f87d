//! How calls say no, for the description: what most have in common.

use utoipa::IntoResponses;

use super::error::ErrorBody;

/// Of every call.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "only described")]
pub(crate) enum Usual {
    /// A parameter or the body cannot be read.
    #[response(status = 400)]
    Unreadable(ErrorBody),
    /// No valid API key.
    #[response(status = 401)]
    NoKey(ErrorBody),
    /// The key may not do this.
    #[response(status = 403)]
    NotAllowed(ErrorBody),
    /// Too many requests.
    #[response(status = 429)]
    TooMany(ErrorBody),
}

/// Of calls with a body.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "only described")]
pub(crate) enum OfBody {
    /// Larger than 32 MB.
    #[response(status = 413)]
    TooLarge(ErrorBody),
    /// No JSON.
    #[response(status = 415)]
    NoJson(ErrorBody),
    /// Something in the body is wrong: `errors` says what, field by field.
    #[response(status = 422)]
    Wrong(ErrorBody),
}

/// Of calls about one thing.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "only described")]
pub(crate) enum OfOne {
    /// There is no such thing.
    #[response(status = 404)]
    NotFound(ErrorBody),
}

/// Of calls that the state of things may forbid.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "only described")]
pub(crate) enum OfState {
    /// Not as things stand: `name` says why.
    #[response(status = 409)]
    Conflict(ErrorBody),
}
