//! Tests of what a token grants later: userinfo, a changed registration, a rotated key.

use countersign_server::keys::FormerKey;
use countersign_server::provider::jwt::{Expected, JwtError, verify_id_token};
use jsonwebtoken::jwk::JwkSet;
use serde_json::{Value, json};

use crate::support::{accepted, header, rejected, start, start_with};
use crate::token::{LASTING, approved, approved_for, jwks};

#[tokio::test]
async fn userinfo_follows_scope_and_needs_valid_token() {
    let test = start().await;
    let tokens = approved_for(&test, LASTING, &[]).await;
    let access = tokens["access_token"].as_str().unwrap();
    let get = |token: &str| test.http.get(test.url("/userinfo")).bearer_auth(token).send();
    let response = get(access).await.unwrap();
    assert_eq!(header(&response, "cache-control"), "no-store");
    let claims: Value = response.json().await.unwrap();
    assert_eq!(claims, json!({"sub": "248289761001", "name": "Alice <Example>"}));

    let refresh = tokens["refresh_token"].as_str().unwrap();
    let narrow = [("grant_type", "refresh_token"), ("refresh_token", refresh), ("scope", "openid")];
    let narrow = accepted(test.basic("shop", "/token", &narrow)).await;
    let claims: Value = get(narrow["access_token"].as_str().unwrap()).await.unwrap().json().await.unwrap();
    assert_eq!(claims, json!({"sub": "248289761001"}));

    for bad in ["unknown", refresh] {
        let response = get(bad).await.unwrap();
        assert_eq!(response.status(), 401);
        assert!(header(&response, "www-authenticate").contains("error=\"invalid_token\""));
    }
    let response = test.http.get(test.url("/userinfo")).send().await.unwrap();
    assert_eq!(
        (response.status().as_u16(), header(&response, "www-authenticate")),
        (401, "Bearer realm=\"countersign\"")
    );
    test.clock.shift(600);
    assert_eq!(get(access).await.unwrap().status(), 401);
}

#[tokio::test]
async fn scope_that_the_client_lost_is_granted_no_more() {
    let test = start().await;
    let tokens = approved_for(&test, LASTING, &[]).await;
    let access = tokens["access_token"].as_str().unwrap();
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let test = test
        .restart_with(|config| {
            config.clients.get_mut("shop").unwrap().scopes.retain(|scope| scope != "profile");
        })
        .await;
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
    let refreshed = accepted(test.basic("shop", "/token", &form)).await;
    assert_eq!(refreshed["scope"], "openid offline_access");
    let lost = [form[0], form[1], ("scope", "openid profile")];
    rejected(test.basic("shop", "/token", &lost), 400, "invalid_scope").await;
    for token in [access, refreshed["access_token"].as_str().unwrap()] {
        let claims: Value =
            test.http.get(test.url("/userinfo")).bearer_auth(token).send().await.unwrap().json().await.unwrap();
        assert_eq!(claims, json!({"sub": "248289761001"}), "the name needs the scope that was lost");
    }
}

#[tokio::test]
async fn userinfo_needs_openid_and_a_registered_client() {
    let test = start_with(|config| {
        config.clients.get_mut("shop").unwrap().scopes.push("payments".to_owned());
    })
    .await;
    let tokens = approved_for(&test, "openid offline_access payments", &[]).await;
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let narrow = [("grant_type", "refresh_token"), ("refresh_token", refresh), ("scope", "payments")];
    let narrow = accepted(test.basic("shop", "/token", &narrow)).await;
    let response = test
        .http
        .get(test.url("/userinfo"))
        .bearer_auth(narrow["access_token"].as_str().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 403);
    assert_eq!(
        header(&response, "www-authenticate"),
        "Bearer realm=\"countersign\", error=\"insufficient_scope\", scope=\"openid\""
    );

    let test = test.restart_with(|config| drop(config.clients.remove("shop"))).await;
    let token = tokens["access_token"].as_str().unwrap();
    let response = test.http.get(test.url("/userinfo")).bearer_auth(token).send().await.unwrap();
    assert_eq!(response.status(), 401);
    assert!(header(&response, "www-authenticate").contains("error=\"invalid_token\""));
}

#[tokio::test]
async fn rotated_id_token_key_overlaps_with_the_former_one() {
    let test = start().await;
    let before = approved(&test).await;
    let cached = jwks(&test).await;
    test.server.rotate_id_token_key(FormerKey::Published).unwrap();
    let after = approved(&test).await;
    let verify = |tokens: &Value, keys: &JwkSet| {
        let expected = Expected {
            issuer: test.server.issuer(),
            client_id: "shop",
            access_token: tokens["access_token"].as_str(),
            now: test.clock.now(),
        };
        verify_id_token(tokens["id_token"].as_str().unwrap(), keys, &expected).map(drop)
    };
    // A relying party knows the new key before it signs, and the former one afterwards.
    assert_eq!(verify(&after, &cached), Ok(()));
    let fresh = jwks(&test).await;
    assert_eq!((verify(&before, &fresh), verify(&after, &fresh)), (Ok(()), Ok(())));

    let hint = |tokens: &Value| {
        let hint = tokens["id_token"].as_str().unwrap().to_owned();
        let form = [("scope", "openid"), ("id_token_hint", hint.as_str()), ("binding_message", "123456")];
        test.backchannel("shop", &form)
    };
    test.clock.shift(29 * 24 * 3600);
    accepted(hint(&before)).await;
    test.clock.shift(24 * 3600);
    rejected(hint(&before), 400, "invalid_request").await;
    accepted(hint(&after)).await;

    test.server.rotate_id_token_key(FormerKey::Withdrawn).unwrap();
    rejected(hint(&after), 400, "invalid_request").await;
    assert_eq!(verify(&after, &jwks(&test).await), Err(JwtError::Signature));
}
