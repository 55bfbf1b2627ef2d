//! Tests of introspection by resource servers, and of revocation by clients and the operator.

use countersign_protocol::jose::base64url;
use countersign_server::provider::TokenOwner;
use reqwest::{RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::pages::Browser;
use crate::support::{ALICE, NOW, TestServer, accepted, rejected, start};

const PAYMENTS: &str = r#"[{"type":"payment_initiation","instructedAmount":{"currency":"EUR","amount":"42.50"},"creditorName":"ACME","creditorAccount":{"iban":"DE02100100109307118603"},"remittanceInformationUnstructured":"Order 1001"}]"#;

const LASTING: &str = "openid profile offline_access";

async fn tokens(test: &TestServer, more: &[(&str, &str)]) -> Value {
    let mut form = vec![("scope", LASTING), ("login_hint", "alice"), ("binding_message", "123456")];
    form.extend(more);
    let request = accepted(test.backchannel("shop", &form)).await;
    test.decide("approved").await;
    accepted(test.poll(request["auth_req_id"].as_str().unwrap())).await
}

fn text<'a>(tokens: &'a Value, name: &str) -> &'a str {
    tokens[name].as_str().unwrap()
}

/// Returns what the API of the bank learns about a token.
async fn introspected(test: &TestServer, token: &str) -> Value {
    accepted(test.basic("api", "/introspect", &[("token", token)])).await
}

fn refresh(test: &TestServer, token: &str) -> RequestBuilder {
    test.basic("shop", "/token", &[("grant_type", "refresh_token"), ("refresh_token", token)])
}

async fn revoke(test: &TestServer, token: &str) -> StatusCode {
    test.basic("shop", "/revoke", &[("token", token)]).send().await.unwrap().status()
}

#[tokio::test]
async fn resource_server_learns_what_a_token_grants() {
    let test = start().await;
    let issued = tokens(&test, &[("authorization_details", PAYMENTS)]).await;
    let found = introspected(&test, text(&issued, "access_token")).await;
    assert_eq!(
        found,
        json!({
            "active": true, "iss": test.server.issuer(), "sub": ALICE, "client_id": "shop", "scope": LASTING,
            "token_type": "Bearer", "iat": NOW, "exp": NOW + 600, "auth_time": NOW,
            "acr": "urn:countersign:acr:uv-software",
            "authorization_details": serde_json::from_str::<Value>(PAYMENTS).unwrap(),
        })
    );
    let refreshed = accepted(refresh(&test, text(&issued, "refresh_token"))).await;
    let found = introspected(&test, text(&refreshed, "access_token")).await;
    assert_eq!((&found["auth_time"], &found["active"]), (&json!(NOW), &json!(true)));
    assert!(found.get("authorization_details").is_none(), "details are granted once");

    test.clock.shift(600);
    assert_eq!(introspected(&test, text(&issued, "access_token")).await, json!({ "active": false }));
}

#[tokio::test]
async fn introspection_is_for_resource_servers_and_access_tokens() {
    let test = start().await;
    let issued = tokens(&test, &[]).await;
    let access = text(&issued, "access_token");
    for other in ["unknown", text(&issued, "refresh_token"), text(&issued, "id_token")] {
        assert_eq!(introspected(&test, other).await, json!({ "active": false }));
    }
    rejected(test.basic("shop", "/introspect", &[("token", access)]), 401, "invalid_client").await;
    rejected(test.http.post(test.url("/introspect")).form(&[("token", access)]), 401, "invalid_client").await;
    rejected(test.basic("api", "/introspect", &[]), 400, "invalid_request").await;
    // A resource server cannot use the endpoints of clients.
    let form = [("scope", "openid"), ("login_hint", "alice"), ("binding_message", "123456")];
    rejected(test.basic("api", "/backchannel-authentication", &form), 401, "invalid_client").await;
    rejected(test.basic("api", "/revoke", &[("token", access)]), 401, "invalid_client").await;
}

#[tokio::test]
async fn resource_server_may_authenticate_with_an_assertion() {
    let test = start().await;
    let issued = tokens(&test, &[]).await;
    let issuer = test.server.issuer();
    for audience in [issuer.to_owned(), format!("{issuer}/introspect")] {
        let jti = base64url::encode(countersign_protocol::jose::random::bytes::<16>().unwrap());
        let claims = json!({ "iss": "vault", "sub": "vault", "aud": audience, "exp": NOW + 60, "jti": jti });
        let assertion = test.assertion(&claims);
        let form = [
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", &assertion),
            ("token", text(&issued, "access_token")),
        ];
        let found = accepted(test.http.post(test.url("/introspect")).form(&form)).await;
        assert_eq!(found["active"], true);
    }
}

#[tokio::test]
async fn token_of_a_removed_client_account_or_type_grants_nothing() {
    let test = start().await;
    let issued = tokens(&test, &[("authorization_details", PAYMENTS)]).await;
    let access = text(&issued, "access_token");
    let test = test
        .restart_with(|config| {
            config.detail_types.retain(|name| name != "payment_initiation");
            config.clients.get_mut("shop").unwrap().scopes.retain(|scope| scope != "profile");
        })
        .await;
    let found = introspected(&test, access).await;
    assert_eq!(found["scope"], "openid offline_access");
    assert!(found.get("authorization_details").is_none());
    let test = test.restart_with(|config| drop(config.accounts.remove("alice"))).await;
    assert_eq!(introspected(&test, access).await, json!({ "active": false }));
    let test = test.restart_with(|config| drop(config.clients.remove("shop"))).await;
    assert_eq!(introspected(&test, access).await, json!({ "active": false }));
}

#[tokio::test]
async fn revoked_refresh_token_ends_its_access_tokens() {
    let test = start().await;
    let (issued, other) = (tokens(&test, &[]).await, tokens(&test, &[]).await);
    let token = text(&issued, "refresh_token");
    let refreshed = accepted(refresh(&test, token)).await;
    assert_eq!(revoke(&test, token).await, StatusCode::OK);
    rejected(refresh(&test, token), 400, "invalid_grant").await;
    for access in [text(&issued, "access_token"), text(&refreshed, "access_token")] {
        assert_eq!(introspected(&test, access).await, json!({ "active": false }));
        let response = test.http.get(test.url("/userinfo")).bearer_auth(access).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    }
    assert_eq!(introspected(&test, text(&other, "access_token")).await["active"], true, "another grant");
    assert_eq!(revoke(&test, token).await, StatusCode::OK, "a second time");
}

#[tokio::test]
async fn revoked_access_token_ends_alone() {
    let test = start().await;
    let issued = tokens(&test, &[]).await;
    let access = text(&issued, "access_token");
    rejected(test.basic("kiosk", "/revoke", &[("token", access)]), 400, "invalid_grant").await;
    assert_eq!(introspected(&test, access).await["active"], true);
    let form = [("token", access), ("token_type_hint", "refresh_token")];
    assert_eq!(test.basic("shop", "/revoke", &form).send().await.unwrap().status(), StatusCode::OK);
    assert_eq!(introspected(&test, access).await, json!({ "active": false }));
    accepted(refresh(&test, text(&issued, "refresh_token"))).await;
    rejected(test.basic("shop", "/revoke", &[]), 400, "invalid_request").await;
    rejected(test.http.post(test.url("/revoke")).form(&[("token", access)]), 401, "invalid_client").await;
    assert_eq!(revoke(&test, "unknown").await, StatusCode::OK);
}

#[tokio::test]
async fn operator_revokes_all_tokens_of_an_account_or_client() {
    for owner in [TokenOwner::Account(ALICE.to_owned()), TokenOwner::Client("shop".to_owned())] {
        let test = start().await;
        let issued = tokens(&test, &[]).await;
        let cookies = Browser::signed_in(&test, "alice").await.cookies;
        for nobody in [TokenOwner::Account("other".to_owned()), TokenOwner::Client("kiosk".to_owned())] {
            assert_eq!(test.server.revoke_tokens(&nobody).await.unwrap(), 0);
        }
        assert_eq!(test.server.revoke_tokens(&owner).await.unwrap(), 2);
        rejected(refresh(&test, text(&issued, "refresh_token")), 400, "invalid_grant").await;
        assert_eq!(introspected(&test, text(&issued, "access_token")).await, json!({ "active": false }));
        let mut browser = Browser { cookies, ..Browser::new(&test) };
        let signed_in = browser.get("/phones").await.status() == StatusCode::OK;
        assert_eq!(signed_in, matches!(owner, TokenOwner::Client(_)), "the sessions of the account end");
    }
}
