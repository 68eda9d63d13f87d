//! What a program is told when its request is not carried out.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::foundation::error::Error;

/// The causes, each with its status and name: once here, for the code and for the reference.
macro_rules! causes {
    ($($cause:ident = $status:ident $name:literal,)+) => {
        /// Why; each has one name that never changes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Cause {
            $($cause,)+
        }

        impl Cause {
            /// Every one.
            pub(super) const ALL: &[Self] = &[$(Self::$cause,)+];

            fn status_and_name(self) -> (StatusCode, &'static str) {
                match self {
                    $(Self::$cause => (StatusCode::$status, $name),)+
                }
            }
        }
    };
}

causes! {
    MissingApiKey = UNAUTHORIZED "missing_api_key",
    InvalidApiKey = UNAUTHORIZED "invalid_api_key",
    RevokedApiKey = UNAUTHORIZED "revoked_api_key",
    ExpiredApiKey = UNAUTHORIZED "expired_api_key",
    IpNotAllowed = FORBIDDEN "ip_not_allowed",
    RestrictedApiKey = FORBIDDEN "restricted_api_key",
    FromNotAllowed = FORBIDDEN "from_not_allowed",
    RateLimitExceeded = TOO_MANY_REQUESTS "rate_limit_exceeded",
    NotFound = NOT_FOUND "not_found",
    MethodNotAllowed = METHOD_NOT_ALLOWED "method_not_allowed",
    UnsupportedMediaType = UNSUPPORTED_MEDIA_TYPE "unsupported_media_type",
    PayloadTooLarge = PAYLOAD_TOO_LARGE "payload_too_large",
    InvalidJson = BAD_REQUEST "invalid_json",
    InvalidParameter = BAD_REQUEST "invalid_parameter",
    InvalidIdempotencyKey = BAD_REQUEST "invalid_idempotency_key",
    InvalidIdempotentRequest = CONFLICT "invalid_idempotent_request",
    ConcurrentIdempotentRequests = CONFLICT "concurrent_idempotent_requests",
    EmailNotWaiting = CONFLICT "email_not_waiting",
    NothingToResend = CONFLICT "nothing_to_resend",
    WrongState = CONFLICT "wrong_state",
    NotReady = CONFLICT "campaign_not_ready",
    NameTaken = CONFLICT "name_taken",
    InUse = CONFLICT "in_use",
    ChangedMeanwhile = CONFLICT "changed_meanwhile",
    UnknownField = UNPROCESSABLE_ENTITY "unknown_field",
    MissingRequiredField = UNPROCESSABLE_ENTITY "missing_required_field",
    InvalidValue = UNPROCESSABLE_ENTITY "invalid_value",
    InvalidAddress = UNPROCESSABLE_ENTITY "invalid_address",
    TooManyRecipients = UNPROCESSABLE_ENTITY "too_many_recipients",
    InvalidHeader = UNPROCESSABLE_ENTITY "invalid_header",
    TooManyHeaders = UNPROCESSABLE_ENTITY "too_many_headers",
    InvalidAttachment = UNPROCESSABLE_ENTITY "invalid_attachment",
    InvalidTag = UNPROCESSABLE_ENTITY "invalid_tag",
    InvalidMetadata = UNPROCESSABLE_ENTITY "invalid_metadata",
    InvalidScheduledAt = UNPROCESSABLE_ENTITY "invalid_scheduled_at",
    TemplateNotFound = UNPROCESSABLE_ENTITY "template_not_found",
    TemplateFault = UNPROCESSABLE_ENTITY "template_fault",
    MessageTooLarge = UNPROCESSABLE_ENTITY "message_too_large",
    InternalServerError = INTERNAL_SERVER_ERROR "internal_server_error",
}

impl Cause {
    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        self.status_and_name().1
    }

    /// Its HTTP status.
    pub(super) fn status(self) -> StatusCode {
        self.status_and_name().0
    }
}

/// An error's body.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Error, example = json!({
    "statusCode": 422, "name": "missing_required_field", "message": "`to` is missing: say whom the email goes to.",
    "errors": [{ "field": "to", "message": "is missing: say whom the email goes to." }],
}))]
pub(crate) struct ErrorBody {
    /// The HTTP status, again.
    pub(crate) status_code: u16,
    /// The cause in a word that never changes.
    pub(crate) name: &'static str,
    /// What is wrong and what to do, for a person.
    pub(crate) message: String,
    /// The same by field, where it is about fields.
    pub(crate) errors: Vec<FieldError>,
}

/// What is wrong with one field.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct FieldError {
    /// Where it stands in the request: `to[1]`, `attachments[0].content`.
    pub(crate) field: String,
    /// What is wrong and what to do.
    pub(crate) message: String,
}

/// A request that is not carried out.
#[derive(Debug)]
pub(crate) struct Refusal {
    cause: Cause,
    message: String,
    errors: Vec<FieldError>,
    fault: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// What handlers return.
pub(crate) type Result<T, E = Refusal> = std::result::Result<T, E>;

impl Refusal {
    pub(crate) fn new(cause: Cause, message: impl Into<String>) -> Self {
        Self { cause, message: message.into(), errors: Vec::new(), fault: None }
    }

    /// There is no such thing.
    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(Cause::NotFound, format!("There is no {what} with this id."))
    }

    /// About one field.
    pub(crate) fn at(cause: Cause, field: &str, message: impl Into<String>) -> Self {
        let mut faults = Faults::default();
        faults.add(cause, field, message);
        faults.refusal()
    }

    /// A fault of ours: told without its particulars, which are logged.
    pub(crate) fn internal(fault: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        let message = "Something went wrong on our side. Try again with the same Idempotency-Key: what \
                       was accepted with it all the same is not accepted twice.";
        Self { fault: Some(fault.into()), ..Self::new(Cause::InternalServerError, message) }
    }

    pub(crate) fn body(&self) -> ErrorBody {
        ErrorBody {
            status_code: self.cause.status().as_u16(),
            name: self.cause.name(),
            message: self.message.clone(),
            errors: self.errors.clone(),
        }
    }
}

impl Refusal {
    /// Whether the fault is ours.
    pub(crate) fn is_ours(&self) -> bool {
        self.fault.is_some()
    }

    /// The same about a part of a larger request, which stands at `place`.
    pub(crate) fn below(mut self, place: &str) -> Self {
        if self.errors.is_empty() {
            self.errors.push(FieldError { field: String::new(), message: self.message.clone() });
        }
        for error in &mut self.errors {
            let dot = if error.field.is_empty() { "" } else { "." };
            error.field = format!("{place}{dot}{}", error.field);
        }
        self
    }

    /// Refusals of all parts of a request, as one, under the name of the first.
    pub(crate) fn all(refusals: impl Iterator<Item = Self>) -> Self {
        let mut faults = Faults::default();
        for refusal in refusals {
            for error in refusal.errors {
                faults.add(refusal.cause, error.field, error.message);
            }
        }
        faults.refusal()
    }
}

/// What is shared with pages says no in their way.
impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::new(Cause::NotFound, "There is no such thing any more."),
            Error::Conflict => Self::new(
                Cause::ChangedMeanwhile,
                "Somebody changed it at this moment. Look at it again, then repeat the request.",
            ),
            Error::Internal(fault) => Self::internal(fault),
            other => Self::internal(other),
        }
    }
}

impl From<sqlx::Error> for Refusal {
    fn from(fault: sqlx::Error) -> Self {
        Self::internal(fault)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        if let Some(fault) = &self.fault {
            tracing::error!(?fault, "an API request failed");
        }
        let status = self.cause.status();
        let mut response = (status, Json(self.body())).into_response();
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// What is wrong with a request, field by field.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<(Cause, FieldError)>);

/// So many faults are told; a request of noise has more.
const TOLD: usize = 50;

impl Faults {
    pub(crate) fn add(&mut self, cause: Cause, field: impl Into<String>, message: impl Into<String>) {
        if self.0.len() < TOLD {
            self.0.push((cause, FieldError { field: field.into(), message: message.into() }));
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them as one answer, under the name of the first.
    pub(crate) fn refusal(self) -> Refusal {
        let more = self.0.len().saturating_sub(1);
        let (cause, message) = match self.0.first() {
            Some((cause, first)) if more == 0 => (*cause, format!("`{}` {}", first.field, first.message)),
            Some((cause, first)) => {
                let more = if more == 1 { "There is one more error" } else { "There are more errors" };
                (*cause, format!("`{}` {} {more}: see `errors`.", first.field, first.message))
            }
            None => (Cause::InvalidValue, "The request cannot be read.".to_owned()),
        };
        let errors = self.0.into_iter().map(|(_, error)| error).collect();
        Refusal { cause, message, errors, fault: None }
    }
}
