//! The form, header and signature of a signed message, with a request as the example.

use countersign_core::jose::base64url::encode;
use serde_json::json;

use super::claims::{device, request, status, thumbprint};
use super::sign::{Half, exactly, header, jws, parts, raw, signature, with_signature, with_unused_bit};
use super::{Draft, Set, swap};
use crate::keys::{key, public_jwk};

const TYP: &str = "adp-request+jwt";
/// The order of the P-256 group.
const N: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa,
    0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

pub(super) fn cases() -> Vec<Draft> {
    let mut set = Set::new("request", device());
    headers(&mut set);
    types(&mut set);
    forms(&mut set);
    signatures(&mut set);
    sizes(&mut set);
    set.drafts
}

fn headers(set: &mut Set) {
    let (claims, valid) = (request().to_string(), header(TYP, "server"));
    let mut with = |name: &str, about: &str, header: String, code: &str| {
        set.bad(&format!("jws-{name}"), about, raw(&header, &claims, "server"), code);
    };
    let alg = |alg: &str| swap(&valid, r#""ES256""#, alg);
    let more = |member: &str| swap(&valid, r#"{"alg""#, &format!(r#"{{{member},"alg""#));
    with("alg-none-signed", "alg none does not become right by a right signature", alg(r#""none""#), "algorithm");
    with("alg-es384", "another curve's algorithm", alg(r#""ES384""#), "algorithm");
    with("alg-lower-case", "the algorithm's name in lower case", alg(r#""es256""#), "algorithm");
    with("alg-list", "alg as a list", alg(r#"["ES256"]"#), "header");
    with("alg-null", "alg is null", alg("null"), "header");
    with("alg-missing", "no alg", swap(&valid, r#""alg":"ES256","#, ""), "header");
    with("kid-missing", "no kid", swap(&valid, &format!(r#""kid":"{}","#, thumbprint("server")), ""), "header");
    with("typ-missing", "no typ", swap(&valid, &format!(r#","typ":"{TYP}""#), ""), "header");
    let jwk = public_jwk("stranger");
    with("jwk", "a key in the header, which signed", more(&format!(r#""jwk":{jwk}"#)), "header");
    with("jku", "a link to keys", more(r#""jku":"https://evil.example/keys""#), "header");
    with("x5c", "a certificate chain", more(r#""x5c":["AA"]"#), "header");
    with("x5u", "a link to certificates", more(r#""x5u":"https://evil.example/chain""#), "header");
    with("crit", "a critical extension", more(r#""crit":["exp"]"#), "header");
    with("b64", "an unencoded payload (RFC 7797)", more(r#""b64":false,"crit":["b64"]"#), "header");
    with("zip", "a compressed payload", more(r#""zip":"DEF""#), "header");
    with("cty", "a member that only a sealed message has", more(r#""cty":"JWT""#), "header");
    with("header-member-unknown", "a member that nobody knows", more(r#""x":1"#), "header");
    with("alg-twice", "alg twice, both the same", more(r#""alg":"ES256""#), "header");
    with("alg-twice-none-first", "alg twice, none first", more(r#""alg":"none""#), "header");
    with("alg-twice-escaped", "alg twice, once written with an escape", more(r#""\u0061lg":"none""#), "header");
    with("typ-twice", "typ twice", more(&format!(r#""typ":"{TYP}""#)), "header");
    let array = format!(r#"["ES256","{}","{TYP}"]"#, thumbprint("server"));
    with("header-array", "the header's values as an array", array, "header");
    with("header-trailing", "text after the header's object", format!("{valid}{{}}"), "header");
    with("header-bom", "a byte order mark before the header", format!("\u{feff}{valid}"), "header");
    with("header-empty", "an empty header", String::new(), "header");
    let kid = |kid: &str| swap(&valid, &thumbprint("server").to_string(), kid);
    with("kid-of-device", "kid names the device's own key", kid(&thumbprint("dk").to_string()), "kid");
    with("kid-unknown", "kid names a key of nobody", kid(&thumbprint("stranger").to_string()), "kid");
    with("kid-31-bytes", "kid of 31 bytes", kid(&encode([7; 31])), "header");
    with("kid-33-bytes", "kid of 33 bytes", kid(&encode([7; 33])), "header");
    with("kid-padded", "kid with padding", kid(&format!("{}=", thumbprint("server"))), "header");
    with(
        "kid-unused-bit",
        "kid with an unused bit set",
        kid(&with_unused_bit(&thumbprint("server").to_string())),
        "header",
    );
    let reordered = format!(r#"{{ "typ":"{TYP}", "kid":"{}", "alg":"ES256" }}"#, thumbprint("server"));
    set.good("jws-header-reordered", "members in another order, with spaces", raw(&reordered, &claims, "server"));
    let escaped = swap(&valid, r#""alg""#, r#""\u0061lg""#);
    set.good("jws-header-escaped", "a member's name written with an escape", raw(&escaped, &claims, "server"));
}

fn types(set: &mut Set) {
    let claims = request();
    for typ in ["adp-status+jwt", "adp-inbox+jwt", "adp-receipt+jwt", "adp-decision+jwt", "adp-metadata+jwt", "JWT"] {
        let short = typ.trim_start_matches("adp-").trim_end_matches("+jwt").to_lowercase();
        let about = format!("the claims of a request under the type {typ}");
        set.bad(&format!("jws-typ-{short}"), &about, jws(typ, &claims, "server"), "type");
    }
    let upper = jws("ADP-REQUEST+JWT", &claims, "server");
    set.bad("jws-typ-upper-case", "the type in capitals", upper, "type");
    let long = jws("application/adp-request+jwt", &claims, "server");
    set.bad("jws-typ-with-application", "the type with the prefix that RFC 7515 leaves out", long, "type");
    let under = jws(TYP, &status(), "server");
    set.bad("jws-claims-of-status", "the claims of a status under the type of a request", under, "claims");
}

fn forms(set: &mut Set) {
    let good = jws(TYP, &request(), "server");
    let [head, body, sign] = three(&good);
    let unsigned = format!("{}.{body}.", encode(swap(&header(TYP, "server"), "ES256", "none")));
    set.bad("jws-alg-none", "alg none and an empty signature", unsigned, "algorithm");
    let mac = format!("{}.{body}", encode(swap(&header(TYP, "server"), "ES256", "HS256")));
    let secret = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, key("server").public().as_sec1());
    let mac = format!("{mac}.{}", encode(ring::hmac::sign(&secret, mac.as_bytes())));
    set.bad("jws-hs256-public-key", "HS256 with the public key as its secret", mac, "algorithm");
    for (name, about, text, code) in [
        ("empty", "nothing", String::new(), "parts"),
        ("two-parts", "no signature and no dot before it", format!("{head}.{body}"), "parts"),
        ("four-parts", "a fourth part", format!("{good}.AA"), "parts"),
        ("trailing-dot", "a dot at the end", format!("{good}."), "parts"),
        (
            "json-form",
            "the JSON serialisation",
            json!({ "protected": head, "payload": body, "signature": sign }).to_string(),
            "parts",
        ),
        ("detached", "no payload", format!("{head}..{sign}"), "signature"),
        ("signature-empty", "an empty signature under ES256", format!("{head}.{body}."), "signature"),
        ("signature-padded", "padding after the signature", format!("{good}=="), "base64"),
        ("signature-newline", "a line break after the signature", format!("{good}\n"), "base64"),
        ("signature-space", "a space before the signature", format!("{head}.{body}. {sign}"), "base64"),
        ("signature-unused-bit", "an unused bit of the signature's last character", with_unused_bit(&good), "base64"),
        ("signature-plain-alphabet", "a character of plain base64", format!("{head}.{body}.+{}", &sign[1..]), "base64"),
        ("header-padded", "padding after the header", format!("{head}=.{body}.{sign}"), "base64"),
        ("leading-space", "a space before everything", format!(" {good}"), "base64"),
        ("leading-bom", "a byte order mark before everything", format!("\u{feff}{good}"), "base64"),
        (
            "payload-changed",
            "one character of the payload is another",
            format!("{head}.{}.{sign}", other_first(body)),
            "signature",
        ),
    ] {
        set.bad(&format!("jws-{name}"), about, text, code);
    }
    let padded = parts(head, &format!("{body}="), "server");
    set.bad("jws-payload-padded", "padding after the payload, and signed so", padded, "base64");
    let spaced = parts(head, &format!("{body}\n"), "server");
    set.bad("jws-payload-newline", "a line break after the payload, and signed so", spaced, "base64");
}

fn signatures(set: &mut Set) {
    let good = jws(TYP, &request(), "server");
    let (input, _) = good.rsplit_once('.').unwrap();
    let valid = signature(input, "server", Half::Lower);
    let (r, s) = valid.split_at(32);
    let upper = signature(input, "server", Half::Upper);
    let (zero, one) = ([0_u8; 32], {
        let mut one = [0_u8; 32];
        one[31] = 1;
        one
    });
    let mut der = vec![0x30, 68, 0x02, 32];
    der.extend_from_slice(&valid[..32]);
    der.extend_from_slice(&[0x02, 32]);
    der.extend_from_slice(&valid[32..]);
    for (name, about, bytes) in [
        ("zero", "r and s are zero", [zero, zero].concat()),
        ("r-zero", "r is zero", [&zero, s].concat()),
        ("s-zero", "s is zero", [r, &zero].concat()),
        ("r-n", "r is the order of the group", [&N, s].concat()),
        ("s-n", "s is the order of the group", [r, &N].concat()),
        ("one", "r and s are one", [one, one].concat()),
        ("all-ones", "every bit is set", vec![0xff; 64]),
        ("upper-half", "a right signature whose s is in the upper half", upper.to_vec()),
        ("63-bytes", "the last byte is missing", valid[..63].to_vec()),
        ("65-bytes", "a zero byte more at the end", [valid.as_slice(), &[0]].concat()),
        ("66-bytes", "r and s of 33 bytes, a zero before each", [&[0], r, &[0], s].concat()),
        ("der", "r and s in DER", der),
        ("swapped", "s before r", [s, r].concat()),
        ("of-another-key", "the signature of another key", signature(input, "stranger", Half::Lower).to_vec()),
        ("of-another-message", "the signature of another message", signature("a.b", "server", Half::Lower).to_vec()),
    ] {
        set.bad(&format!("jws-signature-{name}"), about, with_signature(&good, &bytes), "signature");
    }
}

fn sizes(set: &mut Set) {
    let sized = |length| {
        exactly(length, |grow, adjust| {
            let mut claims = request();
            claims["client"]["name"] = "a".repeat(grow).into();
            raw(&(header(TYP, "server") + &" ".repeat(adjust)), &claims.to_string(), "server")
        })
    };
    set.good("jws-8192-bytes", "as long as a message may be", sized(8192));
    set.bad("jws-8193-bytes", "one byte longer than a message may be", sized(8193), "size");
}

fn three(jws: &str) -> [&str; 3] {
    jws.split('.').collect::<Vec<_>>().try_into().unwrap()
}

fn other_first(part: &str) -> String {
    let first = if part.starts_with('A') { 'B' } else { 'A' };
    format!("{first}{}", &part[1..])
}
