//! The issuer's metadata for phones: keys, pins and endpoints, signed by a pinned key.

use std::sync::{Mutex, PoisonError};

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use countersign_protocol::jose::Digest;
use countersign_protocol::message::Message as _;
use countersign_protocol::message::claims::Timestamp;
use countersign_protocol::message::features::{self, Features};
use countersign_protocol::message::metadata::{Endpoints, Jwks, Metadata};
use countersign_protocol::message::request::BindingMode;

use super::problem::CallProblem;
use super::{Gateway, GatewayError, body};
use crate::keys::DeviceKeys;

/// The lifetime of metadata, in seconds. Phones accept at most
/// [`MAX_LIFETIME_SECS`](countersign_protocol::message::metadata::MAX_LIFETIME_SECS).
const LIFETIME_SECS: i64 = 24 * 3600;

/// The age at which metadata is signed again, in seconds. Phones always get metadata with most of
/// its lifetime left.
const RESIGN_SECS: i64 = 3600;

/// The remaining lifetime below which metadata is signed again, in seconds. Metadata that names a
/// former key ends early.
const MIN_LEFT_SECS: i64 = 1800;

/// The time for which caches may store metadata, in seconds.
const CACHE_CONTROL: &str = "public, max-age=300";

/// The metadata that was signed last.
#[derive(Default)]
pub(super) struct MetadataCache(Mutex<Option<Signed>>);

/// The two forms of the metadata. They have the same times, so that neither is older than the other
/// for a phone that changes from one to the other.
#[derive(Clone)]
struct Signed {
    at: Timestamp,
    exp: Timestamp,
    epoch: u32,
    plain: Form,
    with_features: Form,
}

#[derive(Clone)]
struct Form {
    text: String,
    tag: HeaderValue,
}

impl Gateway {
    /// Handles `GET /.well-known/authentication-device`. The features are announced only to a phone
    /// that asks for them, because an earlier phone rejects the unknown member.
    pub(super) fn metadata(&self, headers: &HeaderMap, query: Option<&str>) -> Result<Response, CallProblem> {
        let forms = self.signed_metadata()?;
        let signed = if query == Some(features::QUERY) { forms.with_features } else { forms.plain };
        let known = headers.get_all(header::IF_NONE_MATCH).iter().any(|tag| tag == signed.tag);
        let mut response = if known { StatusCode::NOT_MODIFIED.into_response() } else { body::jose(signed.text) };
        response.headers_mut().insert(header::ETAG, signed.tag);
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(CACHE_CONTROL));
        Ok(response)
    }

    fn signed_metadata(&self) -> Result<Signed, GatewayError> {
        let now = self.now();
        let keys = self.parts.keys.device();
        let mut cached = self.metadata.0.lock().unwrap_or_else(PoisonError::into_inner);
        let usable = |signed: &&Signed| {
            signed.epoch == keys.epoch()
                && (signed.at..signed.at.plus(RESIGN_SECS)).contains(&now)
                && signed.exp.since(now) > MIN_LEFT_SECS
        };
        if let Some(signed) = cached.as_ref().filter(usable) {
            return Ok(signed.clone());
        }
        let plain = self.current_metadata(&keys, now);
        let exp = plain.exp;
        let with_features = Metadata { features: Some(Features::all()), ..plain.clone() };
        let form = |metadata: &Metadata| -> Result<Form, GatewayError> {
            let text = metadata.sign(keys.signing())?;
            let tag = format!("\"{}\"", Digest::of(text.as_bytes()));
            let tag = HeaderValue::from_str(&tag).unwrap_or(HeaderValue::from_static("\"\""));
            Ok(Form { text, tag })
        };
        let (plain, with_features) = (form(&plain)?, form(&with_features)?);
        let signed = Signed { at: now, exp, epoch: keys.epoch(), plain, with_features };
        *cached = Some(signed.clone());
        Ok(signed)
    }

    fn current_metadata(&self, keys: &DeviceKeys, now: Timestamp) -> Metadata {
        let issuer = &self.parts.issuer;
        let exp = now.plus(LIFETIME_SECS);
        Metadata {
            iss: issuer.clone(),
            iat: now,
            // A withdrawn key must not be accepted for as long as other metadata is valid.
            exp: keys.former_key_ends(now).map_or(exp, |ends| ends.min(exp)),
            epoch: keys.epoch(),
            signer: keys.signing().public().clone(),
            // Without the next key. A phone that knows it would not load the metadata that pins the
            // key after it.
            keys: Jwks { keys: keys.published(now).cloned().collect() },
            pins: keys.pins().to_vec(),
            endpoints: Endpoints::below(&format!("{issuer}/adp/v1")),
            binding_modes: BindingMode::ALL.into_iter().filter(|mode| self.parts.policy.accepts(*mode)).collect(),
            min_app_version: self.parts.policy.min_app_version,
            features: None,
        }
    }
}
