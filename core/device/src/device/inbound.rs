//! Verification of what comes in, in the order of `docs/protocol.md` §6: synchronous, bounded, without network or runtime.

use super::enrolment::Enrolment;
use crate::error::VerifyError;
use crate::platform::{KeyHandle, KeyStore};
use countersign_protocol::jose::sealed::Sealed;
use countersign_protocol::jose::{JoseError, Thumbprint, wipe};
use countersign_protocol::message::claims::{DeviceAudience, EnrolmentId, Issuer};
use countersign_protocol::message::enrolment::Enrolled;
use countersign_protocol::message::inbox::{Inbox, MAX_REQUESTS};
use countersign_protocol::message::receipt::Receipt;
use countersign_protocol::message::request::{MAX_LIFETIME_SECS, Request};
use countersign_protocol::message::status::Status;
use countersign_protocol::message::{MAX_MESSAGE_BYTES, Verified, open};

/// What a sealed push can carry.
#[derive(Debug)]
pub enum Inbound {
    /// A request and its JWS.
    Request(Box<Verified<Request>>, String),
    /// A new state of the enrolment.
    Status(Status),
}

/// Opens a sealed push for this enrolment.
pub fn open_push(sealed: &str, enrolment: &Enrolment, keys: &dyn KeyStore) -> Result<Inbound, VerifyError> {
    let jws = unseal(sealed, MAX_MESSAGE_BYTES, keys, |kid| enrolment.encryption_key(kid))?;
    match open_request(&jws, enrolment) {
        Err(VerifyError::Jose(JoseError::Type)) => open_status(&jws, enrolment).map(Inbound::Status),
        request => request.map(|request| Inbound::Request(Box::new(request), jws)),
    }
}

/// Opens an `adp-request+jwt` for this enrolment.
pub fn open_request(jws: &str, enrolment: &Enrolment) -> Result<Verified<Request>, VerifyError> {
    let request = open::<Request>(jws, |kid| enrolment.server_key(kid))?;
    addressed(&request.message.iss, request.message.aud, &request.message.sub, enrolment)?;
    let life = request.message.exp.since(request.message.iat);
    if !(1..=MAX_LIFETIME_SECS).contains(&life) {
        return Err(VerifyError::Lifetime);
    }
    Ok(request)
}

/// Opens the answer to an inbox call for this enrolment with this nonce.
pub fn open_inbox(jws: &str, enrolment: &Enrolment, nonce: &str) -> Result<Inbox, VerifyError> {
    let inbox = open::<Inbox>(jws, |kid| enrolment.server_key(kid))?.message;
    addressed(&inbox.iss, inbox.aud, &inbox.sub, enrolment)?;
    if inbox.nonce.as_str() != nonce {
        return Err(VerifyError::Nonce);
    }
    if inbox.requests.len() > MAX_REQUESTS {
        return Err(VerifyError::Overfull);
    }
    Ok(inbox)
}

/// Opens a receipt for this enrolment. That it answers what was sent is for [`Enrolment::settle`].
pub fn open_receipt(jws: &str, enrolment: &Enrolment) -> Result<Verified<Receipt>, VerifyError> {
    let receipt = open::<Receipt>(jws, |kid| enrolment.server_key(kid))?;
    addressed(&receipt.message.iss, receipt.message.aud, &receipt.message.sub, enrolment)?;
    Ok(receipt)
}

/// Opens the text of an `adp-enrolled+jwt` that was sealed to a new EK.
pub fn open_enrolled(
    jws: &str,
    issuer: &Issuer,
    device: DeviceAudience,
    metadata: &countersign_protocol::message::metadata::Metadata,
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

/// Opens a JWE of at most `max` bytes to a key of the key store. `key` gives its name for a thumbprint, or nothing when that
/// key does not count here.
pub fn unseal<'k>(
    sealed: &str,
    max: usize,
    keys: &dyn KeyStore,
    key: impl FnOnce(Thumbprint) -> Option<&'k KeyHandle>,
) -> Result<String, VerifyError> {
    let sealed = Sealed::parse(sealed, max)?;
    let handle = key(sealed.kid()).ok_or(JoseError::Kid)?;
    wipe::stack_after(|| {
        let secret = keys.agree(handle, sealed.epk()).map_err(|_| VerifyError::KeyStore)?;
        let text = sealed.open(&secret)?;
        String::from_utf8(text.to_vec()).map_err(|_| JoseError::Base64.into())
    })
}

fn open_status(jws: &str, enrolment: &Enrolment) -> Result<Status, VerifyError> {
    let status = open::<Status>(jws, |kid| enrolment.server_key(kid))?.message;
    addressed(&status.iss, status.aud, &status.sub, enrolment)?;
    Ok(status)
}

/// Issuer, audience and subject all come from one enrolment.
fn addressed(iss: &Issuer, aud: DeviceAudience, sub: &EnrolmentId, enrolment: &Enrolment) -> Result<(), VerifyError> {
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
