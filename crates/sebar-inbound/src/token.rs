//! The mark in the local part of a return path by which a mail finds back to its message.

/// The token in an address such as `bounce+TOKEN@example.com` or `b-TOKEN@example.com`, as it stands
/// there. `prefix` is what stands before it, separator included (`bounce+`); letter case does not count,
/// because mail systems on the way may change it.
pub fn token_in<'a>(address: &'a str, prefix: &str) -> Option<&'a str> {
    let (local, _) = address.trim().trim_matches(['<', '>']).rsplit_once('@')?;
    let head = local.get(..prefix.len())?;
    let token = local.get(prefix.len()..).filter(|token| !token.is_empty())?;
    let fits =
        token.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'='));
    (!prefix.is_empty() && fits && head.eq_ignore_ascii_case(prefix)).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_stands_behind_its_prefix() {
        assert_eq!(token_in("bounce+AbC-1@x.example", "bounce+"), Some("AbC-1"));
        assert_eq!(token_in("<BOUNCE+abc@x.example>", "bounce+"), Some("abc"));
        assert_eq!(token_in("b-abc@x.example", "b-"), Some("abc"));
    }

    #[test]
    fn what_is_no_token_is_left() {
        assert_eq!(token_in("bounce+@x.example", "bounce+"), None);
        assert_eq!(token_in("other+abc@x.example", "bounce+"), None);
        assert_eq!(token_in("bounce+a b@x.example", "bounce+"), None);
        assert_eq!(token_in("abc@x.example", ""), None);
        assert_eq!(token_in("bö", "b-x"), None);
    }
}
