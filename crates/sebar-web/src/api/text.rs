//! Lines of text in requests.

use super::error::{Cause, Faults};

/// Checks a line that must have `least` to `most` characters.
pub(super) fn line(faults: &mut Faults, field: &str, text: &str, least: usize, most: usize) {
    let length = text.trim().chars().count();
    if length < least {
        faults.add(Cause::MissingRequiredField, field, "is missing.");
    } else if length > most {
        faults.add(Cause::InvalidValue, field, format!("may have {most} characters."));
    } else if text.chars().any(char::is_control) {
        faults.add(Cause::InvalidValue, field, "is one line: it may hold no control characters.");
    }
}
