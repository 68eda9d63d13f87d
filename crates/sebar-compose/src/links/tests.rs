use super::*;
use crate::testing::{compose, content, key, mail, message, render, site};
use crate::{FaultKind, Token, paths};
use proptest::prelude::*;
use serde_json::json;

const NONE: Additions<'_> = Additions { at_start: "", at_end: "" };

fn rewritten(source: &str, tracking: Tracking) -> Rewritten {
    let needs = crate::variables::needs(source, "html").unwrap();
    rewrite(source, tracking, &needs.bound, &NONE)
}

/// The targets of the tracked links.
fn tracked(source: &str, tracking: Tracking) -> Vec<String> {
    rewritten(source, tracking).links.into_iter().map(|link| link.template).collect()
}

#[test]
fn a_link_to_the_web_is_tracked_however_it_is_written() {
    for (source, target) in [
        (r#"<a href="https://a.example/?x=1&amp;y=2">"#, "https://a.example/?x=1&y=2"),
        ("<A\nHREF='http://a.example'>", "http://a.example"),
        ("<a href=https://a.example/b>", "https://a.example/b"),
        (r#"<map><area shape="rect" href=" https://a.example/ "></map>"#, "https://a.example/"),
        (r#"<a href="{{ url }}?x=1&amp;y={{ name|urlencode }}">"#, "{{ url }}?x=1&y={{ name|urlencode }}"),
        (r#"<a href="{{ url|default("https://a.example") }}">"#, r#"{{ url|default("https://a.example") }}"#),
        (
            r#"<a href="{% if b > 1 %}https://a.example{% else %}https://b.example{% endif %}">"#,
            "{% if b > 1 %}https://a.example{% else %}https://b.example{% endif %}",
        ),
    ] {
        assert_eq!(tracked(source, Tracking::Individual), [target], "{source}");
        assert!(tracked(source, Tracking::Off).is_empty(), "{source}");
    }
}

#[test]
fn the_rest_of_the_source_stays_as_it_was() {
    let source =
        "<p>\r\n{% if a < b %}<a class='x'\n href=\"https://a.example/\" {{ more }}>é</a>{% endif %}";
    assert_eq!(
        rewritten(source, Tracking::Individual).html,
        source.replace("https://a.example/", "{{ __link_0 }}")
    );
    assert_eq!(rewritten(source, Tracking::Off).html, source);
}

#[test]
fn what_leads_not_to_the_web_is_never_tracked() {
    for source in [
        r##"<a href="#top">"##,
        r#"<a href="">"#,
        "<a href>",
        r#"<a href="mailto:a@b.example">"#,
        r#"<a href="tel:+62221234">"#,
        r#"<a href="{{ unsubscribe_url }}">"#,
        r#"<a href="{{- unsubscribe_url -}}">"#,
        r#"<a name="https://a.example/">"#,
        r#"<link href="https://a.example/style.css">"#,
        r#"<!--[if mso]><v:roundrect href="https://a.example/"><a href="https://a.example/">x</a><![endif]-->"#,
    ] {
        let made = rewritten(source, Tracking::Individual);
        assert!(made.links.is_empty() && made.faults.is_empty(), "{source}");
        assert_eq!(made.html, source);
    }
}

#[test]
fn what_is_revealed_to_other_programs_than_outlook_is_tracked() {
    let source = r#"<!--[if mso]><a href="https://a.example/"><![endif]--><!--[if !mso]><!--><a href="https://b.example/">x</a><!--<![endif]-->"#;
    assert_eq!(tracked(source, Tracking::Individual), ["https://b.example/"]);
}

#[test]
fn counting_without_names_leaves_personal_links_alone() {
    let source = r#"<a href="https://a.example/">a</a><a href="https://a.example/?c={{ city }}">b</a>"#;
    assert_eq!(tracked(source, Tracking::Anonymous), ["https://a.example/"]);
    assert_eq!(tracked(source, Tracking::Individual).len(), 2);
}

#[test]
fn a_link_in_a_loop_has_one_number_and_one_made_of_the_loop_has_none() {
    let source = r#"{% for p in products %}<a href="https://a.example/">a</a>
        <a href="{{ p.url }}?i={{ loop.index }}">b</a><a href="https://a.example/{{ loop.index }}">c</a>{% endfor %}
        {% set base = 'https://b.example' %}<a href="{{ base }}/x">d</a>"#;
    assert_eq!(tracked(source, Tracking::Individual), ["https://a.example/"]);
}

#[test]
fn two_branches_of_a_tag_are_two_links() {
    let source =
        r#"<a {% if vip %}href="https://a.example/"{% else %}href="https://b.example/"{% endif %}>x</a>"#;
    assert_eq!(tracked(source, Tracking::Individual), ["https://a.example/", "https://b.example/"]);
    let compiled = content(source).compile(1).unwrap();
    assert!(
        render(&compiled, &json!({"vip": true}))
            .unwrap()
            .html
            .contains(r#"href="https:&#x2f;&#x2f;a.example"#)
    );
    // The text part cannot know which: it shows the words alone.
    assert_eq!(render(&compiled, &json!({})).unwrap().text, "x");
}

#[test]
fn a_link_that_leads_nowhere_is_a_fault_with_its_line() {
    let source = "<a href='www.a.example'>\n<a href='/prices'><a href='https://'>\n<a href=' java&#115;cript:alert(1)'>\
        <a href='/x/{{ id }}'><a href='data:text/html,x'>\n<form action='javascript:x'>";
    let made = rewritten(source, Tracking::Individual);
    let found: Vec<_> = made.faults.iter().map(|f| (f.line.unwrap(), f.kind, f.detail.as_str())).collect();
    assert_eq!(
        found,
        [
            (1, FaultKind::BadLink, "www.a.example"),
            (2, FaultKind::BadLink, "/prices"),
            (2, FaultKind::BadLink, "https://"),
            (3, FaultKind::UnsafeLink, "javascript:alert(1)"),
            (3, FaultKind::BadLink, "/x/{{ id }}"),
            (3, FaultKind::UnsafeLink, "data:text/html,x"),
            (4, FaultKind::UnsafeLink, "javascript:x"),
        ]
    );
    assert!(!made.html.contains("cript:") && !made.html.contains("data:"), "{}", made.html);
}

/// The `href`s of the HTML part, as a browser would read them, with links untracked.
fn hrefs(html: &str, merge: &serde_json::Value) -> Vec<String> {
    let mut content = content(html);
    content.tracking = Tracking::Off;
    let html = render(&content.compile(1).unwrap(), merge).unwrap().html;
    let links = scan(&html, false);
    let values = links.iter().filter_map(|event| match event {
        Event::Open(tag) => tag.values("href").next(),
        _ => None,
    });
    values.map(|it| html_escape::decode_html_entities(&html[it.value.clone()]).into_owned()).collect()
}

#[test]
fn a_value_in_a_query_is_encoded_once() {
    let merge = json!({"who": "Budi & Ani é", "url": "https://a.example/b c", "q": {"a": "1 2"}});
    for (href, result) in [
        ("https://a.example/?n={{ who }}", "https://a.example/?n=Budi%20%26%20Ani%20%C3%A9"),
        ("https://a.example/?n={{ who|urlencode }}", "https://a.example/?n=Budi%20%26%20Ani%20%C3%A9"),
        (
            "https://a.example/?n={{- who|upper if who else 'x' -}}&amp;b=1",
            "https://a.example/?n=BUDI%20%26%20ANI%20%C3%89&b=1",
        ),
        ("https://a.example/{{ who }}/", "https://a.example/Budi%20&%20Ani%20%C3%A9/"),
        ("{{ url }}?n={{ who }}", "https://a.example/b%20c?n=Budi%20%26%20Ani%20%C3%A9"),
        ("https://a.example/?{{ q|urlencode }}", "https://a.example/?a=1%202"),
        ("mailto:{{ email }}?subject={{ who }}", "mailto:budi@example.com?subject=Budi%20%26%20Ani%20%C3%A9"),
    ] {
        for quote in ['"', '\''] {
            let html = format!("<a href={quote}{href}{quote}>x</a>");
            assert_eq!(hrefs(&html, &merge), [result], "{html}");
        }
    }
}

#[test]
fn a_merged_value_can_neither_run_a_program_nor_leave_its_attribute() {
    for value in [
        "javascript:alert(1)",
        " JAVA\nscript:alert(1)",
        "data:text/html,<script>",
        "vbscript:x",
        "https://a.example/' onclick='alert(1)",
        "https://a.example/\" onclick=\"alert(1)",
        "&#106;avascript:alert(1)",
        "javascript&colon;alert(1)",
    ] {
        let merge = json!({ "url": value });
        for html in [
            "<a href=\"{{ url }}\">x</a>",
            "<a href='{{ url }}'>x</a>",
            "<a href={{ url }}>x</a>",
            "<a href='{{ url|safe }}'>x</a>",
            "{% autoescape false %}<a href='{{ url }}'>x</a>{% endautoescape %}",
            "{% for u in [url] %}<a href='{{ u }}'>x</a>{% endfor %}",
        ] {
            for tracking in [Tracking::Off, Tracking::Individual] {
                let mut content = content(html);
                content.tracking = tracking;
                let html = render(&content.compile(1).unwrap(), &merge).unwrap().html;
                let events = scan(&html, false);
                let Event::Open(tag) = &events[0] else { panic!("{html}") };
                assert_eq!(tag.attributes.len(), 1, "{html}");
                let href = html_escape::decode_html_entities(&html[tag.attributes[0].value.clone()]);
                assert!(scheme(&href).is_none_or(|scheme| is_safe_scheme(&scheme)), "{html}");
            }
        }
    }
}

#[test]
fn a_click_finds_the_very_target() {
    let html =
        r#"<a href="https://a.example/?c={{ city }}&amp;n={{ first_name }}">x</a><a href="{{ site }}">y</a>"#;
    let compiled = content(html).compile(77).unwrap();
    let merge = json!({"city": "Kab. Ciamis", "site": "https://toko.example"});
    let mail = mail(&compiled, &merge).replace("=\r\n", "");
    let token = mail.split(paths::CLICK).nth(1).unwrap().split('>').next().unwrap();
    let token = Token::verify(&key(), token).unwrap();
    assert_eq!(token, Token::Click { message: message(), content_no: 77, link: 0 });
    let email = "budi@example.com".parse().unwrap();
    let person = crate::Person { email: &email, name: Some("Budi Santoso"), merge: &merge };
    let target = "https://a.example/?c=Kab.%20Ciamis&n=Budi";
    assert_eq!(compiled.click_target(0, &site(), &person).unwrap(), target);
    assert_eq!(crate::click_target(&compiled.links()[0].template, &site(), &person).unwrap(), target);
    assert!(!crate::LinkTarget::compile(&compiled.links()[0].template).unwrap().is_static());
    assert!(crate::LinkTarget::compile("https://a.example/?b=1").unwrap().is_static());
    assert!(compiled.click_target(9, &site(), &person).is_err());
}

#[test]
fn a_link_that_is_no_web_address_for_this_recipient_is_left_untracked() {
    let compiled = content(r#"<a href="{{ site }}">y</a>"#).compile(1).unwrap();
    for (value, href) in [("mailto:a@b.example", "mailto:a@b.example"), ("", ""), ("javascript:x", "#")] {
        let mail = mail(&compiled, &json!({ "site": value })).replace("=\r\n", "");
        assert!(mail.contains(&format!("<a href=3D\"{href}\"")), "{mail}");
    }
    let fault = compose(&compiled, &json!({})).unwrap_err();
    assert_eq!((fault.kind, fault.detail.as_str()), (FaultKind::UnknownVariable, "site"));
}

#[test]
fn a_redirect_goes_nowhere_but_to_the_web() {
    let email = "budi@example.com".parse().unwrap();
    for value in ["javascript:alert(1)", "//evil.example", "", "/x", "mailto:a@b.example", "data:,x"] {
        let merge = json!({ "site": value });
        let person = crate::Person { email: &email, name: None, merge: &merge };
        let fault = crate::click_target("{{ site }}", &site(), &person).unwrap_err();
        assert_eq!(fault.kind, FaultKind::BadLink, "{value}");
    }
}

#[test]
fn more_links_than_anybody_writes_are_left_untracked() {
    let html = r#"<a href="https://a.example/">x</a>"#.repeat(MOST_LINKS + 50);
    assert_eq!(tracked(&html, Tracking::Individual).len(), MOST_LINKS);
}

#[test]
fn additions_go_into_the_body() {
    let additions = Additions { at_start: "[S]", at_end: "[E]" };
    for (source, result) in [
        (
            "<html><head></head><BODY class='x'>a</BODY></html>",
            "<html><head></head><BODY class='x'>[S]a[E]</BODY></html>",
        ),
        ("<html><head></head>a</html>", "<html><head></head>[S]a[E]</html>"),
        ("<!DOCTYPE html>\n<p>a</p>", "<!DOCTYPE html>[S]\n<p>a</p>[E]"),
        ("a", "[S]a[E]"),
        ("<!-- <body> -->a", "[S]<!-- <body> -->a[E]"),
    ] {
        let made = rewrite(source, Tracking::Off, &BTreeSet::new(), &additions);
        assert_eq!(made.html, result);
    }
}

#[test]
fn an_address_that_a_condition_is_cut_across_is_a_fault() {
    let source = "<a href=\"{% if x %}{{ url }}\"{% else %}https://a.example\"{% endif %}>x</a>";
    let made = rewritten(source, Tracking::Individual);
    assert_eq!(made.faults[0].kind, FaultKind::BadLink);
    assert!(!made.html.contains("url"), "{}", made.html);
}

#[test]
fn an_unsafe_address_that_ends_a_condition_still_ends_it() {
    let source = "{% if x %}<area href=javascript:{% endif %}>";
    let made = rewritten(source, Tracking::Individual);
    assert_eq!(made.faults[0].kind, FaultKind::BadLink);
    assert!(made.html.contains("endif") && !made.html.contains("javascript"), "{}", made.html);
}

proptest! {
    #[test]
    fn no_source_makes_the_rewriter_panic(
        source in r#"([<>a-z/!"'={}%# \né-]|\{\{ x \}\}|<a href=|https://a.example|\?|<!--|\{% if x %\}|\{% endif %\}|javascript:|</){0,40}"#,
    ) {
        for tracking in [Tracking::Off, Tracking::Anonymous, Tracking::Individual] {
            let made = rewrite(&source, tracking, &BTreeSet::new(), &NONE);
            if crate::variables::needs(&source, "html").is_ok() {
                let compiled = crate::variables::needs(&made.html, "html");
                prop_assert!(compiled.is_ok(), "{source:?} became {:?}", made.html);
            }
        }
    }
}
