use serde_json::json;

use crate::testing::{content, mail};

#[test]
fn a_whole_mail_is_as_reviewed() {
    let html = "<!doctype html>\n<html><head><title>T</title></head><body>\n<h1>Halo {{ first_name }}</h1>\n\
        <p>Promo di {{ city|default('kotamu') }}: <a href=\"https://toko.example/?kota={{ city }}&amp;a=1\">lihat</a></p>\n\
        {% for p in products %}<p><a href=\"{{ p.url }}\">{{ p.name }}</a></p>{% endfor %}\n\
        <p><a href=\"{{ unsubscribe_url }}\">Berhenti</a><br>{{ company }}, {{ company_address }}</p></body></html>\n";
    let mut content = content(html);
    content.subject = "Halo {{ name }} — promo ✨ akhir tahun untuk semua pelanggan setia kami".into();
    content.preheader = "Diskon < 50 % untuk {{ name }}".into();
    content.reply_to = Some("cs@toko.example".parse().unwrap());
    let compiled = content.compile(12).unwrap();
    let merge = json!({"city": "Kab. Ciamis & sekitar", "products": [
        {"name": "Kopi <1kg>", "url": "https://toko.example/kopi?a=1&b=2"},
        {"name": "Teh", "url": "javascript:alert(1)"},
    ]});
    insta::assert_snapshot!(mail(&compiled, &merge).replace('\r', ""));
}
