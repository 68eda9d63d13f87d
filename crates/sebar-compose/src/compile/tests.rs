use serde_json::json;

use super::*;
use crate::testing::{content, faults, render};

#[test]
fn every_fault_is_reported_at_once_with_its_part_and_line() {
    let mut content = content("<p>\n{{ city|shout }}\n{{ x is odder }}{{ now() }}</p>");
    content.subject = "Hi {{ name".into();
    content.preheader = "{% if %}".into();
    content.text = Some("a\n\n{% for %}".into());
    let found = faults(&content);
    let short: Vec<_> = found.iter().map(|f| (f.part, f.line, f.kind)).collect();
    assert_eq!(
        short,
        [
            (Part::Subject, Some(1), FaultKind::Syntax),
            (Part::Preheader, Some(1), FaultKind::Syntax),
            (Part::Html, Some(2), FaultKind::UnknownFilter),
            (Part::Html, Some(3), FaultKind::UnknownTest),
            (Part::Html, Some(3), FaultKind::UnknownFunction),
            (Part::Text, Some(3), FaultKind::Syntax),
        ]
    );
    assert_eq!(found[2].detail, "shout");
    assert_eq!(found[2].to_string(), "html line 2: unknown-filter: shout");
}

#[test]
fn an_unknown_variable_is_named_with_its_part_and_line() {
    let mut content =
        content("<p>\n\n<a href=\"https://a.example/?\nc={{ city }}\">x</a>\n{{ town.name }}</p>");
    content.subject = "{{ nick }}".into();
    let compiled = content.compile(1).unwrap();
    let found = render(&compiled, &json!({})).unwrap_err();
    let short: Vec<_> = found.iter().map(|f| (f.part, f.line, f.kind, f.detail.as_str())).collect();
    assert_eq!(
        short,
        [
            (Part::Subject, Some(1), FaultKind::UnknownVariable, "nick"),
            (Part::Html, Some(3), FaultKind::UnknownVariable, "city"),
        ]
    );
    let found = render(&compiled, &json!({"nick": "n", "city": "c"})).unwrap_err();
    assert_eq!((found[0].line, found[0].detail.as_str()), (Some(5), "town"));
}
