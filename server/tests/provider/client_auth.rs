//! Tests of client authentication: only the registered method is accepted.

use countersign_protocol::jose::base64url;
use countersign_server::Config;
use countersign_server::config::ClientAuth;
use jsonwebtoken::jwk::PublicKeyUse;
use reqwest::RequestBuilder;
use ring::rand::SystemRandom;
use serde_json::{Value, json};

use crate::support::{
    NOW, SECRET, TestServer, accepted, config, header, rejected, rsa, signing_input, start, start_with,
};

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

fn form<'a>(extra: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [&[("scope", "openid"), ("login_hint", "alice"), ("binding_message", "123456")], extra].concat()
}

fn with_assertion(test: &TestServer, assertion: &str) -> RequestBuilder {
    let form = form(&[("client_assertion_type", TYPE), ("client_assertion", assertion)]);
    test.http.post(test.url("/backchannel-authentication")).form(&form)
}

#[tokio::test]
async fn secret_is_accepted_form_encoded_in_header_only() {
    let test = start().await;
    accepted(test.backchannel("shop", &form(&[]))).await;
    accepted(test.backchannel("shop", &form(&[("client_id", "shop")]))).await;
    rejected(test.backchannel("shop", &form(&[("client_id", "kiosk")])), 400, "invalid_request").await;

    let url = test.url("/backchannel-authentication");
    let basic = |id: &str, secret: &str| test.http.post(&url).basic_auth(id, Some(secret)).form(&form(&[]));
    rejected(basic("shop", "wrong"), 401, "invalid_client").await;
    rejected(basic("shop", ""), 401, "invalid_client").await;
    rejected(basic("nobody", SECRET), 401, "invalid_client").await;
    // The unencoded characters decode to something else, because `%`, `&` and `+` have a meaning in
    // a form.
    rejected(basic("shop", SECRET), 401, "invalid_client").await;
    rejected(basic("bank-app", SECRET), 401, "invalid_client").await;
    for header in ["Basic", "Basic !", "Basic c2hvcA==", "Bearer x", "Basic /////w=="] {
        let request = test.http.post(&url).header("authorization", header).form(&form(&[]));
        rejected(request, 401, "invalid_client").await;
    }
    let post = form(&[("client_id", "shop"), ("client_secret", SECRET)]);
    rejected(test.http.post(&url).form(&post), 401, "invalid_client").await;
    rejected(test.http.post(&url).form(&form(&[("client_id", "shop")])), 401, "invalid_client").await;
}

#[tokio::test]
async fn unknown_client_and_wrong_secret_look_alike() {
    let test = start().await;
    let url = test.url("/token");
    let unknown =
        rejected(test.http.post(&url).basic_auth("nobody", Some("x")).form(&[("a", "b")]), 401, "invalid_client");
    let wrong = rejected(test.http.post(&url).basic_auth("shop", Some("x")).form(&[("a", "b")]), 401, "invalid_client");
    assert_eq!(unknown.await, wrong.await);
}

/// A caller that cannot sign for a client learns nothing about it.
#[tokio::test]
async fn unsigned_assertion_gets_one_error_for_every_client() {
    let test = start().await;
    for header in [
        json!({"alg": "HS256"}),
        json!({"alg": "ES256"}),
        json!({"alg": "ES256", "kid": "other"}),
        json!({"alg": "PS256"}),
        json!({"alg": "ES256", "typ": "at+jwt"}),
    ] {
        for signature in ["AAAA", "", "!", &"A".repeat(86)] {
            let mut bodies = Vec::new();
            for client in ["bank-app", "shop", "nobody"] {
                let claims = json!({"sub": client, "iss": client, "aud": "x", "exp": 1});
                let assertion = format!("{}.{signature}", signing_input(&header, &claims));
                bodies.push(rejected(with_assertion(&test, &assertion), 401, "invalid_client").await);
            }
            assert!(bodies.iter().all(|body| *body == bodies[0]), "{header} {signature}: {bodies:?}");
        }
    }
}

#[tokio::test]
async fn two_ways_at_once_are_refused() {
    let test = start().await;
    let assertion = test.assertion(&test.claims());
    let both = form(&[("client_assertion_type", TYPE), ("client_assertion", &assertion)]);
    rejected(test.backchannel("shop", &both), 400, "invalid_request").await;
    rejected(test.backchannel("shop", &form(&[("client_secret", SECRET)])), 400, "invalid_request").await;
}

#[tokio::test]
async fn assertion_audience_is_issuer_or_endpoint() {
    let test = start().await;
    let issuer = test.server.issuer().to_owned();
    for audience in [
        json!(issuer),
        json!(format!("{issuer}/token")),
        json!(format!("{issuer}/backchannel-authentication")),
        json!([issuer, format!("{issuer}/token")]),
    ] {
        let mut claims = test.claims();
        claims["aud"] = audience;
        accepted(with_assertion(&test, &test.assertion(&claims))).await;
    }
    // With a type and with the key id, too.
    let kid = test.key.public().thumbprint().to_string();
    let header = json!({"alg": "ES256", "typ": "JWT", "kid": kid});
    accepted(with_assertion(&test, &test.signed(&header, &test.claims()))).await;
}

#[tokio::test]
async fn assertion_time_may_have_a_fraction() {
    let test = start().await;
    let mut claims = test.claims();
    let now = f64::from(u32::try_from(NOW).unwrap());
    claims["exp"] = json!(now + 60.5);
    claims["nbf"] = json!(now - 0.5);
    claims["iat"] = json!(now - 0.25);
    accepted(with_assertion(&test, &test.assertion(&claims))).await;
}

#[tokio::test]
async fn key_of_another_purpose_is_rejected_at_the_start() {
    let test = start().await;
    let mut config = Config::parse(&config(test.key.public())).unwrap();
    let ClientAuth::PrivateKeyJwt(keys) = &mut config.clients.get_mut("bank-app").unwrap().auth else { panic!() };
    keys.keys.remove(1);
    keys.keys[0].common.public_key_use = Some(PublicKeyUse::Encryption);
    let error = config.check().unwrap_err().to_string();
    assert!(error.contains("client bank-app: jwks") && error.contains("use = \"sig\""), "{error}");
}

#[tokio::test]
async fn an_assertion_may_be_signed_with_ps256() {
    let test = start().await;
    let input = signing_input(&json!({"alg": "PS256"}), &test.claims());
    let key = rsa();
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&ring::signature::RSA_PSS_SHA256, &SystemRandom::new(), input.as_bytes(), &mut signature).unwrap();
    let good = format!("{input}.{}", base64url::encode(&signature));
    accepted(with_assertion(&test, &good)).await;

    let input = signing_input(&json!({"alg": "RS256"}), &test.claims());
    key.sign(&ring::signature::RSA_PKCS1_SHA256, &SystemRandom::new(), input.as_bytes(), &mut signature).unwrap();
    let weak = format!("{input}.{}", base64url::encode(&signature));
    rejected(with_assertion(&test, &weak), 401, "invalid_client").await;
}

#[tokio::test]
async fn each_claim_of_an_assertion_is_checked() {
    let test = start().await;
    let changes: Vec<(&str, Value)> = vec![
        ("iss", json!("shop")),
        ("iss", Value::Null),
        ("sub", json!("shop")),
        ("sub", json!("nobody")),
        ("sub", Value::Null),
        ("aud", json!("https://other.example")),
        ("aud", json!([])),
        ("aud", json!(["https://other.example", test.server.issuer()])),
        ("aud", json!(format!("{}/", test.server.issuer()))),
        ("aud", Value::Null),
        ("exp", json!(NOW)),
        ("exp", json!(NOW - 1)),
        ("exp", json!(NOW + 601)),
        ("exp", json!(1e30)),
        ("exp", json!(1_795_330_800.9)),
        ("nbf", json!(1e30)),
        ("exp", json!((NOW + 60).to_string())),
        ("exp", json!(-1)),
        ("exp", Value::Null),
        ("nbf", json!(NOW + 61)),
        ("iat", json!(NOW + 61)),
        ("jti", json!("")),
        ("jti", json!("x".repeat(257))),
        ("jti", json!(7)),
        ("jti", Value::Null),
    ];
    for (claim, value) in changes {
        let mut claims = test.claims();
        claims[claim] = value.clone();
        let body = rejected(with_assertion(&test, &test.assertion(&claims)), 401, "invalid_client").await;
        assert!(!body.to_string().contains("bank-app"), "{claim} {value}");
    }
}

#[tokio::test]
async fn the_header_of_an_assertion_is_checked() {
    let test = start().await;
    let jwk = json!(test.key.public());
    for header in [
        json!({"alg": "none"}),
        json!({"alg": "HS256"}),
        json!({"alg": "ES384"}),
        json!({"alg": "PS256"}),
        json!({"typ": "JWT"}),
        json!({"alg": "ES256", "typ": "at+jwt"}),
        json!({"alg": "ES256", "crit": ["x"]}),
        json!({"alg": "ES256", "jwk": jwk}),
        json!({"alg": "ES256", "jku": "https://attacker.example"}),
        json!({"alg": "ES256", "zip": "DEF"}),
    ] {
        rejected(with_assertion(&test, &test.signed(&header, &test.claims())), 401, "invalid_client").await;
    }
    let good = test.assertion(&test.claims());
    let (unsigned, _) = good.rsplit_once('.').unwrap();
    for bad in [format!("{unsigned}."), unsigned.to_owned(), format!("{good}.x"), format!("{good}="), "x".to_owned()] {
        rejected(with_assertion(&test, &bad), 401, "invalid_client").await;
    }
    let long = "a".repeat(9_000);
    rejected(with_assertion(&test, &long), 401, "invalid_client").await;
}

#[tokio::test]
async fn assertion_by_other_key_or_without_type_is_rejected() {
    let test = start().await;
    let other = start().await;
    let mut claims = test.claims();
    claims["jti"] = json!("fresh");
    rejected(with_assertion(&test, &other.assertion(&claims)), 401, "invalid_client").await;

    let assertion = test.assertion(&test.claims());
    for form in [
        form(&[("client_assertion", assertion.as_str())]),
        form(&[("client_assertion_type", TYPE)]),
        form(&[("client_assertion", assertion.as_str()), ("client_assertion_type", "jwt")]),
    ] {
        rejected(test.http.post(test.url("/token")).form(&form), 401, "invalid_client").await;
    }
}

#[tokio::test]
async fn concurrent_assertion_counts_once() {
    let test = start().await;
    let assertion = test.assertion(&test.claims());
    let answers = futures_util::future::join_all((0..6).map(|_| with_assertion(&test, &assertion).send())).await;
    let good = answers.iter().filter(|answer| answer.as_ref().unwrap().status() == 200).count();
    assert_eq!(good, 1);
    rejected(with_assertion(&test, &assertion), 401, "invalid_client").await;
}

#[tokio::test]
async fn calls_above_the_budget_of_a_client_are_rejected() {
    // A sixth of the calls can come at once: one.
    let server = start_with(|config| config.policy.client_calls_per_minute = 6).await;
    let wrong = || server.http.post(server.url("/token")).basic_auth("shop", Some("wrong")).form(&[("x", "y")]);
    for _ in 0..6 {
        rejected(wrong(), 401, "invalid_client").await;
    }
    rejected(server.poll("unknown"), 400, "invalid_grant").await;
    let over = server.poll("unknown").send().await.unwrap();
    assert_eq!(over.status().as_u16(), 429);
    let seconds: u64 = header(&over, "retry-after").parse().unwrap();
    assert!((1..=10).contains(&seconds), "{seconds}");
    assert_eq!(over.json::<Value>().await.unwrap()["error"], "temporarily_unavailable");
    let form = [("scope", "openid"), ("login_hint", "alice"), ("binding_message", "123456")];
    rejected(server.backchannel("shop", &form), 429, "temporarily_unavailable").await;
    accepted(server.backchannel("kiosk", &form)).await;
}
