//! Who the issuer is to phones: keys, pins and endpoints, signed by a pinned key.

use std::sync::{Mutex, PoisonError};

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use countersign_core::jose::Digest;
use countersign_core::message::claims::Timestamp;
use countersign_core::message::metadata::{Endpoints, Jwks, Metadata};
use countersign_core::message::request::BindingMode;

use super::refusal::Refused;
use super::{Fault, Gateway, body};

/// How long phones may use one metadata, in seconds.
const LIFETIME: i64 = 24 * 3600;

/// After how many seconds it is signed anew, so that what is served is always good for most of its life.
const RENEW: i64 = 3600;

/// How long a cache on the way may keep it, in seconds.
const CACHE_CONTROL: &str = "public, max-age=300";

/// Rises with every change of keys or pins. Keys do not roll yet.
const EPOCH: u32 = 1;

/// The metadata last signed.
#[derive(Default)]
pub(super) struct MetadataCache(Mutex<Option<Signed>>);

#[derive(Clone)]
struct Signed {
    at: i64,
    text: String,
    tag: HeaderValue,
}

impl Gateway {
    /// `GET /.well-known/authentication-device`.
    pub(super) fn metadata(&self, headers: &HeaderMap) -> Result<Response, Refused> {
        let signed = self.signed_metadata()?;
        let known = headers.get_all(header::IF_NONE_MATCH).iter().any(|tag| tag == signed.tag);
        let mut response = if known { StatusCode::NOT_MODIFIED.into_response() } else { body::jose(signed.text) };
        response.headers_mut().insert(header::ETAG, signed.tag);
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(CACHE_CONTROL));
        Ok(response)
    }

    fn signed_metadata(&self) -> Result<Signed, Fault> {
        let now = self.now();
        let mut cached = self.metadata.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(signed) = cached.as_ref().filter(|signed| (signed.at..signed.at + RENEW).contains(&now)) {
            return Ok(signed.clone());
        }
        let text = self.sign(&self.current_metadata(now))?;
        let tag = format!("\"{}\"", Digest::of(text.as_bytes()));
        let tag = HeaderValue::from_str(&tag).unwrap_or(HeaderValue::from_static("\"\""));
        let signed = Signed { at: now, text, tag };
        *cached = Some(signed.clone());
        Ok(signed)
    }

    fn current_metadata(&self, now: i64) -> Metadata {
        let issuer = &self.parts.issuer;
        let key = self.parts.keys.device().public();
        let url = |path: &str| format!("{issuer}/adp/v1/{path}");
        Metadata {
            iss: issuer.clone(),
            iat: Timestamp::from_seconds(now),
            exp: Timestamp::from_seconds(now + LIFETIME),
            epoch: EPOCH,
            signer: key.clone(),
            keys: Jwks { keys: vec![key.clone()] },
            pins: self.parts.keys.pins().to_vec(),
            endpoints: Endpoints {
                challenge: url("enrolments/challenge"),
                enrolments: url("enrolments"),
                requests: url("requests"),
                decisions: url("decisions"),
                device: url("device"),
                stream: url("stream"),
            },
            binding_modes: [BindingMode::None, BindingMode::Display, BindingMode::Choice, BindingMode::Entry]
                .into_iter()
                .filter(|mode| *mode >= self.parts.policy.binding_floor)
                .collect(),
            min_app_version: None,
        }
    }
}
