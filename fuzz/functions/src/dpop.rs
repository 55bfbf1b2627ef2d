//! DPoP proofs as a server reads them.

use countersign_core::jose::{JoseError, json};
use countersign_core::message::dpop::{self, MAX_PROOF_BYTES, Proof};

use crate::keys::{keys, raw};

/// Checks a proof. `c` and claims: the claims get a valid header and signature. Anything else is
/// the text of a proof.
pub fn run(input: &[u8]) {
    let Some((kind, text)) = crate::choice(input) else { return };
    if kind == b'c' {
        claims(text);
    } else if let Ok(compact) = std::str::from_utf8(input)
        && let Ok((proof, key)) = dpop::open(compact)
    {
        assert!(compact.len() <= MAX_PROOF_BYTES);
        assert!(dpop::open(&format!("{compact}A")).is_err(), "longer signature accepted");
        written_again(&proof, &key);
    }
}

fn claims(text: &str) {
    use countersign_core::jose::base64url::encode;
    let Some(claims) = raw(text) else { return };
    let dk = &keys().dk;
    let header = format!(r#"{{"typ":"dpop+jwt","alg":"ES256","jwk":{}}}"#, serde_json::to_string(dk.public()).unwrap());
    let input = format!("{}.{}", encode(header), encode(claims.get()));
    let compact = dpop::finish(&input, &dk.sign(input.as_bytes()).unwrap());
    let strict = json::from_str::<Proof>(claims.get());
    match dpop::open(&compact) {
        Ok((proof, key)) => {
            assert_eq!((Some(&proof), &key), (strict.as_ref().ok(), dk.public()));
            written_again(&proof, &key);
        }
        Err(JoseError::Size) => assert!(compact.len() > MAX_PROOF_BYTES),
        Err(error) => assert!(strict.is_err(), "{error}"),
    }
}

/// Checks that a parsed proof can be signed again with the same meaning.
fn written_again(proof: &Proof, key: &countersign_core::jose::PublicKey) {
    let dk = &keys().dk;
    let input = proof.signing_input(dk.public()).unwrap();
    let compact = dpop::finish(&input, &dk.sign(input.as_bytes()).unwrap());
    match dpop::open(&compact) {
        Ok((again, by)) => assert_eq!((&again, &by), (proof, dk.public())),
        Err(error) => {
            assert!(error == JoseError::Size && compact.len() > MAX_PROOF_BYTES, "{error} of {}", key.thumbprint())
        }
    }
}
