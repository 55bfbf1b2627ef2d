//! The messages that a device receives.

use std::sync::Arc;

use countersign_core::device::clock::TrustedClock;
use countersign_core::device::inbound::{self, Inbound};
use countersign_core::device::{Acceptance, DecisionHistory, Enrolment, KeyRing, ReplacedKeys, SignedDecision, State};
use countersign_core::error::VerifyError;
use countersign_core::jose::sealed::seal;
use countersign_core::jose::{PublicKey, Thumbprint};
use countersign_core::message::claims::Timestamp;
use countersign_core::message::decision::{Decision, Verification};
use countersign_core::message::enrolment::{Account, CallPolicy, EnrolmentPolicy, KeySetProtection, Protection};
use countersign_core::message::metadata::{Endpoints, Jwks, MAX_LIFETIME_SECS, Metadata};
use countersign_core::message::number::Number;
use countersign_core::message::proof::KeySet;
use countersign_core::message::request::{BindingMode, Request};
use countersign_core::message::status::EnrolmentState;
use countersign_core::message::{Verified, open};
use countersign_core::platform::{ClockReading, KeyHandle};
use serde_json::{Value, json};

use super::{Opener, Outcome, json, rejection, text};
use crate::keys;

/// The device of a case: its only enrolment, and the key store with its encryption keys.
struct Device {
    enrolment: Enrolment,
    keys: countersign_core::adapters::desktop::SoftwareKeyStore,
}

impl Device {
    fn of(given: &Value) -> Self {
        let (device, former) = (&given["device"], &given["former"]);
        let scalars = [("ek", device), ("former-ek", former)].into_iter().filter(|(_, set)| !set["ek"]["d"].is_null());
        let scalars = scalars.map(|(name, set)| (name.to_owned(), keys::private(&set["ek"])));
        Self { keys: keys::store(scalars), enrolment: enrolment(given) }
    }
}

fn enrolment(given: &Value) -> Enrolment {
    let public = |set: &str, role: &str| keys::public(&given[set][role]);
    let replaced = |()| ReplacedKeys {
        dk: public("former", "dk"),
        ek: public("former", "ek"),
        dk_handle: KeyHandle("former-dk".into()),
        ek_handle: KeyHandle("former-ek".into()),
        until: Timestamp::from_seconds(i64::MAX),
    };
    let software = Protection::Software;
    Enrolment {
        id: text(&given["enrolment"]).parse().unwrap(),
        issuer: text(&given["issuer"]).parse().unwrap(),
        account: Account { label: "alice".into(), issuer_name: "Example Bank".into() },
        state: EnrolmentState::Active,
        confirm_code: None,
        handle: "handle-1".parse().unwrap(),
        policy: EnrolmentPolicy { binding_floor: BindingMode::None, min_shown_ms: 0, calls: CallPolicy::Allow },
        keys: KeyRing {
            public: KeySet { dk: public("device", "dk"), uvk: public("device", "uvk"), ek: public("device", "ek") },
            dk: KeyHandle("dk".into()),
            uvk: KeyHandle("uvk".into()),
            ek: KeyHandle("ek".into()),
            protection: KeySetProtection { dk: software, uvk: software, ek: software },
            verification: Verification::Biometric,
        },
        metadata: metadata(given),
        clock: TrustedClock::default(),
        status_seq: 0,
        entries: Vec::new(),
        closed_ids: Vec::new(),
        history: given["enrol_hash"]
            .as_str()
            .map_or_else(DecisionHistory::default, |hash| DecisionHistory::of(hash.parse().unwrap())),
        rotation: None,
        replaced_keys: (!given["former"].is_null()).then_some(()).map(replaced).into_iter().collect(),
        number: 0,
        rollback_detected_at: None,
    }
}

/// Returns metadata with the server's keys of a case.
pub(super) fn metadata(given: &Value) -> Metadata {
    let keys: Vec<PublicKey> = given["server_keys"].as_array().unwrap().iter().map(keys::public).collect();
    Metadata {
        iss: text(&given["issuer"]).parse().unwrap(),
        iat: Timestamp::from_seconds(0),
        exp: Timestamp::from_seconds(MAX_LIFETIME_SECS),
        epoch: 1,
        signer: keys[0].clone(),
        pins: keys.iter().map(PublicKey::thumbprint).collect::<Vec<Thumbprint>>(),
        keys: Jwks { keys },
        endpoints: Endpoints::below(""),
        binding_modes: BindingMode::ALL.to_vec(),
        min_app_version: None,
        features: None,
    }
}

/// Returns the claims, with each detail as its exact text.
fn opened(request: &Verified<Request>) -> Value {
    let mut claims = request.message.clone();
    let details = claims.details.take();
    let details: Option<Vec<&str>> = details.as_ref().map(|all| all.iter().map(|detail| detail.get()).collect());
    let (hash, kid) = (request.digest.to_string(), request.kid.to_string());
    json!({ "claims": json(&claims), "details": details, "request_hash": hash, "kid": kid })
}

pub(super) fn request(given: &Value) -> Opener {
    let device = Device::of(given);
    Box::new(move |input| {
        inbound::open_request(text(input), &device.enrolment).map(|request| opened(&request)).map_err(rejection)
    })
}

pub(super) fn sealed_push(given: &Value) -> Opener {
    let device = Device::of(given);
    Box::new(move |input| open_push(text(input), &device))
}

fn open_push(sealed: &str, device: &Device) -> Outcome {
    match inbound::open_push(sealed, &device.enrolment, &device.keys).map_err(rejection)? {
        Inbound::Request(request, jws) => Ok(json!({ "jws": jws, "opened": opened(&request) })),
        Inbound::Status(status) => Ok(json!({ "opened": { "claims": json(&status) } })),
    }
}

/// Seals a status and opens it as a push, because a status is always sealed.
pub(super) fn status(given: &Value) -> Opener {
    let device = Device::of(given);
    Box::new(move |input| {
        let sealed = seal(text(input).as_bytes(), &device.enrolment.keys.public.ek).unwrap();
        open_push(&sealed, &device).map(|mut outcome| outcome["opened"].take())
    })
}

pub(super) fn inbox(given: &Value) -> Opener {
    let (device, nonce) = (Device::of(given), text(&given["nonce"]).to_owned());
    Box::new(move |input| {
        let inbox = inbound::open_inbox(text(input), &device.enrolment, &nonce).map_err(rejection)?;
        Ok(json!({ "claims": json(&inbox) }))
    })
}

/// With `answered`, the receipt must belong to that decision.
pub(super) fn receipt(given: &Value) -> Opener {
    let mut device = Device::of(given);
    let answered = &given["answered"];
    let txn = (!answered.is_null()).then(|| {
        let jws = text(&answered["request"]);
        let request = inbound::open_request(jws, &device.enrolment).unwrap();
        let (txn, iat) = (request.message.txn.clone(), request.message.iat);
        let mut state = State { enrolments: vec![Arc::new(device.enrolment.clone())], ..State::default() };
        Arc::make_mut(&mut state.enrolments[0]).clock.observe_live(iat, &reading(0));
        state.accept_request(&device.enrolment.id, jws, request, &reading(0)).unwrap();
        device.enrolment = Arc::unwrap_or_clone(state.enrolments.remove(0));
        let jws = text(&answered["decision"]).to_owned();
        let keys = device.enrolment.keys.public.clone();
        let by = |kid| [&keys.uvk, &keys.dk].into_iter().find(|key| key.thumbprint() == kid);
        let Decision { decision: kind, history, .. } = open(&jws, by).unwrap().message;
        let answer = SignedDecision { jws, kind, reason: None, key: None, at: None, history };
        device.enrolment.queue(&txn, answer, Number::after(0).unwrap()).unwrap();
        txn
    });
    Box::new(move |input| {
        let receipt = inbound::open_receipt(text(input), &device.enrolment).map_err(rejection)?;
        if let Some(txn) = &txn {
            device.enrolment.clone().settle(txn, text(input), &receipt).map_err(rejection)?;
        }
        Ok(json!({ "claims": json(&receipt.message) }))
    })
}

/// Delivers messages in order to a device whose trusted time is `now` at the start.
pub(super) fn arrivals(given: &Value) -> Opener {
    let device = Device::of(given);
    let now = given["now"].as_i64().unwrap();
    Box::new(move |input| {
        let mut state = State { enrolments: vec![Arc::new(device.enrolment.clone())], ..State::default() };
        let signed = Timestamp::from_seconds(now);
        Arc::make_mut(&mut state.enrolments[0]).clock.observe_live(signed, &reading(0));
        let arrivals = input.as_array().unwrap().iter();
        let outcomes: Vec<&str> = arrivals
            .map(|arrival| match arrive(&mut state, &device, arrival) {
                Ok(Acceptance::New) => "new",
                Ok(Acceptance::Duplicate) => "duplicate",
                Err(rejection) => rejection.code(),
            })
            .collect();
        Ok(json!({ "outcomes": outcomes }))
    })
}

fn arrive(state: &mut State, device: &Device, arrival: &Value) -> Result<Acceptance, VerifyError> {
    let after = arrival["after_seconds"].as_u64().unwrap();
    let (jws, request) = match arrival["sealed"].as_str() {
        Some(sealed) => match inbound::open_push(sealed, &state.enrolments[0], &device.keys)? {
            Inbound::Request(request, jws) => (jws, *request),
            Inbound::Status(_) => panic!("arrivals must be requests"),
        },
        None => {
            let jws = text(&arrival["request"]).to_owned();
            let request = inbound::open_request(&jws, &state.enrolments[0])?;
            (jws, request)
        }
    };
    state.accept_request(&device.enrolment.id, &jws, request, &reading(after))
}

fn reading(after_seconds: u64) -> ClockReading {
    // The wall clock is wrong by decades and must have no effect.
    ClockReading { monotonic_ms: after_seconds * 1000, boot_id: "boot".into(), wall: Timestamp::from_seconds(0) }
}
