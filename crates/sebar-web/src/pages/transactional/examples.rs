//! Programs that send, to be copied. They stand in `examples/`, and tests run them.

/// A program in one language.
pub(crate) struct Example {
    /// The language.
    pub(crate) name: &'static str,
    /// The program.
    pub(crate) code: String,
}

/// What the files hold in the places of the address, the key, the sender and the recipient.
const PLACES: [&str; 4] =
    ["https://mail.example.com/api/v1", "sbr_your_key", "halo@example.com", "you@example.com"];
const FILES: [(&str, &str); 5] = [
    ("curl", include_str!("../../../../../examples/send.sh")),
    ("Python", include_str!("../../../../../examples/send.py")),
    ("JavaScript", include_str!("../../../../../examples/send.mjs")),
    ("PHP", include_str!("../../../../../examples/send.php")),
    ("Rust", include_str!("../../../../../examples/send.rs")),
];

/// The programs, with the real address, key, sender and recipient in them. An empty text leaves the place as
/// it is.
pub(crate) fn examples(public_url: &str, key: &str, from: &str, to: &str) -> Vec<Example> {
    let base = format!("{public_url}/api/v1");
    let values = [base.as_str(), key, from, to];
    let fill = |text: &str| {
        let fits = |value: &str| !value.is_empty() && !value.contains(['"', '\'', '\\', '\n', '$', '`']);
        PLACES.iter().zip(values).fold(text.to_owned(), |text, (place, value)| {
            if fits(value) { text.replace(place, value) } else { text }
        })
    };
    FILES.iter().map(|(name, text)| Example { name, code: fill(text) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_holds_what_it_is_given() {
        let made = examples("https://surat.toko.example", "sbr_abc", "toko@toko.example", "ana@example.org");
        assert_eq!(made.len(), 5);
        for Example { name, code } in made {
            for value in
                ["https://surat.toko.example/api/v1", "sbr_abc", "toko@toko.example", "ana@example.org"]
            {
                assert!(code.contains(value), "{name} lacks {value}");
            }
            assert!(PLACES.iter().all(|place| !code.contains(place)), "{name}");
        }
        for Example { name, code } in examples("https://a.example", "", "\"; rm -rf /", "") {
            assert!(code.contains("sbr_your_key") && !code.contains("rm -rf"), "{name}");
        }
    }
}
