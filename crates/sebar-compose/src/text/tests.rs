use serde_json::json;

use super::*;
use crate::testing::{content, render};
use proptest::prelude::*;

#[test]
fn html_becomes_the_text_that_a_person_would_write() {
    for (html, text) in [
        ("<p>a\n  b</p><p>c</p>", "a b\n\nc"),
        ("<div>a</div><div>b<br>c<br><br>d</div>", "a\nb\nc\n\nd"),
        ("<h1>T</h1>x<hr>y", "T\n\nx\n\n---\n\ny"),
        ("<ul><li>a</li><li><p>b</p></li></ul>c", "- a\n- b\n\nc"),
        (
            "<table><tr><td>Kopi</td><td>Rp 10</td></tr><tr><td>Teh</td><td>Rp 5</td></tr></table>",
            "Kopi Rp 10\nTeh Rp 5",
        ),
        ("<a href='https://a.example/'>here</a>, now", "here <https://a.example/>, now"),
        ("<a href='https://a.example/'>https://a.example/</a>", "https://a.example/"),
        ("<a href='mailto:a@b.example'>a@b.example</a>", "a@b.example"),
        ("<a href='https://a.example/'><img src=x alt='Shop now'></a>", "Shop now <https://a.example/>"),
        ("<a href='https://a.example/'><img src=x></a>", "https://a.example/"),
        ("<a href='https://a.example/'><div>Go</div></a><p>x</p>", "Go <https://a.example/>\n\nx"),
        ("<a href='#top'>up</a>", "up"),
        ("&lt;b&gt; &amp; &copy;&nbsp;2026 &#8217;", "<b> & © 2026 ’"),
        ("<head><title>T</title><style>a{}</style></head><script>x</script>b", "b"),
        ("<div style='DISPLAY : none'>pre<div>header</div></div>b<span hidden>c</span>", "b"),
        ("a&#847;&zwnj;&#8203;<!-- c -->b", "a\u{200c}b"),
        ("<pre>a\n  b</pre>c", "a\n  b\n\nc"),
        ("a<b>b</b> <i> c</i>", "ab c"),
        ("{{ not a template }} {% at all", "{{ not a template }} {% at all"),
        ("", ""),
        ("<a href='https://a.example/'>never closed", "never closed"),
    ] {
        assert_eq!(plain_text(html), text, "{html}");
    }
}

/// The text part of a mail with this HTML.
fn text(html: &str, merge: &serde_json::Value) -> String {
    let mut content = content(html);
    content.tracking = sebar_domain::Tracking::Off;
    render(&content.compile(1).unwrap(), merge).unwrap().text
}

#[test]
fn templates_stay_where_they_are_in_the_text() {
    let products = json!({"products": [{"n": "Kopi"}, {"n": "Teh"}], "vip": true, "x": "&<>"});
    for (html, filled) in [
        (
            "<table>{% for p in products %}<tr><td>{{ p.n }}</td><td>{{ loop.index }}</td></tr>{% endfor %}</table>z",
            "Kopi 1\nTeh 2\n\nz",
        ),
        ("<ul>{% for p in products %}<li>{{ p.n }}</li>{% endfor %}</ul>z", "- Kopi\n- Teh\n\nz"),
        ("<p>a</p>{% if vip %}<p>b</p>{% endif %}<p>c</p>", "a\n\nb\n\nc"),
        ("<p>a</p>{% if not vip %}<p>b</p>{% endif %}<p>c</p>", "a\n\nc"),
        ("Hi {% if vip %}dear {% endif %}you", "Hi dear you"),
        ("<head>{% set y = 'set' %}</head>{{ y }}", "set"),
        ("{{ x }} &amp; {{ x|default('-') }}", "&<> & &<>"),
        ("<!--[if mso]>{% if vip %}<![endif]-->a<!--[if mso]>{% endif %}<![endif]-->", "a"),
        ("<img alt='Photo of {{ x }}'>", "Photo of &<>"),
        ("&#123;&#123; x }} &#123;% y", "{{ x }} {% y"),
        ("{% raw %}{{ x }}{% endraw %}", "{{ x }}"),
        ("{# no #}<p {% if vip %}class='a'{% endif %}>a</p>", "a"),
        ("<a href='https://a.example/?x={{ x }}'>b</a>", "b <https://a.example/?x=%26%3C%3E>"),
        (
            "{% for p in products %}<a href='https://a.example/?n={{ p.n }}'>{{ p.n }}</a> {% endfor %}",
            "Kopi <https://a.example/?n=Kopi> Teh <https://a.example/?n=Teh>",
        ),
    ] {
        assert_eq!(text(html, &products), filled, "{html}");
    }
}

#[test]
fn a_given_text_is_sent_as_it_was_written() {
    let mut content = content("<p>x</p>");
    content.text = Some("Hi {{ first_name }}\n\n\n\nhttps://a.example/ <b>".into());
    let compiled = content.compile(1).unwrap();
    assert_eq!(render(&compiled, &json!({})).unwrap().text, "Hi Budi\n\n\n\nhttps://a.example/ <b>");
    // White space is as good as none.
    content.text = Some(" \n".into());
    assert_eq!(render(&content.compile(1).unwrap(), &json!({})).unwrap().text, "x");
}

#[test]
fn html_without_words_has_an_empty_text() {
    assert!(content("<p> &nbsp;<img src='x'></p>").compile(1).unwrap().text_is_empty());
    assert!(!content("<p>x</p>").compile(1).unwrap().text_is_empty());
}

proptest! {
    #[test]
    fn no_html_makes_the_writer_panic(html in r#"(<a href="x">|</a>|<p>|<li>|<table>|<td>|<br>|<pre>|</pre>|<div style="display:none">|</div>|<head>|\PC|&amp;|\n| |\{\{ x \}\}|\{% if x %\}){0,40}"#) {
        let text = plain_text(&html);
        prop_assert!(!text.contains("\n\n\n"));
        let links = BTreeMap::new();
        text_template(&html, &links);
    }
}
