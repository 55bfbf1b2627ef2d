//! The claims of a request: addresses, times, exact members and types.

use serde_json::{Value, json};

use super::claims::{NOW, audience, device, payment, request};
use super::sign::{header, jws, raw};
use super::{Draft, Set, swap};
use crate::keys::private_jwk;

const TYP: &str = "adp-request+jwt";

pub(super) fn cases() -> Vec<Draft> {
    let mut set = Set::new("request", device());
    good(&mut set);
    addressed(&mut set);
    times(&mut set);
    members(&mut set);
    bindings(&mut set);
    replaced_keys(&mut set);
    set.drafts
}

fn signed(claims: &Value) -> String {
    jws(TYP, claims, "server")
}

/// Returns valid claims with one member replaced or removed.
fn with(name: &str, value: Value) -> Value {
    let mut claims = request();
    claims[name] = value;
    claims
}

/// Returns valid claims with one text replaced.
fn written(from: &str, to: &str) -> String {
    raw(&header(TYP, "server"), &swap(&request().to_string(), from, to), "server")
}

fn good(set: &mut Set) {
    set.good("request-payment-entry", "a payment to approve by typing six digits", signed(&request()));
    let login = json!({
        "iss": request()["iss"], "aud": audience("dk"), "sub": "enrolment-1", "jti": "request-2", "txn": "txn-2",
        "iat": NOW, "exp": NOW + 120, "seq": 1, "client": { "id": "shop", "name": "ACME Shop" },
        "uv": "required", "binding": { "mode": "none" }, "nonce": "nonce-2",
    });
    set.good("request-login-least", "a login with no optional member", signed(&login));
    let mut all = request();
    all["scope"] = "openid profile".into();
    all["acr"] = "urn:example:sca".into();
    all["binding"] = json!({ "mode": "display" });
    all["message"] = "K7".into();
    all["details"] = json!([payment(), payment()]);
    all["context"] = json!({ "ip": "192.0.2.1", "place": "Berlin", "agent": "Firefox on Linux", "at": NOW - 5 });
    all["ext"] = json!([]);
    set.good("request-every-member", "every optional member, two payments", signed(&all));
    let choice = with("binding", json!({ "mode": "choice", "options": ["17", "42", "80"] }));
    set.good("request-choice", "a choice of three values", signed(&choice));
    set.good(
        "request-scan",
        "a secret to scan off the other screen",
        signed(&with("binding", json!({ "mode": "scan" }))),
    );
    set.good("request-lifetime-1", "a life of one second", signed(&with("exp", (NOW + 1).into())));
    set.good("request-lifetime-600", "the longest life", signed(&with("exp", (NOW + 600).into())));
    set.good(
        "request-unknown-extension",
        "a critical extension that nobody knows: it can be denied, so it opens",
        signed(&with("ext", json!(["urn:example:new"]))),
    );
    set.good(
        "request-uv-none",
        "no user verification: it can be denied, so it opens",
        signed(&with("uv", "none".into())),
    );
    set.good("request-spaced", "white space between the members", written(r#","nonce""#, " ,\r\n\t\"nonce\" "));
    let deep = format!("{}{}", "[".repeat(300), "]".repeat(300));
    let detail = written(r#""details":["#, &format!(r#""details":[{{"type":"deep","a":{deep}}},"#));
    set.good(
        "request-detail-nested-300",
        "a detail nested 300 deep: details are kept as text, so it opens and can be denied",
        detail,
    );
    set.good(
        "request-detail-numbers",
        "numbers of every form inside a detail are no concern of the message",
        written(r#""details":["#, r#""details":[{"type":"x","a":[1.50,-0,1e400]},"#),
    );
}

fn addressed(set: &mut Set) {
    for (name, about, member, value, code) in [
        ("iss-other", "another issuer", "iss", json!("https://other.example"), "issuer"),
        ("iss-port", "the issuer with another port", "iss", json!("https://bank.example:8443"), "issuer"),
        (
            "iss-default-port",
            "the issuer with the default port: compared as text",
            "iss",
            json!("https://bank.example:443"),
            "issuer",
        ),
        ("iss-upper-case", "the issuer in capitals: compared as text", "iss", json!("https://BANK.example"), "issuer"),
        ("iss-http", "an issuer that is no https URL", "iss", json!("http://bank.example"), "claims"),
        ("iss-slash", "an issuer with a slash at the end", "iss", json!("https://bank.example/"), "claims"),
        ("aud-other-device", "for another device", "aud", json!(audience("stranger")), "audience"),
        ("aud-uvk", "for the device's other key", "aud", json!(audience("uvk")), "audience"),
        (
            "aud-bare-thumbprint",
            "a thumbprint without its URN",
            "aud",
            json!(super::claims::thumbprint("dk").to_string()),
            "claims",
        ),
        (
            "aud-sha-512",
            "a URN of another digest",
            "aud",
            json!(audience("dk").replace("sha-256", "sha-512")),
            "claims",
        ),
        ("aud-list", "a list of audiences", "aud", json!([audience("dk")]), "claims"),
        ("sub-other", "another enrolment", "sub", json!("enrolment-2"), "enrolment"),
        ("sub-empty", "an empty enrolment", "sub", json!(""), "claims"),
        ("sub-65", "an enrolment id of 65 characters", "sub", json!("a".repeat(65)), "claims"),
        ("txn-slash", "a txn that could leave its place in a URL", "txn", json!("../txn"), "claims"),
        ("txn-dot", "a txn that a URL parser removes", "txn", json!("."), "claims"),
        ("txn-dots", "a txn that removes the segment before it in a URL", "txn", json!(".."), "claims"),
        ("jti-space", "a jti with a space", "jti", json!("a b"), "claims"),
    ] {
        set.bad(&format!("request-{name}"), about, signed(&with(member, value)), code);
    }
}

fn times(set: &mut Set) {
    for (name, about, life) in [
        ("lifetime-0", "a life of no time", 0),
        ("lifetime-601", "one second longer than the longest life", 601),
        ("lifetime-negative", "an end before the beginning", -1),
    ] {
        set.bad(&format!("request-{name}"), about, signed(&with("exp", (NOW + life).into())), "lifetime");
    }
    let exp = r#""exp":1800000300"#;
    for (name, about, to) in [
        ("exp-string", "exp as a string", r#""exp":"1800000300""#),
        ("exp-float", "exp with a fraction of nothing", r#""exp":1800000300.0"#),
        ("exp-exponent", "exp with an exponent", r#""exp":18000003e2"#),
        ("exp-leading-zero", "exp with a leading zero", r#""exp":01800000300"#),
        ("exp-negative-zero", "exp is minus zero", r#""exp":-0"#),
        ("exp-plus", "exp with a plus sign", r#""exp":+1800000300"#),
        ("exp-hex", "exp in hexadecimal", r#""exp":0x6b49d32c"#),
        ("exp-null", "exp is null", r#""exp":null"#),
        ("exp-true", "exp is true", r#""exp":true"#),
        ("exp-list", "exp in a list", r#""exp":[1800000300]"#),
        ("exp-twice", "exp twice, the later one later", r#""exp":1800000300,"exp":1800000600"#),
        ("exp-twice-escaped", "exp twice, once written with an escape", r#""exp":1800000300,"\u0065xp":1800000600"#),
        ("exp-year-10000", "a time after the year 9999", r#""exp":253402300800"#),
        ("exp-over-64-bits", "a number that needs more than 64 bits", r#""exp":18446744073709551917"#),
        ("exp-infinity", "a number too large for any type", r#""exp":1e999"#),
    ] {
        set.bad(&format!("request-{name}"), about, written(exp, to), "claims");
    }
    set.bad("request-iat-negative", "a time before 1970", signed(&with("iat", (-1).into())), "claims");
    set.bad("request-seq-negative", "a negative counter", signed(&with("seq", (-1).into())), "claims");
    set.bad(
        "request-seq-over-64-bits",
        "a counter of 65 bits",
        written(r#""seq":7"#, r#""seq":18446744073709551616"#),
        "claims",
    );
}

fn members(set: &mut Set) {
    for (name, about, from, to) in [
        ("member-unknown", "a member that nobody knows", r#""seq":7"#, r#""seq":7,"sep":7"#),
        (
            "member-unknown-deep",
            "an unknown member nested 200 deep",
            r#""seq":7"#,
            &format!(r#""seq":7,"x":{}1{}"#, "[".repeat(200), "]".repeat(200)),
        ),
        ("member-case", "a member's name in capitals", r#""nonce""#, r#""Nonce""#),
        (
            "client-unknown-member",
            "an unknown member of the client",
            r#""name":"ACME Shop""#,
            r#""name":"ACME Shop","logo":"x""#,
        ),
        (
            "client-array",
            "the client's values as an array",
            r#"{"id":"shop","name":"ACME Shop"}"#,
            r#"["shop","ACME Shop"]"#,
        ),
        (
            "client-name-twice",
            "two names of the client",
            r#""name":"ACME Shop""#,
            r#""name":"ACME Shop","name":"ACME""#,
        ),
        ("client-name-number", "the client's name is a number", r#""name":"ACME Shop""#, r#""name":7"#),
        ("details-object", "details that are no list", r#""details":["#, r#""details":{},"message":["#),
        ("uv-preferred", "a value of uv that nobody knows", r#""uv":"required""#, r#""uv":"preferred""#),
        ("uv-upper-case", "uv in capitals", r#""uv":"required""#, r#""uv":"REQUIRED""#),
        ("nonce-missing", "no nonce", r#""nonce":"nonce-1","#, ""),
        ("surrogate", "half of a surrogate pair", r#""scope":"openid""#, r#""scope":"\ud800""#),
        (
            "control-in-string",
            "a control character inside a string, not escaped",
            r#""scope":"openid""#,
            "\"scope\":\"open\u{1}id\"",
        ),
        ("scope-null", "null where a scope may be absent", r#""scope":"openid""#, r#""scope":null"#),
        ("message-null", "null where a message may be absent", r#""seq":7"#, r#""seq":7,"message":null"#),
        ("client-null", "null for the client", r#"{"id":"shop","name":"ACME Shop"}"#, "null"),
        ("trailing-comma", "a comma after the last member", r#"required"}"#, r#"required",}"#),
        ("comment", "a comment", r#""seq":7"#, r#""seq":7/*seven*/"#),
        ("single-quotes", "single quotes", r#""seq":7"#, "'seq':7"),
    ] {
        set.bad(&format!("request-{name}"), about, written(from, to), "claims");
    }
    let claims = request().to_string();
    for (name, about, text) in [
        ("trailing-text", "text after the claims", format!("{claims} x")),
        ("trailing-object", "another object after the claims", format!("{claims}{{}}")),
        ("bom", "a byte order mark before the claims", format!("\u{feff}{claims}")),
        ("claims-array", "the claims in an array", format!("[{claims}]")),
        ("claims-null", "the claims are null", "null".into()),
        ("claims-empty", "no claims", String::new()),
        ("claims-nested-5000", "5000 brackets", "[".repeat(5000)),
    ] {
        set.bad(&format!("request-{name}"), about, raw(&header(TYP, "server"), &text, "server"), "claims");
    }
    let mut bytes = claims.into_bytes();
    let at = bytes.windows(4).position(|four| four == b"ACME").unwrap();
    bytes[at] = 0xff;
    let [head, body] = [header(TYP, "server").into_bytes(), bytes].map(countersign_core::jose::base64url::encode);
    set.bad("request-not-utf-8", "a byte that is no UTF-8", super::sign::parts(&head, &body, "server"), "claims");
}

fn bindings(set: &mut Set) {
    for (name, about, binding) in [
        ("other-mode", "a mode that version 1 does not have", json!({ "mode": "nfc" })),
        ("scan-length", "mode scan with a member of another mode", json!({ "mode": "scan", "length": 22 })),
        (
            "scan-with-value",
            "the secret itself, which must never reach the phone by network",
            json!({ "mode": "scan", "value": "b5TVKQ3gM_kW8-fZp1xYtA" }),
        ),
        ("missing-mode", "no mode", json!({ "length": 6, "charset": "digits" })),
        ("none-with-length", "mode none with a member of another mode", json!({ "mode": "none", "length": 6 })),
        (
            "none-with-value",
            "the value itself, which must never reach the phone",
            json!({ "mode": "entry", "length": 6, "charset": "digits", "value": "123456" }),
        ),
        ("choice-of-1", "a choice of one", json!({ "mode": "choice", "options": ["1"] })),
        ("choice-of-6", "a choice of six", json!({ "mode": "choice", "options": ["1", "2", "3", "4", "5", "6"] })),
        ("choice-of-numbers", "choices that are numbers", json!({ "mode": "choice", "options": [17, 42] })),
        ("entry-3", "a value of three characters", json!({ "mode": "entry", "length": 3, "charset": "digits" })),
        ("entry-13", "a value of 13 characters", json!({ "mode": "entry", "length": 13, "charset": "digits" })),
        ("entry-no-charset", "a value of unknown characters", json!({ "mode": "entry", "length": 6 })),
        (
            "entry-other-charset",
            "a character set that nobody knows",
            json!({ "mode": "entry", "length": 6, "charset": "hex" }),
        ),
        ("text", "the mode alone, as a string", json!("none")),
        ("array", "the mode in an array", json!(["none"])),
    ] {
        set.bad(&format!("request-binding-{name}"), about, signed(&with("binding", binding)), "claims");
    }
}

/// After a rotation, messages for the previous keys are accepted while they can still be in flight.
fn replaced_keys(set: &mut Set) {
    let for_former = signed(&with("aud", json!(audience("former-dk"))));
    set.bad("request-aud-former-unknown", "for a DK that this device does not know", for_former.clone(), "audience");
    set.given["former"] = json!({ "dk": private_jwk("former-dk"), "ek": private_jwk("former-ek") });
    set.good("request-aud-former", "for the DK that was replaced a moment ago", for_former);
}
