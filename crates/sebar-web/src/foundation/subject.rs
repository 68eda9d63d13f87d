//! A template's subject, made readable for lists.

/// `{{ first_name | default("Halo") }}, fresh coffee` → `{first_name}, fresh coffee`: a list shows
/// that a name comes there, not how. What is more than a variable stays as it was written.
pub(crate) fn readable(subject: &str) -> String {
    let mut out = String::with_capacity(subject.len());
    let mut rest = subject;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((inside, next)) = after.split_once("}}") else { break };
        out.push_str(before);
        let name = inside
            .split('|')
            .next()
            .unwrap_or_default()
            .trim_matches(|c: char| c == '-' || c.is_whitespace());
        if name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.')) && !name.is_empty() {
            out.push('{');
            out.push_str(name);
            out.push('}');
        } else {
            out.push_str("{{");
            out.push_str(inside);
            out.push_str("}}");
        }
        rest = next;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::readable;

    #[test]
    fn variables_lose_their_machinery() {
        assert_eq!(readable(r#"{{ first_name | default("Halo") }}, panen tiba"#), "{first_name}, panen tiba");
        assert_eq!(readable("{{- name -}} dan {{kota}}"), "{name} dan {kota}");
    }

    #[test]
    fn the_rest_stays() {
        for subject in [
            "",
            "Diskon 20 %",
            "{{ 1 + 2 }} kopi",
            "{% if vip %}Hai{% endif %}",
            "{{ tidak ditutup",
            "}} {{ }}",
        ] {
            assert_eq!(readable(subject), subject);
        }
    }
}
