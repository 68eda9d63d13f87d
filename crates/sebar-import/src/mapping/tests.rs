use super::*;

fn guessed(heads: &[&str], rows: &[&[&str]]) -> Vec<String> {
    let heads: Vec<String> = heads.iter().map(ToString::to_string).collect();
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(ToString::to_string).collect()).collect();
    let word = |target: Target| match target {
        Target::Attribute(key) => format!("={key}"),
        target => target.as_str().to_owned(),
    };
    guess(&heads, &rows).0.into_iter().map(word).collect()
}

#[test]
fn heads_are_understood_in_both_languages() {
    assert_eq!(
        guessed(&["Surel", "Nama Lengkap", "Kota", "Tanggal Lahir"], &[&["a@example.com", "A", "B", ""]]),
        ["email", "name", "=kota", "=tanggal_lahir"]
    );
    assert_eq!(
        guessed(&["First Name", "Last-Name", "E-mail Address", "City"], &[&["A", "B", "a@example.com", "C"]]),
        ["first_name", "last_name", "email", "=city"]
    );
    assert_eq!(
        guessed(
            &["email", "nama", "bahasa", "zona waktu"],
            &[&["a@example.com", "A", "Indonesia", "WIB"], &["b@example.com", "B", "en", "Asia/Makassar"]]
        ),
        ["email", "name", "language", "time_zone"]
    );
}

#[test]
fn what_stands_in_a_column_counts_more_than_its_head() {
    assert_eq!(
        guessed(&["kontak", "email"], &[&["a@example.com", "ya"], &["b@example.com", "tidak"]]),
        ["email", "=email_2"]
    );
    assert_eq!(guessed(&["", ""], &[&["Ana", "a@example.com"]]), ["=column_1", "email"]);
    // A column called “language” that holds none is an attribute.
    assert_eq!(guessed(&["email", "lang"], &[&["a@example.com", "beginner class"]]), ["email", "=lang"]);
}

#[test]
fn a_whole_name_wins_over_its_parts() {
    assert_eq!(guessed(&["email", "name", "first name"], &[]), ["email", "name", "=first_name"]);
    assert_eq!(guessed(&["email", "nama depan"], &[]), ["email", "name"]);
}

#[test]
fn keys_are_fit_for_templates() {
    for (head, key) in [
        ("Kota / Kabupaten", "kota_kabupaten"),
        ("No. HP", "no_hp"),
        ("2026 points", "column_2026_points"),
        ("Größe", "gr_e"),
        ("用户", "column_4"),
        ("Company", "company_4"),
        ("  --  ", "column_4"),
    ] {
        assert_eq!(key_for(head, 3), key);
        assert!(is_attribute_key(key), "{key}");
    }
    assert_eq!(guessed(&["email", "Kota", "KOTA"], &[]), ["email", "=kota", "=kota_3"]);
}

#[test]
fn each_fault_of_a_mapping_names_its_column() {
    let attribute = |key: &str| Target::Attribute(key.to_owned());
    for (targets, fault) in [
        (vec![Target::Name], Some((0, MappingFault::NoEmail))),
        (vec![Target::Email, Target::Email], Some((1, MappingFault::Twice))),
        (vec![Target::Email, attribute("a"), attribute("a")], Some((2, MappingFault::Twice))),
        (vec![Target::Email, attribute("Kota")], Some((1, MappingFault::Key))),
        (vec![Target::Email, attribute("")], Some((1, MappingFault::Key))),
        (vec![Target::Email, attribute("a\"b")], Some((1, MappingFault::Key))),
        (vec![Target::Email, attribute("unsubscribe_url")], Some((1, MappingFault::Reserved))),
        (vec![Target::Ignore, Target::Email, Target::Ignore, attribute("kota_2")], None),
    ] {
        assert_eq!(Mapping(targets).fault(), fault);
    }
}
