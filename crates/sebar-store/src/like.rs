//! Texts for LIKE.

/// A text without the meaning that `%`, `_` and `\` have for LIKE.
pub(crate) fn literal(text: &str) -> String {
    text.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_")
}
