//! Tests of approval without network at the provider: which clients may use it, and the name of
//! each error.

use serde_json::Value;

use crate::support::{TestServer, accepted, refused, start, start_with};

const SHOW: &str = "/backchannel-authentication/offline";
const BRING: &str = "/backchannel-authentication/offline/decision";

/// Two clients are registered for it.
async fn test() -> TestServer {
    start_with(|config| {
        for id in ["shop", "plain"] {
            config.clients.get_mut(id).unwrap().offline = true;
        }
    })
    .await
}

#[tokio::test]
async fn the_metadata_names_both_endpoints() {
    let test = test().await;
    let response = test.http.get(test.url("/.well-known/openid-configuration")).send().await.unwrap();
    let metadata: Value = response.json().await.unwrap();
    assert_eq!(metadata["countersign_offline_request_endpoint"], test.url(SHOW));
    assert_eq!(metadata["countersign_offline_decision_endpoint"], test.url(BRING));
}

#[tokio::test]
async fn client_gets_signed_request_of_its_own_id() {
    let test = test().await;
    let id = test.request_approval().await;
    let shown = accepted(test.basic("shop", SHOW, &[("auth_req_id", &id)])).await;
    let requests = shown["requests"].as_array().unwrap();
    assert_eq!((requests.len(), &shown["expires_in"]), (1, &300.into()));
    assert_eq!(requests[0], test.last_request().await.as_str());
    // The call is not a poll, so it does not affect the next poll.
    refused(test.poll(&id), 400, "authorization_pending").await;
    accepted(test.basic("shop", SHOW, &[("auth_req_id", &id)])).await;
}

#[tokio::test]
async fn other_clients_cannot_use_the_offline_endpoints() {
    let test = test().await;
    let id = test.request_approval().await;
    for path in [SHOW, BRING] {
        let form = [("auth_req_id", &*id), ("decision", "a.b.c")];
        refused(test.basic("plain", path, &form), 400, "invalid_grant").await;
        refused(test.basic("kiosk", path, &form), 400, "unauthorized_client").await;
        refused(test.http.post(test.url(path)).form(&form), 401, "invalid_client").await;
        refused(test.basic("shop", path, &[("auth_req_id", "unknown"), ("decision", "a.b.c")]), 400, "invalid_grant")
            .await;
        refused(test.basic("shop", path, &[("decision", "a.b.c")]), 400, "invalid_request").await;
    }
    refused(test.basic("shop", BRING, &[("auth_req_id", &id)]), 400, "invalid_request").await;
    refused(test.basic("shop", BRING, &[("auth_req_id", &id), ("decision", "a.b.c")]), 400, "invalid_request").await;
    refused(test.poll(&id), 400, "authorization_pending").await;
}

#[tokio::test]
async fn offline_endpoints_require_registration() {
    let test = start().await;
    let id = test.request_approval().await;
    for path in [SHOW, BRING] {
        refused(test.basic("shop", path, &[("auth_req_id", &id), ("decision", "a.b.c")]), 400, "unauthorized_client")
            .await;
    }
}

#[tokio::test]
async fn what_has_ended_is_not_shown() {
    let test = test().await;
    let id = test.request_approval().await;
    test.clock.shift(300);
    refused(test.basic("shop", SHOW, &[("auth_req_id", &id)]), 400, "invalid_grant").await;
}

#[tokio::test]
async fn scan_client_sends_the_secret_only() {
    let test = start_with(|config| {
        config.clients.get_mut("shop").unwrap().binding = countersign_protocol::message::request::BindingMode::Scan;
    })
    .await;
    let form = |message| [("scope", "openid"), ("login_hint", "alice"), ("binding_message", message)];
    for bad in ["123456", "b5TVKQ3gM_kW8-fZp1xYt", "b5TVKQ3gM_kW8-fZp1xYtB", "b5TVKQ3gM_kW8-fZp1xYtA=="] {
        refused(test.backchannel("shop", &form(bad)), 400, "invalid_binding_message").await;
    }
    refused(test.backchannel("shop", &form("")[..2]), 400, "invalid_binding_message").await;
    accepted(test.backchannel("shop", &form("b5TVKQ3gM_kW8-fZp1xYtA"))).await;
}
