//! Tests of the security log. Its lines connect request, decision and tokens and contain no secret.

use countersign_protocol::jose::Digest;
use countersign_server::gateway::GatewayError;
use countersign_server::keys::FormerKey;
use countersign_server::provider::TokenOwner;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::pages::Browser;
use crate::support::{ALICE, SECRET, accepted, add_phone, header, rejected, start, start_with};

/// Returns the only event with that name.
fn only(events: Vec<Value>) -> Value {
    let [event] = <[Value; 1]>::try_from(events).unwrap();
    event
}

#[tokio::test]
async fn request_decision_and_tokens_have_common_ids() {
    let test = start().await;
    let id = test.request_approval().await;
    test.decide("approved").await;
    let tokens = accepted(test.poll(&id)).await;

    let request = only(test.events("authentication_request_created"));
    let created = only(test.events("approval_request_created"));
    let decision = only(test.events("decision_accepted"));
    let issued = only(test.events("tokens_issued"));
    for event in [&created, &decision, &issued] {
        for member in ["approval_request", "account", "client"] {
            assert_eq!(event[member], request[member], "{member}");
        }
        assert_eq!((&event["outcome"], &event["address"]), (&json!("success"), &json!("127.0.0.1")));
    }
    assert_eq!(request["client"], "shop");
    assert_eq!(created["call"], request["call"]);
    assert_ne!(issued["call"], request["call"]);
    assert_eq!(decision["kind"], "approve");
    let hash = |text: &str| json!(Digest::of(text.as_bytes()).to_string());
    assert_eq!((&request["auth_req"], &issued["auth_req"]), (&hash(&id), &hash(&id)));
    assert_eq!(issued["access_token"], hash(tokens["access_token"].as_str().unwrap()));
}

#[tokio::test]
async fn no_line_contains_a_secret_or_a_name() {
    let test = start().await;
    let id = test.request_approval().await;
    test.decide("approved").await;
    let tokens = accepted(test.poll(&id)).await;
    rejected(test.poll(&id), 400, "invalid_grant").await;
    let password = "a password in the wrong field";
    Browser::new(&test).sign_in(password, "demo").await;
    let mut browser = Browser::signed_in(&test, "alice").await;
    browser.get("/phones").await;

    let log = test.security_log();
    let token = tokens["access_token"].as_str().unwrap();
    for secret in [&id, token, tokens["id_token"].as_str().unwrap(), SECRET, password, "alice", "123456", "demo"] {
        assert!(!log.contains(secret), "{secret}");
    }
    for (_, value) in &browser.cookies {
        assert!(!log.contains(value.as_str()), "a cookie");
    }
    assert!(log.lines().count() > 10);
}

#[tokio::test]
async fn failed_sign_ins_and_client_authentications_are_logged() {
    let test = start().await;
    let mut browser = Browser::new(&test);
    for _ in 0..6 {
        browser.sign_in("alice", "guess").await;
    }
    browser.sign_in("nobody", "guess").await;
    let failed = test.events("sign_in_failed");
    assert_eq!(failed.len(), 5);
    assert!(failed.iter().all(|event| event["account"] == failed[0]["account"] && event["outcome"] == "failure"));
    assert_eq!(failed[0]["known_account"], true);
    let blocked = test.events("sign_in_blocked");
    assert_eq!((&blocked[0]["reason"], &blocked[0]["account"]), (&json!("wait"), &failed[0]["account"]));
    assert_ne!(blocked[1]["account"], failed[0]["account"]);

    for (id, client) in [("shop", json!("shop")), ("nobody", Value::Null)] {
        let call = test.http.post(test.url("/token")).basic_auth(id, Some("wrong")).form(&[("a", "b")]);
        rejected(call, 401, "invalid_client").await;
        let event = test.events("client_authentication_failed").pop().unwrap();
        assert_eq!((&event["client"], &event["reason"]), (&client, &json!("invalid_client")));
    }
}

#[tokio::test]
async fn start_phones_and_rejections_are_logged() {
    let test = start().await;
    assert_eq!(only(test.events("server_started"))["key_epoch"], 1);
    let (offer, enrolled) = (only(test.events("offer_created")), only(test.events("phone_enrolled")));
    let confirmed = only(test.events("phone_confirmed"));
    assert_eq!((&offer["offer"], &offer["account"]), (&enrolled["offer"], &enrolled["account"]));
    assert_eq!((&confirmed["enrolment"], &confirmed["account"]), (&enrolled["enrolment"], &enrolled["account"]));

    test.request_approval().await;
    test.decide("binding_mismatch").await;
    assert_eq!(only(test.events("decision_not_accepted"))["receipt"], "binding_mismatch");
    let userinfo = test.http.get(test.url("/userinfo")).bearer_auth("guess").send().await.unwrap();
    assert_eq!(userinfo.status(), StatusCode::UNAUTHORIZED);
    let event = only(test.events("access_token_rejected"));
    assert_eq!(event["call"], header(&userinfo, "x-request-id"), "the response names the call");

    let id = test.phone.lock().await.id.clone().unwrap();
    test.server.gateway().unenrol(ALICE, &id).await.unwrap();
    let revoked = only(test.events("phone_revoked"));
    assert_eq!((&revoked["enrolment"], &revoked["reason"]), (&enrolled["enrolment"], &json!("removed")));
    assert!(revoked.get("call").is_none(), "no call caused it");
}

#[tokio::test]
async fn introspection_revocation_and_key_rotation_are_logged() {
    let test = start().await;
    let id = test.request_approval().await;
    test.decide("approved").await;
    let tokens = accepted(test.poll(&id)).await;
    let access = tokens["access_token"].as_str().unwrap();
    let issued = only(test.events("tokens_issued"));

    rejected(test.basic("kiosk", "/revoke", &[("token", access)]), 400, "invalid_grant").await;
    assert_eq!(test.events("token_revoked"), [Value::Null; 0]);
    assert_eq!(test.basic("shop", "/revoke", &[("token", access)]).send().await.unwrap().status(), StatusCode::OK);
    let revoked = only(test.events("token_revoked"));
    assert_eq!((&revoked["token"], &revoked["kind"]), (&issued["access_token"], &json!("access")));
    assert_eq!((&revoked["account"], &revoked["client"]), (&issued["account"], &issued["client"]));
    accepted(test.basic("api", "/introspect", &[("token", access)])).await;
    assert_eq!(test.events("access_token_rejected").len(), 1);
    let wrong = test.http.post(test.url("/introspect")).basic_auth("api", Some("wrong")).form(&[("token", access)]);
    rejected(wrong, 401, "invalid_client").await;
    assert_eq!(only(test.events("client_authentication_failed"))["client"], "api");

    for owner in [TokenOwner::Account(ALICE.to_owned()), TokenOwner::Client("shop".to_owned())] {
        test.server.revoke_tokens(&owner).await.unwrap();
    }
    let [account, client] = <[Value; 2]>::try_from(test.events("tokens_revoked")).unwrap();
    assert_eq!((&account["account"], &account["tokens"]), (&issued["account"], &json!(0)));
    assert_eq!((&client["client"], client.get("account")), (&json!("shop"), None));
    test.server.rotate_id_token_key(FormerKey::Withdrawn).unwrap();
    assert_eq!(only(test.events("id_token_key_rotated"))["former"], "withdrawn");
}

#[tokio::test]
async fn limits_of_client_and_account_are_logged() {
    let test = start_with(|config| {
        config.policy.client_calls_per_minute = 6;
        config.policy.phones_per_account = 2;
    })
    .await;
    rejected(test.poll("unknown"), 400, "invalid_grant").await;
    rejected(test.poll("unknown"), 429, "temporarily_unavailable").await;
    let event = only(test.events("limit_reached"));
    assert_eq!((&event["limit"], &event["client"]), (&json!("calls of one client"), &json!("shop")));
    assert_eq!(test.events("client_authentication_failed"), [Value::Null; 0]);

    add_phone(&test.server, &test.clock, ALICE).await;
    let offer = test.server.gateway().offer(ALICE, "Alice").await;
    assert!(matches!(offer, Err(GatewayError::TooManyPhones(2))));
    let event = test.events("limit_reached").pop().unwrap();
    assert_eq!(event["limit"], "phones of one account");
    assert_eq!(event["account"], test.events("offer_created")[0]["account"]);
}
