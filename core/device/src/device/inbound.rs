//! Verification of received messages, in the order of ADP/1 §6.
//!
//! All functions are synchronous and bounded, and need neither a network nor an async runtime.

use super::enrolment::Enrolment;
use crate::error::VerifyError;
use crate::platform::{KeyHandle, KeyStore};
use countersign_protocol::jose::sealed::Sealed;
use countersign_protocol::jose::{JoseError, Thumbprint, wipe};
use countersign_protocol::message::claims::{DeviceAudience, EnrolmentId, Issuer};
use countersign_protocol::message::enrolment::Enrolled;
use countersign_protocol::message::inbox::{Inbox, MAX_REQUESTS};
use countersign_protocol::message::metadata::Metadata;
use countersign_protocol::message::receipt::Receipt;
use countersign_protocol::message::request::{MAX_LIFETIME_SECS, Request};
use countersign_protocol::message::status::Status;
use countersign_protocol::message::{MAX_MESSAGE_BYTES, Verified, open};

/// The content of a sealed push.
#[derive(Debug)]
pub enum Inbound {
    /// A request and its JWS.
    Request(Box<Verified<Request>>, String),
    /// A new state of the enrolment.
    Status(Status),
}

/// Decrypts and verifies a sealed push for an enrolment.
///
/// # Errors
/// [`VerifyError`]: the push is for another key, or its content fails verification.
pub fn open_push(sealed: &str, enrolment: &Enrolment, keys: &dyn KeyStore) -> Result<Inbound, VerifyError> {
    let jws = unseal(sealed, MAX_MESSAGE_BYTES, keys, |kid| enrolment.encryption_key(kid))?;
    match open_request(&jws, enrolment) {
        Err(VerifyError::Jose(JoseError::Type)) => open_status(&jws, enrolment).map(Inbound::Status),
        request => request.map(|request| Inbound::Request(Box::new(request), jws)),
    }
}

/// Verifies an `adp-request+jwt` for an enrolment.
///
/// # Errors
/// [`VerifyError`]: the signature, the addressing or the lifetime is wrong.
pub fn open_request(jws: &str, enrolment: &Enrolment) -> Result<Verified<Request>, VerifyError> {
    let request = open::<Request>(jws, |kid| enrolment.server_key(kid))?;
    if !request.message.txn.is_path_segment() {
        return Err(JoseError::Claims.into());
    }
    check_addressing(&request.message.iss, request.message.aud, &request.message.sub, enrolment)?;
    let lifetime = request.message.exp.since(request.message.iat);
    if !(1..=MAX_LIFETIME_SECS).contains(&lifetime) {
        return Err(VerifyError::Lifetime);
    }
    Ok(request)
}

/// Verifies the response to an inbox call for an enrolment with this nonce.
///
/// # Errors
/// [`VerifyError`]: the signature or the addressing is wrong, the nonce is another one, or the
/// inbox has more than [`MAX_REQUESTS`] requests or more than it counts.
pub fn open_inbox(jws: &str, enrolment: &Enrolment, nonce: &str) -> Result<Inbox, VerifyError> {
    let inbox = open::<Inbox>(jws, |kid| enrolment.server_key(kid))?.message;
    check_addressing(&inbox.iss, inbox.aud, &inbox.sub, enrolment)?;
    if inbox.nonce.as_str() != nonce {
        return Err(VerifyError::Nonce);
    }
    if inbox.requests.len() > MAX_REQUESTS {
        return Err(VerifyError::Overfull);
    }
    if usize::try_from(inbox.count).is_ok_and(|count| count < inbox.requests.len()) {
        return Err(VerifyError::Count);
    }
    Ok(inbox)
}

/// Verifies a receipt for an enrolment. [`Enrolment::settle`] checks that it is for the message
/// that was sent.
///
/// # Errors
/// [`VerifyError`]: the signature or the addressing is wrong.
pub fn open_receipt(jws: &str, enrolment: &Enrolment) -> Result<Verified<Receipt>, VerifyError> {
    let receipt = open::<Receipt>(jws, |kid| enrolment.server_key(kid))?;
    check_addressing(&receipt.message.iss, receipt.message.aud, &receipt.message.sub, enrolment)?;
    Ok(receipt)
}

/// Verifies an `adp-enrolled+jwt` that was sealed to a new EK.
///
/// # Errors
/// [`VerifyError`]: the signature is wrong, or the message is from another issuer or for another
/// device.
pub fn open_enrolled(
    jws: &str,
    issuer: &Issuer,
    device: DeviceAudience,
    metadata: &Metadata,
) -> Result<Enrolled, VerifyError> {
    let enrolled = open::<Enrolled>(jws, |kid| metadata.key(kid))?.message;
    if enrolled.iss != *issuer {
        return Err(VerifyError::Issuer);
    }
    if enrolled.aud != device {
        return Err(VerifyError::Audience);
    }
    Ok(enrolled)
}

/// Decrypts a JWE of at most `max` bytes with a key of the key store.
///
/// `key` returns the handle for the thumbprint in the JWE, or `None` if that key is not accepted.
///
/// # Errors
/// [`VerifyError`]: the JWE is malformed, for another key, or cannot be decrypted.
pub fn unseal<'k>(
    sealed: &str,
    max: usize,
    keys: &dyn KeyStore,
    key: impl FnOnce(Thumbprint) -> Option<&'k KeyHandle>,
) -> Result<String, VerifyError> {
    let sealed = Sealed::parse(sealed, max)?;
    let handle = key(sealed.kid()).ok_or(JoseError::Kid)?;
    wipe::after(|| {
        let secret = keys.agree(handle, sealed.epk()).map_err(|_| VerifyError::KeyStore)?;
        let text = sealed.open(&secret)?;
        String::from_utf8(text.to_vec()).map_err(|_| JoseError::Base64.into())
    })
}

fn open_status(jws: &str, enrolment: &Enrolment) -> Result<Status, VerifyError> {
    let status = open::<Status>(jws, |kid| enrolment.server_key(kid))?.message;
    check_addressing(&status.iss, status.aud, &status.sub, enrolment)?;
    Ok(status)
}

/// Checks that issuer, audience and subject are those of one enrolment.
fn check_addressing(
    iss: &Issuer,
    aud: DeviceAudience,
    sub: &EnrolmentId,
    enrolment: &Enrolment,
) -> Result<(), VerifyError> {
    if *iss != enrolment.issuer {
        return Err(VerifyError::Issuer);
    }
    if !enrolment.is_for(aud) {
        return Err(VerifyError::Audience);
    }
    if *sub != enrolment.id {
        return Err(VerifyError::Enrolment);
    }
    Ok(())
}
