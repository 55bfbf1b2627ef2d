//! The forms in which a secret can appear in a log or in memory. A message that contains a form can
//! itself be base64-encoded, so each text is also searched in base64, at each of the three
//! positions in a group.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use crate::known::{Secret, Value};
use crate::montgomery;

/// One form of a secret.
pub(crate) struct Form {
    pub(crate) name: &'static str,
    pub(crate) bytes: Vec<u8>,
}

/// Shorter pieces would be found by chance.
const SHORTEST: usize = 8;

/// Returns every form once.
pub(crate) fn of(secret: &Secret) -> Vec<Form> {
    let mut forms = Vec::new();
    match &secret.value {
        Value::Text(text) => {
            written(&mut forms, text.as_bytes(), &TEXT);
            put(&mut forms, "text", text.as_bytes().to_vec());
            inside_base64(&mut forms, text.as_bytes());
            let decoded = URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
            if decoded.len() >= 2 * SHORTEST {
                binary(&mut forms, &decoded);
            }
        }
        Value::Bytes(bytes) => binary(&mut forms, bytes),
        Value::Scalar(bytes) => {
            binary(&mut forms, bytes);
            put(&mut forms, "Montgomery form", montgomery::limbs(bytes));
        }
    }
    forms
}

/// Splits a form into halves, so that a partly overwritten form is found. A short form stays whole.
pub(crate) fn pieces(form: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    if form.len() < 2 * SHORTEST {
        return vec![("whole", form.to_vec())];
    }
    let (first, second) = form.split_at(form.len() / 2);
    vec![("first half", first.to_vec()), ("second half", second.to_vec())]
}

/// The names of the encodings of bytes and texts.
struct Names {
    hex: &'static str,
    upper_hex: &'static str,
    list: &'static str,
    json_list: &'static str,
}

const BYTES: Names =
    Names { hex: "hex", upper_hex: "hex, upper case", list: "list of bytes", json_list: "JSON list of bytes" };
const TEXT: Names = Names {
    hex: "hex of the text",
    upper_hex: "hex of the text, upper case",
    list: "list of the text's bytes",
    json_list: "JSON list of the text's bytes",
};

fn binary(forms: &mut Vec<Form>, bytes: &[u8]) {
    put(forms, "bytes", bytes.to_vec());
    // The byte order of numbers on little-endian machines.
    put(forms, "bytes, reversed", bytes.iter().rev().copied().collect());
    written(forms, bytes, &BYTES);
    let url = URL_SAFE_NO_PAD.encode(bytes);
    put(forms, "base64", STANDARD_NO_PAD.encode(bytes).into_bytes());
    inside_base64(forms, url.as_bytes());
    put(forms, "base64url", url.into_bytes());
    inside_base64(forms, bytes);
}

fn written(forms: &mut Vec<Form>, bytes: &[u8], names: &Names) {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    put(forms, names.upper_hex, hex.to_uppercase().into_bytes());
    put(forms, names.hex, hex.into_bytes());
    let numbers: Vec<String> = bytes.iter().map(ToString::to_string).collect();
    put(forms, names.list, numbers.join(", ").into_bytes());
    put(forms, names.json_list, numbers.join(",").into_bytes());
}

/// Returns the base64 characters that depend only on these bytes, for each position in a group.
fn inside_base64(forms: &mut Vec<Form>, bytes: &[u8]) {
    for (before, skip) in [(0, 0), (1, 2), (2, 3)] {
        let padded: Vec<u8> = std::iter::repeat_n(0, before).chain(bytes.iter().copied()).collect();
        // The last group may include the bytes that follow.
        let whole = padded.len() / 3 * 4;
        for text in [URL_SAFE_NO_PAD.encode(&padded), STANDARD_NO_PAD.encode(&padded)] {
            let inner = text.bytes().take(whole).skip(skip).collect();
            put(forms, "inside base64", inner);
        }
    }
}

fn put(forms: &mut Vec<Form>, name: &'static str, bytes: Vec<u8>) {
    if bytes.len() >= SHORTEST && forms.iter().all(|form| form.bytes != bytes) {
        forms.push(Form { name, bytes });
    }
}
