//! Letters with marks, as servers write them and as they leave the marks away.

/// A Latin letter without its mark; `None` for any other character. Marks that stand apart are dropped.
pub(super) fn fold(c: char) -> Option<&'static str> {
    Some(match c {
        '\u{300}'..='\u{36f}' => "",
        'à'..='å' | 'ā' | 'ă' | 'ą' => "a",
        'ç' | 'ć' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è'..='ë' | 'ē' | 'ė' | 'ę' | 'ě' => "e",
        'ğ' => "g",
        'ì'..='ï' | 'ī' | 'ı' => "i",
        'ł' | 'ľ' | 'ĺ' => "l",
        'ñ' | 'ń' | 'ň' => "n",
        'ò'..='ö' | 'ø' | 'ő' | 'ō' => "o",
        'ř' | 'ŕ' => "r",
        'ś' | 'š' | 'ş' | 'ș' => "s",
        'ť' | 'ţ' | 'ț' => "t",
        'ù'..='ü' | 'ů' | 'ű' | 'ū' => "u",
        'ý' | 'ÿ' => "y",
        'ź' | 'ž' | 'ż' => "z",
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ё' => "е",
        _ => return None,
    })
}

/// A phrase as those write it who have no letters with marks, if that differs from [`fold`]: `gueltig`.
pub(super) fn spelled_out(phrase: &str) -> Option<String> {
    let spelled: String = phrase
        .chars()
        .map(|c| match c {
            'ä' => "ae".to_owned(),
            'ö' | 'ø' => "oe".to_owned(),
            'ü' => "ue".to_owned(),
            'å' => "aa".to_owned(),
            c => fold(c).map_or_else(|| c.to_string(), str::to_owned),
        })
        .collect();
    phrase.contains(['ä', 'ö', 'ø', 'ü', 'å']).then_some(spelled)
}
