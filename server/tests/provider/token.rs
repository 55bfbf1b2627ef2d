//! Tests of the token endpoint: the order of its checks, polling, single use, refresh.

use countersign_protocol::jose::{Digest, base64url};
use countersign_server::provider::jwt::{Expected, JwtError, verify_id_token};
use jsonwebtoken::jwk::JwkSet;
use serde_json::{Value, json};

use crate::support::{CIBA, NOW, TestServer, accepted, rejected, start, start_with};

pub(crate) async fn approved(test: &TestServer) -> Value {
    let id = test.request_approval().await;
    test.decide("approved").await;
    accepted(test.poll(&id)).await
}

/// Returns the tokens of a request with this scope and these additional parameters.
pub(crate) async fn approved_for(test: &TestServer, scope: &str, more: &[(&str, &str)]) -> Value {
    let mut form = vec![("scope", scope), ("login_hint", "alice"), ("binding_message", "123456")];
    form.extend(more);
    let accepted_request = accepted(test.backchannel("shop", &form)).await;
    test.decide("approved").await;
    accepted(test.poll(accepted_request["auth_req_id"].as_str().unwrap())).await
}

/// Details that a phone can approve.
const PAYMENTS: &str = r#"[{"type":"payment_initiation","instructedAmount":{"currency":"EUR","amount":"42.50"},"creditorName":"ACME","creditorAccount":{"iban":"DE02100100109307118603"},"remittanceInformationUnstructured":"Order 1001"}]"#;

pub(crate) const LASTING: &str = "openid profile offline_access";

pub(crate) async fn jwks(test: &TestServer) -> JwkSet {
    test.http.get(test.url("/jwks")).send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn approved_request_yields_tokens_with_valid_id_token() {
    let test = start().await;
    let tokens = approved(&test).await;
    assert_eq!((&tokens["token_type"], &tokens["expires_in"]), (&json!("Bearer"), &json!(600)));
    assert_eq!(tokens["scope"], "openid profile");
    assert!(tokens.get("refresh_token").is_none(), "offline_access was not asked for");
    assert!(tokens.get("authorization_details").is_none());

    let id_token = tokens["id_token"].as_str().unwrap();
    let header: Value =
        serde_json::from_slice(&base64url::decode(id_token.split('.').next().unwrap()).unwrap()).unwrap();
    let keys = jwks(&test).await;
    assert_eq!(header, json!({"typ": "JWT", "alg": "ES256", "kid": keys.keys[0].common.key_id}));

    let expected = Expected {
        issuer: test.server.issuer(),
        client_id: "shop",
        access_token: tokens["access_token"].as_str(),
        now: test.clock.now(),
    };
    let claims = verify_id_token(id_token, &keys, &expected).unwrap();
    assert_eq!(claims.sub, "248289761001");
    assert_eq!((claims.iat.seconds(), claims.exp.seconds(), claims.auth_time.seconds()), (NOW, NOW + 600, NOW));
    assert_eq!(
        (claims.acr.as_str(), claims.amr),
        ("urn:countersign:acr:uv-software", vec!["swk".to_owned(), "user".to_owned()])
    );

    let fails = |expected: Expected<'_>| verify_id_token(id_token, &keys, &expected).unwrap_err();
    assert_eq!(fails(Expected { issuer: "https://other.example", ..expected }), JwtError::Issuer);
    assert_eq!(fails(Expected { client_id: "kiosk", ..expected }), JwtError::Audience);
    assert_eq!(fails(Expected { access_token: Some("other"), ..expected }), JwtError::Id);
    assert_eq!(fails(Expected { now: test.clock.now().plus(660), ..expected }), JwtError::Time);
    assert_eq!(fails(Expected { now: test.clock.now().plus(-61), ..expected }), JwtError::Time);
    let other = JwkSet { keys: vec![serde_json::from_value(json!(test.key.public())).unwrap()] };
    assert_eq!(verify_id_token(id_token, &other, &expected).unwrap_err(), JwtError::Signature);
    // Changing any character of the signature invalidates it.
    for (at, found) in id_token.char_indices().filter(|(_, c)| *c != '.') {
        let mut bent = id_token.to_owned();
        bent.replace_range(at..=at, if found == 'A' { "B" } else { "A" });
        assert!(verify_id_token(&bent, &keys, &expected).is_err(), "character {at}");
    }
}

#[tokio::test]
async fn authorization_details_are_in_the_token_response() {
    let test = start().await;
    let tokens = approved_for(&test, "openid", &[("authorization_details", PAYMENTS)]).await;
    assert_eq!(tokens["authorization_details"], serde_json::from_str::<Value>(PAYMENTS).unwrap());
    assert!(tokens.get("refresh_token").is_none());
}

#[tokio::test]
async fn refresh_does_not_repeat_authorization_details() {
    let test = start().await;
    let tokens = approved_for(&test, LASTING, &[("authorization_details", PAYMENTS)]).await;
    assert!(tokens["authorization_details"].is_array());
    let form = [("grant_type", "refresh_token"), ("refresh_token", tokens["refresh_token"].as_str().unwrap())];
    let refreshed = accepted(test.basic("shop", "/token", &form)).await;
    assert!(refreshed.get("authorization_details").is_none());
}

#[tokio::test]
async fn decision_in_time_is_available_after_expiry() {
    let test = start().await;
    let id = test.request_approval().await;
    test.clock.shift(299);
    rejected(test.poll(&id), 400, "authorization_pending").await;
    test.decide("approved").await;
    test.clock.shift(6);
    accepted(test.poll(&id)).await;

    let denied = test.request_approval().await;
    test.clock.shift(299);
    test.decide("denied").await;
    test.clock.shift(60);
    rejected(test.poll(&denied), 400, "access_denied").await;
    test.clock.shift(1);
    rejected(test.poll(&denied), 400, "expired_token").await;

    let late = test.request_approval().await;
    test.decide("approved").await;
    test.clock.shift(360);
    rejected(test.poll(&late), 400, "expired_token").await;
}

#[tokio::test]
async fn slow_client_has_two_intervals_after_expiry() {
    let test = start_with(|config| config.policy.interval_s = 60).await;
    let id = test.request_approval().await;
    test.decide("approved").await;
    test.clock.shift(300 + 119);
    accepted(test.poll(&id)).await;
}

#[tokio::test]
async fn poll_returns_pending_then_denied_or_expired() {
    let test = start().await;
    let id = test.request_approval().await;
    rejected(test.poll(&id), 400, "authorization_pending").await;
    test.decide("denied").await;
    test.clock.shift(5);
    rejected(test.poll(&id), 400, "access_denied").await;
    test.clock.shift(5);
    rejected(test.poll(&id), 400, "access_denied").await;

    for state in ["binding_mismatch", "cancelled"] {
        let id = test.request_approval().await;
        test.decide(state).await;
        rejected(test.poll(&id), 400, "access_denied").await;
    }

    let id = test.request_approval().await;
    test.clock.shift(299);
    rejected(test.poll(&id), 400, "authorization_pending").await;
    test.clock.shift(1);
    rejected(test.poll(&id), 400, "expired_token").await;
    rejected(test.poll(&id), 400, "expired_token").await;
}

#[tokio::test]
async fn each_early_poll_adds_five_seconds() {
    let test = start().await;
    let id = test.request_approval().await;
    rejected(test.poll(&id), 400, "authorization_pending").await;
    test.clock.shift(4);
    rejected(test.poll(&id), 400, "slow_down").await;
    // The interval is 10 s now.
    test.clock.shift(9);
    rejected(test.poll(&id), 400, "slow_down").await;
    // The interval is 15 s now.
    test.clock.shift(15);
    rejected(test.poll(&id), 400, "authorization_pending").await;
    test.clock.shift(14);
    rejected(test.poll(&id), 400, "slow_down").await;
    test.clock.shift(20);
    rejected(test.poll(&id), 400, "authorization_pending").await;
}

#[tokio::test]
async fn slow_down_precedes_outcome_and_follows_expiry() {
    let test = start().await;
    let id = test.request_approval().await;
    rejected(test.poll(&id), 400, "authorization_pending").await;
    test.decide("approved").await;
    rejected(test.poll(&id), 400, "slow_down").await;

    let denied = test.request_approval().await;
    rejected(test.poll(&denied), 400, "authorization_pending").await;
    test.decide("denied").await;
    rejected(test.poll(&denied), 400, "slow_down").await;

    let undecided = test.request_approval().await;
    test.clock.shift(299);
    rejected(test.poll(&undecided), 400, "authorization_pending").await;
    test.clock.shift(1);
    rejected(test.poll(&undecided), 400, "expired_token").await;
}

#[tokio::test]
async fn used_unknown_or_foreign_id_is_invalid_grant() {
    let test = start().await;
    rejected(test.poll("unknown"), 400, "invalid_grant").await;
    let id = test.request_approval().await;
    let foreign = [("grant_type", CIBA), ("auth_req_id", id.as_str())];
    rejected(test.basic("kiosk", "/token", &foreign), 400, "invalid_grant").await;
    test.decide("approved").await;
    rejected(test.basic("kiosk", "/token", &foreign), 400, "invalid_grant").await;
    accepted(test.poll(&id)).await;
    // Immediately and long after expiry: "used" precedes "too early" and "expired".
    rejected(test.poll(&id), 400, "invalid_grant").await;
    test.clock.shift(1_000);
    rejected(test.poll(&id), 400, "invalid_grant").await;
}

#[tokio::test]
async fn only_one_concurrent_poll_gets_tokens() {
    let test = start().await;
    for _ in 0..5 {
        let id = test.request_approval().await;
        test.decide("approved").await;
        let polls = (0..8).map(|_| test.poll(&id).send());
        let answers = futures_util::future::join_all(polls).await;
        let mut tokens = 0;
        for answer in answers {
            let body: Value = answer.unwrap().json().await.unwrap();
            match body["error"].as_str() {
                None => tokens += 1,
                Some("slow_down" | "invalid_grant") => {}
                Some(other) => panic!("{other}"),
            }
        }
        assert_eq!(tokens, 1);
    }
}

#[tokio::test]
async fn invalid_poll_parameters_are_rejected() {
    let test = start().await;
    rejected(test.basic("shop", "/token", &[]), 400, "invalid_request").await;
    rejected(test.basic("shop", "/token", &[("grant_type", CIBA)]), 400, "invalid_request").await;
    let other = [("grant_type", "authorization_code"), ("code", "x")];
    rejected(test.basic("shop", "/token", &other), 400, "unsupported_grant_type").await;
    let twice = [("grant_type", CIBA), ("auth_req_id", "a"), ("auth_req_id", "b")];
    rejected(test.basic("shop", "/token", &twice), 400, "invalid_request").await;
    // Client authentication is checked first.
    let nobody = test.http.post(test.url("/token")).form(&[("grant_type", "nonsense")]);
    rejected(nobody, 401, "invalid_client").await;
}

#[tokio::test]
async fn refresh_token_works_for_its_client_until_expiry() {
    let test = start().await;
    let refresh = approved_for(&test, LASTING, &[]).await["refresh_token"].as_str().unwrap().to_owned();
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
    let tokens = accepted(test.basic("shop", "/token", &form)).await;
    assert_eq!(tokens["scope"], LASTING);
    assert!(tokens.get("refresh_token").is_none() && tokens.get("id_token").is_none());

    let narrow = [form[0], form[1], ("scope", "openid")];
    assert_eq!(accepted(test.basic("shop", "/token", &narrow)).await["scope"], "openid");
    let many = ["openid"; 9_001].join(" ");
    let repeated = [form[0], form[1], ("scope", many.as_str())];
    assert_eq!(accepted(test.basic("shop", "/token", &repeated)).await["scope"], "openid");
    let wide = [form[0], form[1], ("scope", "openid email")];
    rejected(test.basic("shop", "/token", &wide), 400, "invalid_scope").await;

    rejected(test.basic("kiosk", "/token", &form), 400, "unauthorized_client").await;
    rejected(test.basic("shop", "/token", &form[..1]), 400, "invalid_request").await;
    let access = tokens["access_token"].as_str().unwrap();
    let swapped = [form[0], ("refresh_token", access)];
    rejected(test.basic("shop", "/token", &swapped), 400, "invalid_grant").await;
    test.clock.shift(30 * 24 * 3600);
    rejected(test.basic("shop", "/token", &form), 400, "invalid_grant").await;
}

#[tokio::test]
async fn client_without_scope_gets_no_refresh_token() {
    let test = start().await;
    let form = [("scope", "openid offline_access"), ("login_hint", "alice"), ("binding_message", "Kasse 3")];
    rejected(test.backchannel("kiosk", &form), 400, "invalid_scope").await;
}

#[tokio::test]
async fn tokens_are_stored_as_hashes_only() {
    let test = start().await;
    let tokens = approved_for(&test, LASTING, &[]).await;
    for name in ["access_token", "refresh_token"] {
        let token = tokens[name].as_str().unwrap();
        assert!(!test.database_contains(token), "{name}");
        assert!(test.database_contains(&Digest::of(token.as_bytes()).to_string()), "{name}");
    }
}
