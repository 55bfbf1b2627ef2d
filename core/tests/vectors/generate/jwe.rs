//! Sealed pushes.

use countersign_core::jose::base64url::encode;
use serde_json::{Value, json};

use super::claims::{audience, device, inbox, metadata, request, status, thumbprint};
use super::seal::{Sealer, concat_kdf, sealed};
use super::sign::{exactly, jws, with_unused_bit};
use super::{Draft, Set, swap};
use crate::keys::{key, private_jwk};

/// The name of a case and of its ephemeral key.
const USUAL: &str = "sealed-push-request";

pub(super) fn cases() -> Vec<Draft> {
    let mut set = Set::new("sealed_push", device());
    good(&mut set);
    headers(&mut set);
    ephemeral_keys(&mut set);
    parts(&mut set);
    secrets(&mut set);
    contents(&mut set);
    replaced_keys(&mut set);
    set.drafts
}

fn message() -> String {
    jws("adp-request+jwt", &request(), "server")
}

fn good(set: &mut Set) {
    set.good(USUAL, "a request", sealed(USUAL, &message()));
    let status = jws("adp-status+jwt", &status(), "server");
    set.good("sealed-push-status", "a status", sealed("sealed-push-status", &status));
    let mut reordered = Sealer::new(USUAL, "ek");
    let mut header: Value = serde_json::from_str(&reordered.header).unwrap();
    let epk = header["epk"].take();
    reordered.header = format!(
        r#"{{"epk":{epk}, "kid":{}, "cty":"JWT", "typ":"adp-sealed", "enc":"A256GCM", "alg":"ECDH-ES"}}"#,
        header["kid"]
    );
    let text = reordered.seal(message().as_bytes()).join(".");
    set.good("sealed-push-header-reordered", "members in another order, with spaces", text);
    let sized = |length| {
        exactly(length, |grow, adjust| {
            let mut claims = request();
            claims["client"]["name"] = "a".repeat(grow).into();
            let mut sealer = Sealer::new(USUAL, "ek");
            sealer.header += &" ".repeat(adjust);
            sealer.seal(jws("adp-request+jwt", &claims, "server").as_bytes()).join(".")
        })
    };
    set.good("sealed-push-8192-bytes", "as long as a message may be", sized(8192));
    set.bad("sealed-push-8193-bytes", "one byte longer than a message may be", sized(8193), "size");
}

fn headers(set: &mut Set) {
    let valid = Sealer::new(USUAL, "ek").header;
    let kid = thumbprint("ek").to_string();
    let more = |member: &str| swap(&valid, r#"{"alg""#, &format!(r#"{{{member},"alg""#));
    for (name, about, header, code) in [
        ("alg-dir", "a key agreed beforehand", swap(&valid, "ECDH-ES", "dir"), "algorithm"),
        ("alg-a256kw", "a wrapped key", swap(&valid, "ECDH-ES", "ECDH-ES+A256KW"), "algorithm"),
        ("alg-rsa-oaep", "RSA", swap(&valid, "ECDH-ES", "RSA-OAEP-256"), "algorithm"),
        (
            "alg-pbes2",
            "a password, with a count of rounds",
            swap(&more(r#""p2c":2147483647"#), "ECDH-ES", "PBES2-HS256+A128KW"),
            "header",
        ),
        ("enc-a128gcm", "a shorter content key", swap(&valid, "A256GCM", "A128GCM"), "algorithm"),
        ("enc-cbc", "another content encryption", swap(&valid, "A256GCM", "A256CBC-HS512"), "algorithm"),
        ("typ-other", "another type", swap(&valid, "adp-sealed", "JOSE"), "type"),
        ("typ-missing", "no type", swap(&valid, r#""typ":"adp-sealed","#, ""), "header"),
        ("cty-other", "another content", swap(&valid, r#""JWT""#, r#""JWE""#), "type"),
        ("cty-missing", "no content type", swap(&valid, r#""cty":"JWT","#, ""), "header"),
        ("zip", "compressed", more(r#""zip":"DEF""#), "header"),
        ("crit", "a critical extension", more(r#""crit":["exp"]"#), "header"),
        ("apu", "party information of the sender, empty", more(r#""apu":"""#), "header"),
        ("apv", "party information of the receiver", more(r#""apv":"Qm9i""#), "header"),
        ("jwk", "a key beside the ephemeral one", more(r#""jwk":{}"#), "header"),
        ("kid-twice", "kid twice", more(&format!(r#""kid":"{kid}""#)), "header"),
        ("epk-missing", "no ephemeral key", format!("{}}}", valid.split_once(r#","epk""#).unwrap().0), "header"),
        (
            "kid-dk",
            "sealed to another key of the same device",
            swap(&valid, &kid, &thumbprint("dk").to_string()),
            "kid",
        ),
        ("kid-unknown", "sealed to a key of nobody", swap(&valid, &kid, &thumbprint("stranger").to_string()), "kid"),
    ] {
        let mut sealer = Sealer::new(USUAL, "ek");
        sealer.header = header;
        set.bad(&format!("sealed-push-{name}"), about, sealer.seal(message().as_bytes()).join("."), code);
    }
}

fn ephemeral_keys(set: &mut Set) {
    let valid = Sealer::new(USUAL, "ek").header;
    let point = key(USUAL).public().as_sec1().to_owned();
    let (x, y) = (&point[1..33], &point[33..]);
    let ec = |curve: &str, x: &[u8], y: &[u8]| json!({ "kty": "EC", "crv": curve, "x": encode(x), "y": encode(y) });
    let mut off = y.to_vec();
    off[31] ^= 1;
    let prime_and_more = [0xff; 32];
    let with = |name: &str, value: Value| {
        let mut jwk = ec("P-256", x, y);
        jwk[name] = value;
        jwk
    };
    for (name, about, jwk) in [
        ("off-curve", "a point that is not on the curve", ec("P-256", x, &off)),
        ("infinity", "zero for both coordinates", ec("P-256", &[0; 32], &[0; 32])),
        ("x-over-prime", "a coordinate that is no element of the field", ec("P-256", &prime_and_more, y)),
        ("257-bits", "a zero byte before x", ec("P-256", &[&[0], x].concat(), y)),
        ("31-bytes", "x without its last byte", ec("P-256", &x[..31], y)),
        ("compressed", "no y", json!({ "kty": "EC", "crv": "P-256", "x": encode(x) })),
        ("wrong-curve", "the same numbers under another curve's name", ec("P-384", x, y)),
        ("secp256k1", "the same numbers under another curve's name of the same size", ec("secp256k1", x, y)),
        ("okp", "a key of another type", json!({ "kty": "OKP", "crv": "X25519", "x": encode(x), "y": encode(y) })),
        ("private", "the private half too", with("d", encode([1; 32]).into())),
        ("kid", "a name of the ephemeral key", with("kid", "e".into())),
        ("x-padded", "padding after x", with("x", format!("{}=", encode(x)).into())),
        ("x-unused-bit", "an unused bit of x", with("x", with_unused_bit(&encode(x)).into())),
        ("array", "the key's values as an array", json!(["EC", "P-256", encode(x), encode(y)])),
    ] {
        let mut sealer = Sealer::new(USUAL, "ek");
        let at = valid.split_once(r#""epk":"#).unwrap().0;
        sealer.header = format!(r#"{at}"epk":{jwk}}}"#);
        set.bad(&format!("sealed-push-epk-{name}"), about, sealer.seal(message().as_bytes()).join("."), "header");
    }
}

fn parts(set: &mut Set) {
    let [head, _, iv, text, tag] = Sealer::new(USUAL, "ek").seal(message().as_bytes());
    let changed = |part: &str| format!("{}{}", if part.starts_with('A') { 'B' } else { 'A' }, &part[1..]);
    let cut = |part: &str, bytes: usize| encode(&countersign_core::jose::base64url::decode(part).unwrap()[..bytes]);
    let longer = |part: &str| encode([countersign_core::jose::base64url::decode(part).unwrap(), vec![0]].concat());
    let spaced = Sealer::new(USUAL, "ek").header + " ";
    for (name, about, jwe, code) in [
        ("empty", "nothing", String::new(), "parts"),
        ("four-parts", "no tag", format!("{head}..{iv}.{text}"), "parts"),
        ("six-parts", "a sixth part", format!("{head}..{iv}.{text}.{tag}.AA"), "parts"),
        ("encrypted-key", "an encrypted key where none belongs", format!("{head}.AA.{iv}.{text}.{tag}"), "parts"),
        ("not-sealed", "the request without its seal", message(), "parts"),
        ("iv-8-bytes", "an IV of 8 bytes", format!("{head}..{}.{text}.{tag}", cut(&iv, 8)), "base64"),
        ("iv-16-bytes", "an IV of 16 bytes", format!("{head}..{}.{text}.{tag}", encode([0; 16])), "base64"),
        ("iv-changed", "another IV", format!("{head}..{}.{text}.{tag}", changed(&iv)), "decrypt"),
        ("iv-empty", "no IV", format!("{head}...{text}.{tag}"), "base64"),
        ("text-changed", "another first byte", format!("{head}..{iv}.{}.{tag}", changed(&text)), "decrypt"),
        ("text-empty", "no text", format!("{head}..{iv}..{tag}"), "decrypt"),
        ("text-longer", "a byte more", format!("{head}..{iv}.{}.{tag}", longer(&text)), "decrypt"),
        ("text-padded", "padding after the text", format!("{head}..{iv}.{text}=.{tag}"), "base64"),
        ("tag-changed", "another tag", format!("{head}..{iv}.{text}.{}", changed(&tag)), "decrypt"),
        ("tag-12-bytes", "a tag cut to 96 bits", format!("{head}..{iv}.{text}.{}", cut(&tag, 12)), "base64"),
        ("tag-17-bytes", "a tag of 17 bytes", format!("{head}..{iv}.{text}.{}", longer(&tag)), "base64"),
        ("tag-empty", "no tag", format!("{head}..{iv}.{text}."), "base64"),
        (
            "tag-unused-bit",
            "an unused bit of the tag",
            format!("{head}..{iv}.{text}.{}", with_unused_bit(&tag)),
            "base64",
        ),
        ("tag-newline", "a line break at the end", format!("{head}..{iv}.{text}.{tag}\n"), "base64"),
        (
            "header-spaced",
            "a space more in the header, which the tag covers",
            format!("{}..{iv}.{text}.{tag}", encode(spaced)),
            "decrypt",
        ),
    ] {
        set.bad(&format!("sealed-push-{name}"), about, jwe, code);
    }
}

fn secrets(set: &mut Set) {
    let mut raw = Sealer::new(USUAL, "ek");
    raw.key = raw.agreed;
    set.bad(
        "sealed-push-no-kdf",
        "the agreed secret itself as the key",
        raw.seal(message().as_bytes()).join("."),
        "decrypt",
    );
    let mut party = Sealer::new(USUAL, "ek");
    party.key = concat_kdf(&party.agreed, b"Alice");
    let text = party.seal(message().as_bytes()).join(".");
    set.bad("sealed-push-kdf-with-party", "a key derived with party information", text, "decrypt");
    let mut other = Sealer::new(USUAL, "stranger");
    other.header = Sealer::new(USUAL, "ek").header;
    let text = other.seal(message().as_bytes()).join(".");
    set.bad("sealed-push-to-another", "sealed to another key under this one's name", text, "decrypt");
}

fn contents(set: &mut Set) {
    let seal = |name: &str, text: &str| sealed(&format!("sealed-push-{name}"), text);
    let mut other = request();
    other["aud"] = json!(audience("stranger"));
    for (name, about, text, code) in [
        ("of-sealed", "a sealed message inside a sealed message", sealed(USUAL, &message()), "parts"),
        ("of-nothing", "no text inside", String::new(), "parts"),
        (
            "of-claims",
            "claims without a signature inside",
            swap(&status().to_string(), "https://bank.example", "https://bank"),
            "parts",
        ),
        ("of-inbox", "an inbox inside", jws("adp-inbox+jwt", &inbox(&[]), "server"), "type"),
        ("of-metadata", "metadata inside", jws("adp-metadata+jwt", &metadata("server"), "server"), "type"),
        (
            "of-status-typed-request",
            "a status under the type of a request inside",
            jws("adp-request+jwt", &status(), "server"),
            "claims",
        ),
        ("of-forged", "a request by a key of nobody inside", jws("adp-request+jwt", &request(), "stranger"), "kid"),
        (
            "of-other-device",
            "a request for another device, forwarded",
            jws("adp-request+jwt", &other, "server"),
            "audience",
        ),
    ] {
        set.bad(&format!("sealed-push-{name}"), about, seal(name, &text), code);
    }
    let bytes = Sealer::new("sealed-push-of-bytes", "ek").seal(&[0xff, 0xfe, 0x00]).join(".");
    set.bad("sealed-push-of-bytes", "bytes that are no text inside", bytes, "base64");
}

/// After a rotation, a message sealed to the previous key opens while it can still be in flight.
fn replaced_keys(set: &mut Set) {
    let mut claims = request();
    claims["aud"] = json!(audience("former-dk"));
    let text = jws("adp-request+jwt", &claims, "server");
    let sealed = Sealer::new("sealed-push-former", "former-ek").seal(text.as_bytes()).join(".");
    set.bad("sealed-push-former-unknown", "sealed to an EK that this device does not know", sealed.clone(), "kid");
    set.given["former"] = json!({ "dk": private_jwk("former-dk"), "ek": private_jwk("former-ek") });
    set.good("sealed-push-former", "sealed to the EK that was replaced a moment ago", sealed);
}
