use serde_json::json;

use super::*;
use crate::Person;
use crate::testing::{address, content, faults, render, site};

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

#[test]
fn a_missing_value_is_no_fault_where_the_template_copes_with_it() {
    let html = "{{ city|default('kota') }}{% if town %}{{ town }}{% else %}-{% endif %}{{ a or 'b' }}\
        {{ nick|default(first_name) }}{% if plan|default == 'gold' %}gold{% endif %}{% if plan and plan > 3 %}x{% endif %}";
    let compiled = content(html).compile(1).unwrap();
    assert_eq!(render(&compiled, &json!({"city": " ", "town": null})).unwrap().html, "kota-bBudi");
    let required: Vec<_> = compiled.required().map(|variable| variable.name.as_str()).collect();
    assert_eq!(required, ["first_name"]);
    assert_eq!(compiled.merge_keys(), ["a", "city", "first_name", "name", "nick", "plan", "town"]);
}

#[test]
fn variables_are_known_with_their_first_place_and_what_we_give_is_not_asked_for() {
    let mut content =
        content("<p>{{ company }}\n{{ city|default('x') }}\n{{ city }} {{ unsubscribe_url }}</p>");
    content.subject = "{{ email }} {{ city|default('x') }}".into();
    let compiled = content.compile(1).unwrap();
    let city = compiled.variables().iter().find(|variable| variable.name == "city").unwrap();
    assert_eq!((city.guarded, city.part, city.line), (false, Part::Html, 3));
    assert_eq!(compiled.merge_keys(), ["city"]);
    assert_eq!(compiled.required().count(), 1);
    assert!(compiled.has_unsubscribe_link());
}

#[test]
fn a_first_name_is_the_attribute_or_else_the_first_word_of_the_name() {
    let compiled = content("{{ first_name }}").compile(1).unwrap();
    let text = |merge| render(&compiled, &merge).unwrap().text;
    assert_eq!(text(json!({})), "Budi");
    assert_eq!(text(json!({"first_name": "Bud"})), "Bud");
}

#[test]
fn a_preview_shows_final_links_and_no_pixel() {
    let mut content = content(
        "<body><a href='https://a.example/?c={{ city }}'>x</a><a href='{{ unsubscribe_url }}'>u</a></body>",
    );
    content.preheader = "A & {{ city }}\n".into();
    let rendered = render(&content.compile(0).unwrap(), &json!({"city": "<b>"})).unwrap();
    assert_eq!(rendered.preheader, "A & <b>");
    assert!(rendered.html.contains("<a href='https://a.example/?c=%3Cb%3E'>"), "{}", rendered.html);
    assert!(rendered.html.contains(">A &amp; &lt;b&gt;</div>"), "{}", rendered.html);
    assert!(rendered.html.contains("https://mail.example.com/u/preview"), "{}", rendered.html);
    assert!(!rendered.html.contains("<img"), "{}", rendered.html);
    assert_eq!(rendered.text, "x <https://a.example/?c=%3Cb%3E>u <https://mail.example.com/u/preview>");
}

#[test]
fn values_are_escaped_in_html_and_nowhere_else() {
    let mut content = content("<p title='{{ v }}'>{{ v }}</p>");
    content.subject = "{{ v }}".into();
    content.text = Some("{{ v }}".into());
    let rendered = render(&content.compile(1).unwrap(), &json!({"v": "<'&\">"})).unwrap();
    assert_eq!(rendered.html.matches("&lt;&#x27;&amp;&quot;&gt;").count(), 2);
    assert_eq!((rendered.subject.as_str(), rendered.text.as_str()), ("<'&\">", "<'&\">"));
}

#[test]
fn a_hostile_template_ends_quickly() {
    let doubling = "{% set ns = namespace(x='aaaaaaaaaaaaaaaa') %}{% for i in range(60) %}\
        {% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x }}";
    for html in [
        "{% for i in range(100000) %}{% for j in range(100000) %}x{% endfor %}{% endfor %}",
        "{% for a in [1] recursive %}{{ loop([1]) }}{% endfor %}",
        "{{ 'x' * 2000000000 }}",
        "{{ range(100000)|map('string')|join('xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx')|length * 'abc' * 999 }}",
        "{{ [1]|batch(2000000000, 'x') }}",
        "{{ 9**9999999 }}",
        "{{ '%2000000000d'|format(1) }}",
        "{{ 'x'|indent(2000000000) }}",
        doubling,
    ] {
        let started = std::time::Instant::now();
        let compiled = content(html).compile(1).unwrap();
        let found = render(&compiled, &json!({})).unwrap_err();
        assert!(matches!(found[0].kind, FaultKind::TooCostly | FaultKind::WrongValue), "{html}: {found:?}");
        assert!(started.elapsed().as_secs() < 10, "{html}");
    }
}

#[test]
fn what_nests_too_deep_is_refused_and_nothing_overflows() {
    for html in [
        format!("{{{{ {}1{} }}}}", "(".repeat(50_000), ")".repeat(50_000)),
        format!("{{{{ {}1 }}}}", "not ".repeat(50_000)),
        format!("{{{{ {}1{} }}}}", "[".repeat(50_000), "]".repeat(50_000)),
        format!("{}x{}", "{% if a %}".repeat(20_000), "{% endif %}".repeat(20_000)),
        format!("{{{{ a{} }}}}", "|upper".repeat(50_000)),
        format!("{{{{ a{} }}}}", ".b".repeat(50_000)),
        format!("{{{{ 1{} }}}}", "+1".repeat(50_000)),
        format!("{{{{ a{} }}}}", "~a".repeat(50_000)),
        format!("{{{{ a{} }}}}", " if a else b".repeat(5_000)),
        format!("{{{{ a{} }}}}", ".b".repeat(390)),
        format!("{{{{ a{} }}}}", " if a else b".repeat(190)),
        format!("{{{{ a{} }}}}", " is defined".repeat(390)),
        format!("{{% if a %}}{}{{% endif %}}", "{% elif a %}".repeat(50_000)),
        format!("{{% if a %}}{}{{% endif %}}", "{% elif a %}".repeat(390)),
    ] {
        // On a small stack, as a server's worker has.
        let run = move || {
            if let Ok(compiled) = content(&html).compile(1) {
                let _ = render(&compiled, &json!({"a": "x"}));
            }
        };
        std::thread::Builder::new().stack_size(2 << 20).spawn(run).unwrap().join().unwrap();
    }
    let html = format!("{}x{}", "<div>".repeat(100_000), "</div>".repeat(100_000));
    assert_eq!(render(&content(&html).compile(1).unwrap(), &json!({})).unwrap().text, "x");
}

#[test]
fn a_part_that_is_too_long_is_refused_and_a_long_one_is_not() {
    let mut content = content(&"<p>some words for everybody</p>\n".repeat(36_000));
    let compiled = content.compile(1).unwrap();
    assert!(compiled.html_bytes() > 1_000_000 && compiled.is_clipped_by_gmail());
    assert!(render(&compiled, &json!({})).is_ok());
    content.html.push_str(&" ".repeat(Compiled::LONGEST_PART));
    assert_eq!(faults(&content)[0].kind, FaultKind::TooLong);
}

#[test]
fn nothing_that_differs_from_call_to_call_can_be_asked_for() {
    for name in ["now()", "random()", "uuid()", "debug()", "lipsum()", "get_flashed_messages()"] {
        assert_eq!(
            faults(&content(&format!("{{{{ {name} }}}}")))[0].kind,
            FaultKind::UnknownFunction,
            "{name}"
        );
    }
    for name in ["random", "now", "shuffle", "__query", "__href"] {
        assert_eq!(
            faults(&content(&format!("{{{{ 1|{name} }}}}")))[0].kind,
            FaultKind::UnknownFilter,
            "{name}"
        );
    }
    for tag in ["{% include 'x' %}", "{% import 'x' as y %}", "{% extends 'x' %}"] {
        assert_eq!(faults(&content(tag))[0].kind, FaultKind::Syntax, "{tag}");
    }
}

#[test]
fn a_compiled_content_is_shared_between_threads() {
    fn shared<T: Send + Sync + 'static>(_: &T) {}
    shared(&content("x").compile(1).unwrap());
}

#[test]
fn titles_are_passed_over_and_what_was_sent_by_the_first_rules_is_made_by_them_again() {
    let mut compiled =
        Content { subject: "{{ first_name }}".into(), ..content("<p>Halo</p>") }.compile(1).unwrap();
    let email = address("rai@example.com");
    let merge = json!({});
    let subject = |compiled: &Compiled| {
        let person = Person { email: &email, name: Some("I Gusti Ngurah Rai"), merge: &merge };
        compiled.render(&site(), &person).unwrap().subject
    };
    assert_eq!(subject(&compiled), "Gusti");
    compiled.composer = 1;
    assert_eq!(subject(&compiled), "I");
}
