//! Verification of what comes in, in the order of `docs/protocol.md` §6: synchronous, bounded, without network or runtime.

use super::enrolment::Enrolment;
use crate::error::Rejection;
use crate::jose::sealed::Sealed;
use crate::jose::{JoseError, Thumbprint, wipe};
use crate::message::claims::{DeviceAudience, EnrolmentId, Issuer};
use crate::message::enrolment::Enrolled;
use crate::message::inbox::{Inbox, MAX_REQUESTS};
use crate::message::receipt::Receipt;
use crate::message::request::{MAX_LIFETIME, Request};
use crate::message::status::Status;
use crate::message::{MAX_MESSAGE, Verified, open};
use crate::platform::{KeyHandle, KeyStore};

/// What a sealed push can carry.
#[derive(Debug)]
pub enum Inbound {
    /// A request and its JWS.
    Request(Box<Verified<Request>>, String),
    /// A new state of the enrolment.
    Status(Status),
}

/// Opens a sealed push for this enrolment.
pub fn open_push(sealed: &str, enrolment: &Enrolment, keys: &dyn KeyStore) -> Result<Inbound, Rejection> {
    let jws = unseal(sealed, MAX_MESSAGE, keys, |kid| enrolment.encryption_key(kid))?;
    match open_request(&jws, enrolment) {
        Err(Rejection::Jose(JoseError::Type)) => open_status(&jws, enrolment).map(Inbound::Status),
        request => request.map(|request| Inbound::Request(Box::new(request), jws)),
    }
}

/// Opens an `adp-request+jwt` for this enrolment.
pub fn open_request(jws: &str, enrolment: &Enrolment) -> Result<Verified<Request>, Rejection> {
    let request = open::<Request>(jws, |kid| enrolment.server_key(kid))?;
    addressed(&request.message.iss, request.message.aud, &request.message.sub, enrolment)?;
    let life = request.message.exp.since(request.message.iat);
    if !(1..=MAX_LIFETIME).contains(&life) {
        return Err(Rejection::Lifetime);
    }
    Ok(request)
}

/// Opens the answer to an inbox call for this enrolment with this nonce.
pub fn open_inbox(jws: &str, enrolment: &Enrolment, nonce: &str) -> Result<Inbox, Rejection> {
    let inbox = open::<Inbox>(jws, |kid| enrolment.server_key(kid))?.message;
    addressed(&inbox.iss, inbox.aud, &inbox.sub, enrolment)?;
    if inbox.nonce.as_str() != nonce {
        return Err(Rejection::Nonce);
    }
    if inbox.requests.len() > MAX_REQUESTS {
        return Err(Rejection::Overfull);
    }
    Ok(inbox)
}

/// Opens a receipt for this enrolment. That it answers what was sent is for [`Enrolment::settle`].
pub fn open_receipt(jws: &str, enrolment: &Enrolment) -> Result<Verified<Receipt>, Rejection> {
    let receipt = open::<Receipt>(jws, |kid| enrolment.server_key(kid))?;
    addressed(&receipt.message.iss, receipt.message.aud, &receipt.message.sub, enrolment)?;
    Ok(receipt)
}

/// Opens the text of an `adp-enrolled+jwt` that was sealed to a new EK.
pub fn open_enrolled(
    jws: &str,
    issuer: &Issuer,
    device: DeviceAudience,
    metadata: &crate::message::metadata::Metadata,
) -> Result<Enrolled, Rejection> {
    let enrolled = open::<Enrolled>(jws, |kid| metadata.key(kid))?.message;
    if enrolled.iss != *issuer {
        return Err(Rejection::Issuer);
    }
    if enrolled.aud != device {
        return Err(Rejection::Audience);
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
) -> Result<String, Rejection> {
    let sealed = Sealed::parse(sealed, max)?;
    let handle = key(sealed.kid()).ok_or(JoseError::Kid)?;
    wipe::stack_after(|| {
        let secret = keys.agree(handle, sealed.epk()).map_err(|_| Rejection::KeyStore)?;
        let text = sealed.open(&secret)?;
        String::from_utf8(text.to_vec()).map_err(|_| JoseError::Base64.into())
    })
}

fn open_status(jws: &str, enrolment: &Enrolment) -> Result<Status, Rejection> {
    let status = open::<Status>(jws, |kid| enrolment.server_key(kid))?.message;
    addressed(&status.iss, status.aud, &status.sub, enrolment)?;
    Ok(status)
}

/// Issuer, audience and subject all come from one enrolment.
fn addressed(iss: &Issuer, aud: DeviceAudience, sub: &EnrolmentId, enrolment: &Enrolment) -> Result<(), Rejection> {
    if *iss != enrolment.issuer {
        return Err(Rejection::Issuer);
    }
    if !enrolment.is_for(aud) {
        return Err(Rejection::Audience);
    }
    if *sub != enrolment.id {
        return Err(Rejection::Enrolment);
    }
    Ok(())
}
