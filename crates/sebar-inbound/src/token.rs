//! The mark in the local part of a return path by which a mail finds back to its message.

/// Finds the token in addresses such as `bounce+TOKEN@example.com` or `b-TOKEN@example.com`.
/// `prefix` is what stands before it, separator included (`bounce+`); letter case does not count,
/// because mail systems on the way may change it. The token is returned as it stands there.
pub fn find_token<'a>(addresses: impl IntoIterator<Item = &'a str>, prefix: &str) -> Option<String> {
    addresses.into_iter().find_map(|address| {
        let (local, _) = address.trim().trim_matches(['<', '>']).rsplit_once('@')?;
        let head = local.get(..prefix.len())?;
        let token = local.get(prefix.len()..).filter(|token| !token.is_empty())?;
        let fits = token
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'='));
        (!prefix.is_empty() && fits && head.eq_ignore_ascii_case(prefix)).then(|| token.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_stands_behind_its_prefix() {
        let found = |address, prefix| find_token([address], prefix);
        assert_eq!(found("bounce+AbC-1@x.example", "bounce+").as_deref(), Some("AbC-1"));
        assert_eq!(found("<BOUNCE+abc@x.example>", "bounce+").as_deref(), Some("abc"));
        assert_eq!(found("b-abc@x.example", "b-").as_deref(), Some("abc"));
    }

    #[test]
    fn what_is_no_token_is_left() {
        let found = |address, prefix| find_token([address], prefix);
        assert_eq!(found("bounce+@x.example", "bounce+"), None);
        assert_eq!(found("other+abc@x.example", "bounce+"), None);
        assert_eq!(found("bounce+a b@x.example", "bounce+"), None);
        assert_eq!(found("abc@x.example", ""), None);
        assert_eq!(found("bö", "b-x"), None);
        assert_eq!(find_token(["a@x.example", "b-7@x.example"], "b-").as_deref(), Some("7"));
    }
}
