//! Tests with hostile and honest texts. `hostile.tsv` states for each text what is drawn and which
//! flaw it has.

use super::*;

/// The corpus with four columns: kind, text, flaw (`ok` for none) and the drawn text (`=` for the
/// text itself, empty if it is not checked). [`unescape`] reads the texts.
const CORPUS: &str = include_str!("hostile.tsv");

#[test]
fn corpus_texts_are_drawn_and_rated_as_listed() {
    let mut wrong = Vec::new();
    for (number, line) in CORPUS.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
        let columns: Vec<&str> = line.split('\t').collect();
        let &[kind, raw, flaw, drawn] = columns.as_slice() else {
            panic!("line {} does not have four columns", number + 1)
        };
        let raw = unescape(raw);
        let text = match kind {
            "name" => name(&raw),
            "label" => label(&raw),
            "message" => message(&raw),
            _ => panic!("line {} has the unknown kind {kind}", number + 1),
        };
        let drawn = if drawn == "=" { raw.clone() } else { unescape(drawn) };
        let rated = text.flaw().map_or("ok", TextError::code);
        if rated != flaw || (!drawn.is_empty() && text.shown() != drawn) {
            wrong.push(format!("line {}: {rated} {:?} for {line:?}", number + 1, text.shown()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// No case occurs twice, and every flaw has several cases.
#[test]
fn corpus_is_large_and_covers_every_flaw() {
    let cases: Vec<&str> = CORPUS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let mut texts: Vec<(&str, String)> = cases
        .iter()
        .map(|case| case.split_once('\t').unwrap())
        .map(|(kind, rest)| (kind, unescape(rest.split('\t').next().unwrap())))
        .collect();
    texts.sort_unstable();
    let twice: Vec<_> = texts.windows(2).filter(|pair| pair[0] == pair[1]).collect();
    assert!(twice.is_empty(), "{twice:?}");
    assert!(cases.len() >= 300, "{}", cases.len());
    let of = |kind: &str, flaw: &str| {
        let same = |case: &&&str| case.split('\t').next() == Some(kind) && case.split('\t').nth(2) == Some(flaw);
        cases.iter().filter(same).count()
    };
    for (kind, flaw, least) in [
        ("name", "ok", 80),
        ("message", "ok", 80),
        ("label", "ok", 4),
        ("name", "empty", 2),
        ("name", "too_long", 2),
        ("message", "too_long", 5),
        ("name", "control", 10),
        ("name", "bidi", 12),
        ("name", "invisible", 35),
        ("name", "tag", 3),
        ("name", "private_use", 4),
        ("name", "unassigned", 4),
        ("name", "noncharacter", 5),
        ("name", "not_in_names", 70),
        ("name", "marks", 6),
        ("name", "mixed_scripts", 20),
        ("name", "looks_like_latin", 20),
        ("name", "mixed_digits", 8),
    ] {
        assert!(of(kind, flaw) >= least, "{kind} {flaw}: {}", of(kind, flaw));
    }
}

/// Reads `\u{202E}`, `
/// `, `\t` and `\*N{text}`, which repeats the text N times.
fn unescape(column: &str) -> String {
    let mut out = String::new();
    let mut rest = column;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        let (escape, following) = match after.chars().next() {
            Some('n') => ("\n".to_owned(), &after[1..]),
            Some('t') => ("\t".to_owned(), &after[1..]),
            Some('u') => {
                let (hex, following) = after[2..].split_once('}').unwrap();
                (char::from_u32(u32::from_str_radix(hex, 16).unwrap()).unwrap().to_string(), following)
            }
            Some('*') => {
                let (times, following) = after[1..].split_once('{').unwrap();
                let close = following.rfind('}').unwrap();
                (unescape(&following[..close]).repeat(times.parse().unwrap()), &following[close + 1..])
            }
            _ => panic!("unknown escape in {column:?}"),
        };
        out.push_str(&escape);
        rest = following;
    }
    out + rest
}
