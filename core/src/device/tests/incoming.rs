//! Whom a message is from and for, and the bounds of what comes in.

use super::keys::inbox;
use super::*;
use crate::device::enrolment::check_metadata;
use crate::device::inbound::{open_inbox, open_receipt, open_request};
use crate::jose::JoseError;
use crate::message::Message;
use crate::message::claims::Issuer;
use crate::message::inbox::{Inbox, MAX_REQUESTS};
use crate::message::request::MAX_LIFETIME;

#[test]
fn an_inbox_is_from_the_issuer_for_this_device_and_enrolment_and_this_call() {
    let enrolment = enrolment("a");
    let open = |inbox: &Inbox| open_inbox(&inbox.sign(&key(4)).unwrap(), &enrolment, "nonce");
    let good = inbox(1, 1000);
    assert_eq!(open(&good), Ok(good.clone()));
    let requests = |count: usize| vec!["x".to_owned(); count];
    let full = Inbox { requests: requests(MAX_REQUESTS), ..good.clone() };
    assert_eq!(open(&full), Ok(full.clone()));
    for (bad, reason) in [
        (Inbox { iss: "https://b.example".parse().unwrap(), ..good.clone() }, Rejection::Issuer),
        (inbox(9, 1000), Rejection::Audience),
        (Inbox { sub: id("b"), ..good.clone() }, Rejection::Enrolment),
        (Inbox { nonce: "other".parse().unwrap(), ..good.clone() }, Rejection::Nonce),
        (Inbox { requests: requests(MAX_REQUESTS + 1), ..good.clone() }, Rejection::Overfull),
        (Inbox { requests: requests(MAX_REQUESTS + 2), ..good.clone() }, Rejection::Overfull),
    ] {
        assert_eq!(open(&bad), Err(reason));
    }
    let forged = good.sign(&key(9)).unwrap();
    assert_eq!(open_inbox(&forged, &enrolment, "nonce"), Err(Rejection::Jose(JoseError::Kid)));
    assert_eq!(open_receipt(&good.sign(&key(4)).unwrap(), &enrolment).err(), Some(Rejection::Jose(JoseError::Type)));
}

#[test]
fn a_request_lives_at_most_its_time() {
    let enrolment = enrolment("a");
    let open = |life: i64| {
        let mut asked = request("a", 1000).message;
        asked.exp = asked.iat.plus(life);
        open_request(&asked.sign(&key(4)).unwrap(), &enrolment).map(|opened| opened.kid)
    };
    for life in [1, MAX_LIFETIME] {
        assert_eq!(open(life), Ok(key(4).public().thumbprint()));
    }
    for life in [-1, 0, MAX_LIFETIME + 1] {
        assert_eq!(open(life), Err(Rejection::Lifetime));
    }
}

#[test]
fn metadata_is_of_the_issuer_no_older_than_known_and_at_home() {
    let issuer: Issuer = "https://a.example".parse().unwrap();
    let good = enrolment("a").metadata;
    let check = |metadata: &Metadata| check_metadata(metadata, &issuer, Some(&good));
    let changed = |change: &dyn Fn(&mut Metadata)| {
        let mut metadata = good.clone();
        change(&mut metadata);
        check(&metadata)
    };
    assert_eq!(check(&good), Ok(()), "the same again");
    assert_eq!(changed(&|metadata| metadata.iat = Timestamp::from_seconds(2)), Ok(()));
    assert_eq!(changed(&|metadata| metadata.epoch = 2), Ok(()));
    assert_eq!(changed(&|metadata| metadata.iat = Timestamp::from_seconds(0)), Err(Rejection::Epoch));
    assert_eq!(changed(&|metadata| metadata.epoch = 0), Err(Rejection::Epoch));
    assert_eq!(changed(&|metadata| metadata.iss = "https://b.example".parse().unwrap()), Err(Rejection::Issuer));
    assert_eq!(changed(&|metadata| metadata.pins.clear()), Err(Rejection::Endpoint));
    assert_eq!(changed(&|metadata| metadata.keys.keys.clear()), Err(Rejection::Endpoint));
    for elsewhere in ["https://b.example/x", "https://a.example/x?y", "https://a.example/x#y", "x", ""] {
        assert_eq!(changed(&|metadata| metadata.endpoints.stream = elsewhere.into()), Err(Rejection::Endpoint));
    }
}
