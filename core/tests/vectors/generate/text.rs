//! Texts that may or must not be shown.

use serde_json::{Value, json};

use super::{Draft, Set};

pub(super) fn cases() -> Vec<Draft> {
    let mut set = Set::new("text", Value::Null);
    let mut shown = |name: &str, about: &str, kind: &str, text: &str, drawn: &str| {
        let input = json!({ "as": kind, "text": text });
        set.means(&format!("text-{name}"), about, input, json!({ "shown": drawn, "flaw": null }));
    };
    shown("name", "a plain name", "name", "ACME Shop", "ACME Shop");
    let notebook = "PC\u{30ce}\u{30fc}\u{30c8}";
    shown("name-latin-japanese", "a Latin word joined to a Japanese one", "name", notebook, notebook);
    shown(
        "name-umlaut",
        "a name with an umlaut and an ampersand",
        "name",
        "M\u{fc}ller & S\u{f6}hne GmbH",
        "M\u{fc}ller & S\u{f6}hne GmbH",
    );
    shown("name-nfc", "a combining accent becomes one character", "name", "Cafe\u{301}", "Caf\u{e9}");
    shown("name-spaces", "white space runs become one space", "name", "  ACME \u{a0}\u{2003} Shop  ", "ACME Shop");
    shown(
        "name-japanese",
        "Latin beside Japanese",
        "name",
        "LINE\u{30e4}\u{30d5}\u{30fc}\u{682a}\u{5f0f}\u{4f1a}\u{793e}",
        "LINE\u{30e4}\u{30d5}\u{30fc}\u{682a}\u{5f0f}\u{4f1a}\u{793e}",
    );
    shown("name-arabic", "a name in Arabic", "name", "\u{628}\u{646}\u{643}", "\u{628}\u{646}\u{643}");
    shown("name-70", "a name of 70 characters", "name", &"a".repeat(70), &"a".repeat(70));
    shown(
        "message-bidi",
        "a direction control in a message is made visible",
        "message",
        "pay \u{202e}001\u{202c} now",
        "pay \u{27e8}U+202E\u{27e9}001\u{27e8}U+202C\u{27e9} now",
    );
    shown(
        "message-invisible",
        "an invisible character in a message is made visible",
        "message",
        "12\u{200b}34",
        "12\u{27e8}U+200B\u{27e9}34",
    );
    shown("message-lines", "line breaks are white space", "message", "a\r\nb\tc", "a b c");
    shown(
        "message-emoji",
        "a family of four stays whole",
        "message",
        "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}\u{200d}\u{1f466}",
        "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}\u{200d}\u{1f466}",
    );
    shown(
        "message-tags",
        "tags are made visible, also in a flag",
        "message",
        "\u{1f3f4}\u{e0067}\u{e007f}",
        "\u{1f3f4}\u{27e8}U+E0067\u{27e9}\u{27e8}U+E007F\u{27e9}",
    );
    let mut flawed = |name: &str, about: &str, kind: &str, text: &str, flaw: &str| {
        let input = json!({ "as": kind, "text": text });
        set.means(&format!("text-{name}"), about, input, json!({ "flaw": flaw }));
    };
    flawed("name-empty", "nothing to see", "name", " ", "empty");
    flawed("name-71", "a name of 71 characters", "name", &"a".repeat(71), "too_long");
    flawed("label-36", "a label of 36 characters", "label", &"a".repeat(36), "too_long");
    flawed("message-201", "a message of 201 characters", "message", &"a".repeat(201), "too_long");
    flawed("name-newline", "a line break in a name", "name", "ACME\nBank", "control");
    flawed("name-bidi", "a direction override", "name", "ACME\u{202e}MOC", "bidi");
    flawed("name-mark", "a direction mark", "name", "ACME\u{200f}", "bidi");
    flawed("name-zero-width", "a zero-width space", "name", "AC\u{200b}ME", "invisible");
    flawed("name-soft-hyphen", "a soft hyphen", "name", "AC\u{ad}ME", "invisible");
    flawed("name-filler", "a Hangul filler", "name", "\u{3164}", "invisible");
    flawed("name-tag", "tag characters", "name", "ACME\u{e0041}", "tag");
    flawed("name-private", "a private-use character", "name", "ACME\u{e000}", "private_use");
    flawed("name-noncharacter", "a noncharacter", "name", "ACME\u{fdd0}", "noncharacter");
    flawed("name-mathematical", "mathematical letters", "name", "\u{1d400}CME", "not_in_names");
    flawed("name-emoji", "an emoji in a name", "name", "ACME \u{1f4b0}", "not_in_names");
    flawed("name-marks", "five marks on one letter", "name", "Q\u{301}\u{300}\u{302}\u{303}\u{304}", "marks");
    flawed("name-mixed", "one Cyrillic letter in a Latin word", "name", "P\u{430}yPal", "looks_like_latin");
    flawed(
        "name-cyrillic",
        "a Cyrillic word that looks Latin",
        "name",
        "\u{440}\u{430}\u{441}\u{435}",
        "looks_like_latin",
    );
    for (name, about, text) in [
        ("han-zeros", "a Chinese zero in a Latin word", "G\u{3007}\u{3007}GLE"),
        ("han-beside", "a Latin word with a Chinese T, beside Japanese", "\u{4e05}ESLA \u{65e5}\u{672c}"),
        ("han-joined", "a Latin word with a Chinese T, joined to Japanese", "\u{65e5}\u{672c}\u{4e05}ESLA"),
        ("han-stroke", "a Chinese one as a hyphen", "Rolls\u{4e00}Royce"),
        ("kana-slash", "a Japanese letter as a slash", "ACME\u{30ce}GmbH"),
    ] {
        flawed(&format!("name-{name}"), about, "name", text, "looks_like_latin");
    }
    flawed("name-digits", "digits of two systems", "name", "12\u{663}4", "mixed_digits");
    set.drafts
}
