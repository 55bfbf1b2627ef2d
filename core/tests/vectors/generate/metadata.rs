//! Metadata under pins.

use serde_json::{Value, json};

use super::claims::{ISSUER, NOW, metadata, thumbprint};
use super::sign::{header, jws, raw};
use super::{Draft, Set, swap};
use crate::keys::public_jwk;

const TYP: &str = "adp-metadata+jwt";

pub(super) fn cases() -> Vec<Draft> {
    let pins = ["server", "next", "recovery"].map(|role| thumbprint(role).to_string());
    let mut set = Set::new("metadata", json!({ "issuer": ISSUER, "pins": pins }));
    let valid = metadata("server");
    set.good("metadata-first", "signed by the first pin", jws(TYP, &valid, "server"));
    set.good(
        "metadata-recovery",
        "signed by the offline key, which signs nothing else",
        jws(TYP, &metadata("recovery"), "recovery"),
    );
    signers(&mut set);
    for (name, about, member, value, code) in [
        ("other-issuer", "of another issuer", "iss", json!("https://other.example"), "issuer"),
        ("no-pins", "no pins for the metadata after it", "pins", json!([]), "endpoint"),
        ("no-keys", "no keys", "keys", json!({ "keys": [] }), "endpoint"),
        ("keys-list", "a list where a JWK set belongs", "keys", json!([public_jwk("server")]), "claims"),
        ("key-with-kid", "a key that names itself", "keys", json!({ "keys": [with_kid()] }), "claims"),
        ("epoch-float", "an epoch with a fraction", "epoch", json!(2.5), "claims"),
        ("mode-unknown", "a binding mode that nobody knows", "binding_modes", json!(["voice"]), "claims"),
        ("pin-sha-1", "a pin of 20 bytes", "pins", json!(["AAAAAAAAAAAAAAAAAAAAAAAAAAA"]), "claims"),
    ] {
        set.bad(&format!("metadata-{name}"), about, jws(TYP, &changed(member, value), "server"), code);
    }
    endpoints(&mut set);
    features(&mut set);
    lifetimes(&mut set);
    app_versions(&mut set);
    later(&mut set);
    set.drafts
}

fn changed(name: &str, value: Value) -> Value {
    let mut claims = metadata("server");
    claims[name] = value;
    claims
}

fn with_kid() -> Value {
    let mut jwk = public_jwk("server");
    jwk["kid"] = "1".into();
    jwk
}

fn signers(set: &mut Set) {
    let stranger = metadata("stranger");
    set.bad("metadata-not-pinned", "well signed by a key that is not pinned", jws(TYP, &stranger, "stranger"), "kid");
    let lent = raw(&header(TYP, "server"), &stranger.to_string(), "stranger");
    set.bad("metadata-pinned-name", "a pinned key's name, another key in `signer`, and its signature", lent, "kid");
    let forged = raw(&header(TYP, "server"), &metadata("server").to_string(), "stranger");
    set.bad("metadata-forged", "a pinned key's name and another key's signature", forged, "signature");
    let two = swap(
        &metadata("server").to_string(),
        r#""signer""#,
        &format!(r#""signer":{},"signer""#, public_jwk("stranger")),
    );
    set.bad("metadata-two-signers", "two signers", raw(&header(TYP, "server"), &two, "server"), "claims");
    let other = jws("adp-challenge+jwt", &metadata("server"), "server");
    set.bad("metadata-typ-challenge", "under the type of a challenge", other, "type");
}

fn endpoints(set: &mut Set) {
    for (name, about, url) in [
        ("other-host", "an endpoint on another host", "https://evil.example/adp/v1/decisions"),
        ("subdomain", "an endpoint below the issuer's host", "https://adp.bank.example/adp/v1/decisions"),
        ("other-port", "an endpoint on another port", "https://bank.example:8443/adp/v1/decisions"),
        ("http", "an endpoint without TLS", "http://bank.example/adp/v1/decisions"),
        ("user", "the issuer's name as a user name", "https://bank.example@evil.example/decisions"),
        ("query", "an endpoint with a query", "https://bank.example/decisions?to=evil"),
        ("fragment", "an endpoint with a fragment", "https://bank.example/decisions#x"),
        ("relative", "an endpoint without an origin", "/adp/v1/decisions"),
        ("empty", "no address", ""),
        ("space", "a space before the address", " https://bank.example/adp/v1/decisions"),
        ("tab", "a tab within the address", "https://bank.example/adp/\tv1/decisions"),
        ("escaped-host", "the host with an escape", "https://b%61nk.example/adp/v1/decisions"),
        ("host-case", "the host in capitals", "https://BANK.example/adp/v1/decisions"),
        ("default-port", "the port that https has anyway", "https://bank.example:443/adp/v1/decisions"),
        ("dot-segments", "a path with dot segments", "https://bank.example/adp/v0/../v1/decisions"),
        ("escaped-path", "a path with an escape", "https://bank.example/adp/v1/%64ecisions"),
    ] {
        let mut claims = metadata("server");
        claims["endpoints"]["decisions"] = url.into();
        set.bad(&format!("metadata-endpoint-{name}"), about, jws(TYP, &claims, "server"), "endpoint");
    }
    let mut claims = metadata("server");
    claims["endpoints"].as_object_mut().unwrap().remove("stream");
    set.bad("metadata-endpoint-missing", "no address for the stream", jws(TYP, &claims, "server"), "claims");
}

fn features(set: &mut Set) {
    let names = |names: Value| jws(TYP, &changed("features", names), "server");
    set.good("metadata-features", "announces the history", names(json!(["history"])));
    set.good("metadata-features-unknown", "names that nobody knows yet", names(json!(["later_1", "history"])));
    set.good("metadata-features-none", "announces nothing", names(json!([])));
    for (name, about, value) in [
        ("17", "more than 16 names", json!(vec!["a"; 17])),
        ("33-characters", "a name of 33 characters", json!(["a".repeat(33)])),
        ("empty-name", "an empty name", json!([""])),
        ("upper-case", "a name in capitals", json!(["HISTORY"])),
        ("object", "an object in place of a list", json!({ "history": true })),
        ("null", "null for no features", Value::Null),
    ] {
        set.bad(&format!("metadata-features-{name}"), about, names(value), "claims");
    }
}

fn lifetimes(set: &mut Set) {
    let of = |seconds: i64| jws(TYP, &changed("exp", (NOW + seconds).into()), "server");
    set.good("metadata-one-week", "valid for the longest time", of(604_800));
    set.good("metadata-one-second", "valid for the shortest time", of(1));
    set.bad("metadata-over-one-week", "valid for a second longer than a week", of(604_801), "lifetime");
    set.bad("metadata-ends-at-once", "ends when it begins", of(0), "lifetime");
    set.bad("metadata-ends-before", "ends before it begins", of(-1), "lifetime");
}

fn app_versions(set: &mut Set) {
    let of = |version: Value| jws(TYP, &changed("min_app_version", version), "server");
    set.good("metadata-app-version", "requires a version of the app", of(json!("2.14")));
    for (name, about, value) in [
        ("number", "a number in place of a text", json!(2)),
        ("suffix", "a version with a suffix", json!("2.14-beta")),
        ("five-numbers", "a version of five numbers", json!("1.2.3.4.5")),
        ("empty", "an empty version", json!("")),
        ("null", "null for no version", Value::Null),
    ] {
        set.bad(&format!("metadata-app-version-{name}"), about, of(value), "claims");
    }
}

/// Adds metadata that follows known metadata.
fn later(set: &mut Set) {
    set.given["known"] = metadata("server");
    let at = |epoch: u32, iat: i64| {
        let mut claims = metadata("server");
        claims["epoch"] = epoch.into();
        claims["iat"] = iat.into();
        jws(TYP, &claims, "server")
    };
    set.good("metadata-same-again", "the same epoch and time", at(2, NOW));
    set.good("metadata-later", "the same epoch, made later", at(2, NOW + 1));
    set.good("metadata-next-epoch-earlier", "a higher epoch counts, whatever its time", at(3, NOW - 1));
    set.bad("metadata-lower-epoch", "a lower epoch, made later", at(1, NOW + 1), "epoch");
    set.bad("metadata-earlier", "the same epoch, made earlier", at(2, NOW - 1), "epoch");
}
