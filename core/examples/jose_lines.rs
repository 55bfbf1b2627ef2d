//! The JOSE suite as a filter, for comparing it with that of others: a JSON document a line comes in, one goes out.
//!
//! | in | out |
//! |---|---|
//! | `{"op":"keys","scalar"}` | `{"ok":{"jwk","thumbprint"}}` |
//! | `{"op":"sign","scalar","typ","claims"}` | `{"ok":<JWS>}` |
//! | `{"op":"verify","jwk","typ","jws"}` | `{"ok":<claims>}` |
//! | `{"op":"seal","jwk","text"}` | `{"ok":<JWE>}` |
//! | `{"op":"open","scalar","jwe"}` | `{"ok":<text>}` |
//!
//! What is refused is `{"error":<code>}`. `scalar` is a private key of P-256 in base64url: keys of tests, nothing else.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a tool of the tests: a driver that asks nonsense is to fail"
)]

use std::io::BufRead as _;

use countersign_core::jose::sealed::{self, Sealed};
use countersign_core::jose::signed::{self, Unverified};
use countersign_core::jose::{JoseError, PublicKey, SigningKey, base64url};
use serde::Deserialize;
use serde_json::{Value, json};

/// Larger than any message: sizes are not what is compared.
const MAX_LINE_BYTES: usize = 1 << 20;

#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
enum Asked {
    Keys { scalar: String },
    Sign { scalar: String, typ: String, claims: Value },
    Verify { jwk: PublicKey, typ: String, jws: String },
    Seal { jwk: PublicKey, text: String },
    Open { scalar: String, jwe: String },
}

fn main() {
    for line in std::io::stdin().lock().lines() {
        let answer = match answer(serde_json::from_str(&line.unwrap()).unwrap()) {
            Ok(value) => json!({ "ok": value }),
            Err(error) => json!({ "error": error.code() }),
        };
        println!("{answer}");
    }
}

fn answer(asked: Asked) -> Result<Value, JoseError> {
    Ok(match asked {
        Asked::Keys { scalar } => {
            let key = SigningKey::from_scalar(&base64url::decode_array(&scalar)?)?;
            json!({ "jwk": key.public(), "thumbprint": key.public().thumbprint() })
        }
        Asked::Sign { scalar, typ, claims } => {
            json!(signed::sign(&typ, &claims, &SigningKey::from_scalar(&base64url::decode_array(&scalar)?)?)?)
        }
        Asked::Verify { jwk, typ, jws } => Unverified::parse(&jws, &typ, MAX_LINE_BYTES)?.verify(&jwk)?,
        Asked::Seal { jwk, text } => json!(sealed::seal(text.as_bytes(), &jwk)?),
        Asked::Open { scalar, jwe } => {
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
