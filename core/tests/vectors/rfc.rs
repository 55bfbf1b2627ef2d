//! Examples of the RFCs of the suite.

use countersign_core::jose::{JoseError, PublicKey, Thumbprint, base64url, json as strict, signed::Unverified};
use countersign_core::message::claims::DeviceAudience;
use countersign_core::message::dpop;
use countersign_core::platform::{KeyHandle, KeyStore as _};
use serde_json::json;

use crate::{keys, report};

fn key(jwk: &str) -> PublicKey {
    strict::from_str(jwk).unwrap()
}

fn ran(name: &str, shows: &str) {
    report::say(&json!({ "set": "rfc", "name": name, "shows": shows }));
}

#[test]
fn rfc_7515_a_3() {
    let key = key(
        r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#,
    );
    let jws = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    let (input, signature) = jws.rsplit_once('.').unwrap();
    let signature = base64url::decode(signature).unwrap();
    key.verify(input.as_bytes(), &signature).unwrap();
    assert_eq!(key.verify(b"other", &signature), Err(JoseError::Signature));
    // The header has neither key id nor type, so the message is not one of ADP/1.
    assert_eq!(Unverified::parse(jws, "JWT", 8192).err(), Some(JoseError::Header));
    ran("RFC 7515 A.3", "ES256 verifies; the header is not one of ADP/1");
}

#[test]
fn rfc_7518_c() {
    let alice = r#"{"kty":"EC","crv":"P-256","x":"gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0","y":"SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps"}"#;
    let bob = r#"{"kty":"EC","crv":"P-256","x":"weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ","y":"e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck"}"#;
    let private = [
        ("alice", "0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo"),
        ("bob", "VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw"),
    ];
    let store = keys::store(private.map(|(name, d)| (name.to_owned(), base64url::decode(d).unwrap())));
    for (name, peer) in [("alice", bob), ("bob", alice)] {
        let agreed = store.agree(&KeyHandle(name.into()), &key(peer)).unwrap();
        assert_eq!(base64url::encode(agreed.as_slice()), "nlbZHYFxNdNyg0KDv4QmnPsxbqPagGpI9tqneYz-kMQ");
    }
    ran(
        "RFC 7518 C",
        "both sides agree on Z; the key derivation with party information is a unit test of jose::sealed",
    );
}

#[test]
fn rfc_7638_and_9278() {
    // The example of RFC 7638 is an RSA key, which messages of ADP/1 never contain. Its thumbprint
    // has the usual form.
    let urn = "urn:ietf:params:oauth:jwk-thumbprint:sha-256:NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs";
    let audience = DeviceAudience::try_from(urn.to_owned()).unwrap();
    assert_eq!(audience.0, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs".parse::<Thumbprint>().unwrap());
    assert_eq!(String::from(audience), urn);
    assert!(strict::from_str::<PublicKey>(r#"{"kty":"RSA","n":"0vx7","e":"AQAB"}"#).is_err());
    ran("RFC 7638 3.1, RFC 9278 5", "the URN of the example's thumbprint is read and written; its RSA key is rejected");
}

#[test]
fn rfc_9449() {
    let proof = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";
    let (claims, key) = dpop::open(proof).unwrap();
    assert_eq!((claims.htm.as_str(), claims.htu.as_str()), ("POST", "https://server.example.com/token"));
    assert_eq!((claims.iat.seconds(), claims.nonce), (1_562_262_616, None));
    assert_eq!(key.thumbprint().to_string(), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
    ran("RFC 9449 4.1, 6.1", "the example proof verifies; its key has the thumbprint of the example");
}
