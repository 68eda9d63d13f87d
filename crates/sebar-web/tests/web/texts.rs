//! Every text of the interface exists in every language.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use fluent_templates::fluent_bundle::FluentResource;
use sebar_domain::{HookFault, Language, Phase, Provider, Reason, RelayTrouble};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// All files with this ending below a folder.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.extension().is_some_and(|e| e == ending) {
            found.push(path);
        }
    }
    found
}

/// Key → the variables that its text uses.
fn texts(language: Language) -> BTreeMap<String, BTreeSet<String>> {
    let mut texts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in files(&root().join("locales").join(language.as_str()), "ftl") {
        let parsed = FluentResource::try_new(fs::read_to_string(&file).unwrap());
        assert!(parsed.is_ok(), "{}: {:?}", file.display(), parsed.err());
        let mut key = String::new();
        for line in fs::read_to_string(&file).unwrap().lines() {
            if let Some((name, _)) = line.split_once(" =")
                && line.starts_with(|c: char| c.is_ascii_lowercase())
            {
                key = name.to_owned();
                assert!(
                    texts.insert(key.clone(), BTreeSet::new()).is_none(),
                    "{key} stands twice ({})",
                    file.display()
                );
            }
            for part in line.split('$').skip(1) {
                let variable =
                    part.chars().take_while(|c| c.is_alphanumeric() || "-_".contains(*c)).collect();
                texts.get_mut(&key).unwrap().insert(variable);
            }
        }
    }
    texts
}

#[test]
fn every_text_stands_in_both_languages_with_the_same_variables() {
    let (english, indonesian) = (texts(Language::English), texts(Language::Indonesian));
    assert!(english.len() > 100);
    for (key, variables) in &english {
        assert_eq!(Some(variables), indonesian.get(key), "{key}");
    }
    for key in indonesian.keys() {
        assert!(english.contains_key(key), "{key} stands in Indonesian only");
    }
}

#[test]
fn every_key_that_pages_and_templates_name_has_a_text() {
    let english = texts(Language::English);
    let sources =
        [files(&root().join("templates"), "html"), files(&root().join("crates/sebar-web/src"), "rs")];
    let mut named = 0;
    for file in sources.concat() {
        let source = fs::read_to_string(&file).unwrap();
        let parts: Vec<&str> = source.split("t(\"").collect();
        for (before, part) in parts.iter().zip(&parts[1..]) {
            // `get("…")` and `text("…")` end in the same letters.
            if before.ends_with(|c: char| c.is_alphanumeric() || c == '_') {
                continue;
            }
            let key = part.split('"').next().unwrap();
            let plausible = key.contains('-')
                && key.chars().all(|c| c.is_ascii_lowercase() || "-_0123456789".contains(c));
            if plausible {
                named += 1;
                assert!(english.contains_key(key), "{key} in {}", file.display());
            }
        }
    }
    assert!(named > 100, "only {named} keys were found: does this test still read the sources?");
}

#[test]
fn every_reason_trouble_and_provider_has_words() {
    let english = texts(Language::English);
    let reasons = Reason::ALL.iter().map(|reason| format!("archive-reason-{reason}"));
    let troubles = RelayTrouble::ALL.iter().map(|trouble| format!("relays-trouble-{trouble}"));
    let phases = Phase::ALL.iter().map(|phase| format!("archive-phase-{}", phase.as_str().replace('_', "-")));
    let faults =
        HookFault::ALL.iter().map(|fault| format!("webhooks-in-fault-{}", fault.as_str().replace('_', "-")));
    let providers = Provider::ALL.iter().flat_map(|provider| {
        let steps = ["1", "2", "3"].map(|n| format!("webhooks-in-{provider}-{n}"));
        steps.into_iter().chain([format!("webhooks-in-provider-{provider}")])
    });
    for key in reasons.chain(troubles).chain(phases).chain(faults).chain(providers) {
        assert!(english.contains_key(&key), "{key}");
    }
}
