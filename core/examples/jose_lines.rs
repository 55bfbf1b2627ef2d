//! The JOSE suite as a filter, to compare it with other implementations.
//!
//! Each line of the input is a JSON document, and each line of the output is its result.
//!
//! | input | output |
//! |---|---|
//! | `{"op":"keys","scalar"}` | `{"ok":{"jwk","thumbprint"}}` |
//! | `{"op":"sign","scalar","typ","claims"}` | `{"ok":<JWS>}` |
//! | `{"op":"verify","jwk","typ","jws"}` | `{"ok":<claims>}` |
//! | `{"op":"seal","jwk","text"}` | `{"ok":<JWE>}` |
//! | `{"op":"open","scalar","jwe"}` | `{"ok":<text>}` |
//!
//! A rejected input gives `{"error":<code>}`. `scalar` is a private P-256 key in base64url. Use
//! test keys only.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test tool that fails on invalid input")]

use std::io::BufRead as _;

use countersign_core::jose::sealed::{self, Sealed};
use countersign_core::jose::signed::{self, Unverified};
use countersign_core::jose::{JoseError, PublicKey, SigningKey, base64url};
use serde::Deserialize;
use serde_json::{Value, json};

/// The maximum size in bytes, larger than any message, because sizes are not compared.
const MAX_LINE_BYTES: usize = 1 << 20;

#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
enum Operation {
    Keys { scalar: String },
    Sign { scalar: String, typ: String, claims: Value },
    Verify { jwk: PublicKey, typ: String, jws: String },
    Seal { jwk: PublicKey, text: String },
    Open { scalar: String, jwe: String },
}

fn main() {
    for line in std::io::stdin().lock().lines() {
        let result = match run(serde_json::from_str(&line.unwrap()).unwrap()) {
            Ok(value) => json!({ "ok": value }),
            Err(error) => json!({ "error": error.code() }),
        };
        println!("{result}");
    }
}

fn run(operation: Operation) -> Result<Value, JoseError> {
    Ok(match operation {
        Operation::Keys { scalar } => {
            let key = SigningKey::from_scalar(&base64url::decode_array(&scalar)?)?;
            json!({ "jwk": key.public(), "thumbprint": key.public().thumbprint() })
        }
        Operation::Sign { scalar, typ, claims } => {
            json!(signed::sign(&typ, &claims, &SigningKey::from_scalar(&base64url::decode_array(&scalar)?)?)?)
        }
        Operation::Verify { jwk, typ, jws } => Unverified::parse(&jws, &typ, MAX_LINE_BYTES)?.verify(&jwk)?,
        Operation::Seal { jwk, text } => json!(sealed::seal(text.as_bytes(), &jwk)?),
        Operation::Open { scalar, jwe } => {
            let sealed = Sealed::parse(&jwe, MAX_LINE_BYTES)?;
            let secret = p256::SecretKey::from_slice(&base64url::decode_array::<32>(&scalar)?).unwrap();
            if sealed.kid() != SigningKey::from_scalar(&base64url::decode_array(&scalar)?)?.public().thumbprint() {
                return Err(JoseError::Kid);
            }
            let epk = p256::PublicKey::from_sec1_bytes(sealed.epk().as_sec1()).unwrap();
            let agreed = p256::ecdh::diffie_hellman(secret.to_nonzero_scalar(), epk.as_affine());
            let text = sealed.open(agreed.raw_secret_bytes().as_ref())?;
            json!(String::from_utf8(text.to_vec()).map_err(|_| JoseError::Base64)?)
        }
    })
}
