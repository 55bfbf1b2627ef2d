//! Messages that arrive repeatedly, too late or in too large a number.

use serde_json::{Value, json};

use super::claims::{NOW, device, request};
use super::seal::sealed;
use super::sign::{Half, jws, signature, with_signature};
use super::{Draft, Set};

pub(super) fn cases() -> Vec<Draft> {
    let mut given = device();
    given["now"] = NOW.into();
    let mut set = Set::new("arrivals", given);
    let mut come = |name: &str, about: &str, arrivals: Value, outcomes: &[&str]| {
        set.means(&format!("arrivals-{name}"), about, arrivals, json!({ "outcomes": outcomes }));
    };
    let first = signed(&request());
    let pushed = |name: &str, after: u64| json!({ "after_seconds": after, "sealed": sealed(name, &first) });
    come(
        "same-again",
        "the same request sealed twice and then from the inbox: one request",
        json!([pushed("arrivals-1", 0), pushed("arrivals-2", 1), came(&first, 2)]),
        &["new", "duplicate", "duplicate"],
    );
    let (input, _) = first.rsplit_once('.').unwrap();
    let again = with_signature(&first, &signature(input, "server", Half::Lower));
    come(
        "signed-anew",
        "the same claims under another signature are other bytes under used names",
        json!([came(&first, 0), came(&again, 0)]),
        &["new", "replay"],
    );
    for (name, used, other) in [("used-txn", "txn", "jti"), ("used-jti", "jti", "txn")] {
        let mut claims = request();
        claims["client"]["name"] = "Another".into();
        claims[other] = "other".into();
        let arrivals = json!([came(&first, 0), came(&signed(&claims), 0)]);
        come(name, &format!("another request under a used {used}"), arrivals, &["new", "replay"]);
    }
    come(
        "in-time",
        "at the last second of its life, and another one a second later",
        json!([came(&first, 300), came(&numbered(2), 301)]),
        &["new", "expired"],
    );
    let mut later = request();
    (later["txn"], later["jti"]) = ("txn-2".into(), "request-2".into());
    (later["iat"], later["exp"]) = ((NOW + 1000).into(), (NOW + 1300).into());
    come(
        "time-moves",
        "a request signed later moves the time on: an earlier one has expired",
        json!([came(&signed(&later), 0), came(&first, 0)]),
        &["new", "expired"],
    );
    let many: Vec<Value> = (0..33).map(|number| came(&numbered(number), 0)).collect();
    let mut outcomes = vec!["new"; 32];
    outcomes.push("overfull");
    come("33", "more requests than this device lets wait", many.into(), &outcomes);
    set.drafts
}

fn signed(claims: &Value) -> String {
    jws("adp-request+jwt", claims, "server")
}

/// Returns one of many requests.
fn numbered(number: u32) -> String {
    let mut claims = request();
    claims["txn"] = format!("txn-{number}").into();
    claims["jti"] = format!("request-{number}").into();
    signed(&claims)
}

fn came(request: &str, after: u64) -> Value {
    json!({ "after_seconds": after, "request": request })
}
