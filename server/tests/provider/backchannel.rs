//! Tests of the backchannel authentication endpoint: accepted requests, and every error of CIBA
//! Core 13.

use countersign_protocol::jose::Digest;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};

use crate::support::{CIBA, NOW, TestServer, accepted, rejected, start, start_with};

const PAYMENT: &str = r#"{"type":"payment_initiation","instructedAmount":{"currency":"EUR","amount":"42.50"},"creditorName":"ACME","creditorAccount":{"iban":"DE02100100109307118603"},"remittanceInformationUnstructured":"Order 1001"}"#;

/// Returns a valid form with some parameters changed; `None` removes one.
fn form<'a>(changes: &[(&'a str, Option<&'a str>)]) -> Vec<(&'a str, &'a str)> {
    let mut form = vec![("scope", "openid"), ("login_hint", "alice"), ("binding_message", "123456")];
    for (name, value) in changes {
        form.retain(|(found, _)| found != name);
        form.extend(value.map(|value| (*name, value)));
    }
    form
}

async fn rejected_with(test: &TestServer, changes: &[(&str, Option<&str>)], status: u16, code: &str) {
    rejected(test.backchannel("shop", &form(changes)), status, code).await;
}

/// Returns the claims of the request on the phone.
async fn last_request(test: &TestServer) -> Value {
    let jws = test.last_request().await;
    let payload = jws.split('.').nth(1).unwrap();
    serde_json::from_slice(&countersign_protocol::jose::base64url::decode(payload).unwrap()).unwrap()
}

#[tokio::test]
async fn accepted_request_is_acknowledged_and_delivered() {
    let test = start().await;
    let body = accepted(test.backchannel("shop", &form(&[]))).await;
    assert_eq!(body["auth_req_id"].as_str().unwrap().len(), 43, "32 bytes in base64url");
    assert_eq!((&body["expires_in"], &body["interval"]), (&json!(300), &json!(5)));
    assert_eq!(body.as_object().unwrap().len(), 3);

    let request = last_request(&test).await;
    assert_eq!(request["client"], json!({"id": "shop", "name": "Shop"}));
    assert_eq!(request["binding"], json!({"mode": "entry", "length": 6, "charset": "digits"}));
    assert_eq!(request["exp"], NOW + 300);
    let text = request.to_string();
    assert!(!text.contains("123456"), "the value to type is withheld");
    assert!(!text.contains(body["auth_req_id"].as_str().unwrap()));
}

#[tokio::test]
async fn auth_req_id_is_stored_as_hash_only() {
    let test = start().await;
    let id = test.request_approval().await;
    assert!(!test.database_contains(&id));
    assert!(test.database_contains(&Digest::of(id.as_bytes()).to_string()));
}

#[tokio::test]
async fn exactly_one_supported_hint_is_required() {
    let test = start().await;
    for changes in [
        vec![("login_hint", None)],
        vec![("login_hint", Some(""))],
        vec![("id_token_hint", Some("x"))],
        vec![("login_hint_token", Some("x"))],
        vec![("login_hint", None), ("login_hint_token", Some("x"))],
        vec![("login_hint", None), ("id_token_hint", Some("not.a.token"))],
    ] {
        rejected_with(&test, &changes, 400, "invalid_request").await;
    }
}

#[tokio::test]
async fn unknown_users_and_users_without_phone_look_alike() {
    let test = start().await;
    let nobody =
        rejected(test.backchannel("shop", &form(&[("login_hint", Some("eve"))])), 400, "unknown_user_id").await;
    let no_phone =
        rejected(test.backchannel("shop", &form(&[("login_hint", Some("bob"))])), 400, "unknown_user_id").await;
    assert_eq!(nobody, no_phone);
}

#[tokio::test]
async fn errors_do_not_depend_on_the_account() {
    let test = start().await;
    let long = format!("[{}]", vec![PAYMENT.replace("Order 1001", &"x".repeat(140)); 20].join(","));
    let too_long = format!("[{}]", PAYMENT.replace("Order 1001", &"x".repeat(9_000)));
    for (name, bad, code) in [
        ("binding_message", "x", "invalid_binding_message"),
        ("requested_expiry", "0", "invalid_request"),
        ("authorization_details", "x", "invalid_authorization_details"),
        ("authorization_details", r#"[{"type":"payment_initiation"}]"#, "invalid_authorization_details"),
        ("authorization_details", &long, "invalid_authorization_details"),
        ("authorization_details", &too_long, "invalid_request"),
        ("scope", "openid payments", "invalid_scope"),
    ] {
        let mut bodies = Vec::new();
        for user in ["alice", "bob", "eve"] {
            let form = form(&[("login_hint", Some(user)), (name, Some(bad))]);
            bodies.push(rejected(test.backchannel("shop", &form), 400, code).await);
        }
        assert!(bodies.iter().all(|body| *body == bodies[0]), "{name}={bad}: {bodies:?}");
    }
}

/// The phone's part of a request: the length of a request is checked without a phone.
#[tokio::test]
async fn signed_length_does_not_depend_on_the_account() {
    let test = start().await;
    // The value is shorter than 8 KiB, but the signed request is longer.
    let details = format!(r#"[{{"type":"unheard_of","x":"{}"}}]"#, "x".repeat(6_000));
    for user in ["alice", "bob", "eve"] {
        let form = form(&[("login_hint", Some(user)), ("authorization_details", Some(&details))]);
        rejected(test.backchannel("shop", &form), 400, "invalid_request").await;
    }
}

#[tokio::test]
async fn client_that_tries_user_names_is_stopped() {
    let test = start_with(|config| config.policy.client_rejected_requests_per_minute = 3).await;
    for nth in 0..3 {
        rejected_with(&test, &[("login_hint", Some(&format!("user{nth}")))], 400, "unknown_user_id").await;
    }
    rejected_with(&test, &[("login_hint", Some("user3"))], 403, "access_denied").await;
    rejected_with(&test, &[], 403, "access_denied").await;
    assert_eq!(test.events("authentication_request_refused").len(), 3);
    assert_eq!(test.events("limit_reached").len(), 2);
    // Other clients are not affected, and the limit ends.
    accepted(test.backchannel("plain", &form(&[("binding_message", None)]))).await;
    test.clock.shift(60);
    accepted(test.backchannel("shop", &form(&[]))).await;
}

#[tokio::test]
async fn id_token_hint_is_accepted_from_its_client_only() {
    let test = start().await;
    let id = test.request_approval().await;
    test.decide("approved").await;
    let token = accepted(test.poll(&id)).await["id_token"].as_str().unwrap().to_owned();
    // Long after it has expired.
    test.clock.shift(100_000);
    let hint = [("login_hint", None), ("id_token_hint", Some(token.as_str()))];
    accepted(test.backchannel("shop", &form(&hint))).await;
    rejected(test.backchannel("board", &form(&hint)), 400, "invalid_request").await;
    let changed = token.replace(".e", ".f");
    rejected_with(&test, &[("login_hint", None), ("id_token_hint", Some(&changed))], 400, "invalid_request").await;
}

#[tokio::test]
async fn scope_must_contain_openid_and_be_allowed() {
    let test = start().await;
    rejected_with(&test, &[("scope", None)], 400, "invalid_request").await;
    rejected_with(&test, &[("scope", Some("profile"))], 400, "invalid_scope").await;
    rejected_with(&test, &[("scope", Some("openid payments"))], 400, "invalid_scope").await;
    rejected_with(&test, &[("scope", Some("openid  profile"))], 400, "invalid_scope").await;
}

#[tokio::test]
async fn repeated_parameter_is_rejected() {
    let test = start().await;
    for name in ["scope", "login_hint", "binding_message", "client_id", "unknown"] {
        let mut twice = form(&[]);
        twice.push((name, "x"));
        twice.push((name, "x"));
        rejected(test.backchannel("shop", &twice), 400, "invalid_request").await;
    }
}

#[tokio::test]
async fn unknown_parameter_is_ignored_and_empty_is_missing() {
    let test = start().await;
    accepted(test.backchannel("shop", &form(&[("unknown", Some("x")), ("id_token_hint", Some(""))]))).await;
}

#[tokio::test]
async fn body_must_be_a_bounded_utf8_form() {
    let test = start().await;
    let body = "scope=openid&login_hint=alice&binding_message=123456";
    let send = |kind: &str, body: Vec<u8>| {
        let headers = [(CONTENT_TYPE, kind.parse().unwrap())].into_iter().collect();
        test.backchannel("shop", &[]).headers(headers).body(body)
    };
    rejected(send("application/json", b"{}".to_vec()), 400, "invalid_request").await;
    rejected(send("text/plain", body.as_bytes().to_vec()), 400, "invalid_request").await;
    let form = "application/x-www-form-urlencoded";
    rejected(send(form, [body.as_bytes(), b"&x=%ff"].concat()), 400, "invalid_request").await;
    rejected(send(form, [body.as_bytes(), &[b'a'; 70_000]].concat()), 400, "invalid_request").await;
    let two = test.backchannel("shop", &self::form(&[])).header(CONTENT_TYPE, "text/plain");
    rejected(two, 400, "invalid_request").await;
    accepted(send("Application/X-WWW-Form-URLencoded; charset=UTF-8", body.as_bytes().to_vec())).await;
}

#[tokio::test]
async fn requested_expiry_is_positive_and_never_lengthens() {
    let test = start().await;
    for (asked, granted) in [("120", 120), ("300", 300), ("301", 300), ("99999999999999999999", 300), ("010", 10)] {
        let body = accepted(test.backchannel("shop", &form(&[("requested_expiry", Some(asked))]))).await;
        assert_eq!(body["expires_in"], granted, "{asked}");
    }
    for bad in ["0", "-1", "1.5", "+5", "ten", "1e2", " 5"] {
        rejected_with(&test, &[("requested_expiry", Some(bad))], 400, "invalid_request").await;
    }
}

#[tokio::test]
async fn binding_message_follows_client_registration() {
    let test = start().await;
    let code = "invalid_binding_message";
    for bad in [None, Some("123"), Some("1234567890123"), Some("12345é"), Some("123 45_"), Some("👍👍👍👍")] {
        rejected(test.backchannel("shop", &form(&[("binding_message", bad)])), 400, code).await;
        rejected(test.backchannel("board", &form(&[("binding_message", bad)])), 400, code).await;
    }
    for bad in ["a\u{202e}b", "a\u{200b}b", "a\u{7}b", &"x".repeat(101), &"支払い👍".repeat(60)] {
        rejected(test.backchannel("kiosk", &form(&[("binding_message", Some(bad))])), 400, code).await;
    }
    rejected(test.backchannel("plain", &form(&[])), 400, code).await;

    accepted(test.backchannel("plain", &form(&[("binding_message", None)]))).await;
    assert_eq!(last_request(&test).await["binding"], json!({"mode": "none"}));
    accepted(test.backchannel("kiosk", &form(&[("binding_message", Some("Kasse 3: 支払い"))]))).await;
    assert_eq!(last_request(&test).await["message"], "Kasse 3: 支払い");
    accepted(test.backchannel("board", &form(&[("binding_message", Some("W4SC"))]))).await;
    let options = last_request(&test).await["binding"]["options"].as_array().unwrap().clone();
    assert_eq!(options.len(), 3);
    assert!(options.contains(&"W4SC".into()));
}

#[tokio::test]
async fn authorization_details_reach_the_phone_unchanged() {
    let test = start().await;
    let sent = format!("[ {PAYMENT} ]");
    accepted(test.backchannel("shop", &form(&[("authorization_details", Some(&sent))]))).await;
    let jws = test.last_request().await;
    let payload = countersign_protocol::jose::base64url::decode(jws.split('.').nth(1).unwrap()).unwrap();
    assert!(String::from_utf8(payload).unwrap().contains(PAYMENT));
}

#[tokio::test]
async fn invalid_authorization_details_are_rejected() {
    let test = start().await;
    let cheaper = PAYMENT.replace("42.50", "42.500");
    let wrong_iban = PAYMENT.replace("DE02", "DE03");
    for bad in [
        "x",
        "{}",
        "[]",
        "[[]]",
        r#"[{"type":"other"}]"#,
        r#"[{"type":7}]"#,
        r#"[{"type":"payment_initiation"}]"#,
        &format!("[{cheaper}]"),
        &format!("[{wrong_iban}]"),
    ] {
        let changes = [("authorization_details", Some(bad))];
        rejected_with(&test, &changes, 400, "invalid_authorization_details").await;
    }
    // The server accepts a type that the operator allows. The phone decides whether it can display
    // it.
    let own = r#"[{"type":"unheard_of","x":1}]"#;
    accepted(test.backchannel("shop", &form(&[("authorization_details", Some(own))]))).await;
}

#[tokio::test]
async fn signed_request_and_bad_notification_token_rejected() {
    let test = start().await;
    rejected_with(&test, &[("request", Some("a.b.c"))], 400, "invalid_request").await;
    rejected_with(&test, &[("client_notification_token", Some("a b"))], 400, "invalid_request").await;
    let long = "a".repeat(1025);
    rejected_with(&test, &[("client_notification_token", Some(&long))], 400, "invalid_request").await;
}

#[tokio::test]
async fn a_person_is_not_flooded() {
    let test = start_with_few_asks().await;
    for _ in 0..2 {
        accepted(test.backchannel("shop", &form(&[]))).await;
    }
    rejected_with(&test, &[], 403, "access_denied").await;
}

async fn start_with_few_asks() -> TestServer {
    start_with(|config| config.policy.account_pending_requests = 2).await
}

#[tokio::test]
async fn only_post_is_answered() {
    let test = start().await;
    for path in ["/backchannel-authentication", "/token"] {
        let response = test.http.get(test.url(path)).send().await.unwrap();
        assert_eq!(response.status(), 405);
    }
    // Parameters in the URL are ignored.
    let path = format!("/token?grant_type={CIBA}&auth_req_id=x");
    rejected(test.basic("shop", &path, &[]), 400, "invalid_request").await;
}

/// A client that hangs up leaves the approval request with its authentication request, or nothing.
#[tokio::test]
async fn hanging_up_leaves_no_request_that_nobody_can_poll() {
    let server = start_with(|config| {
        let policy = &mut config.policy;
        (policy.account_requests_per_minute, policy.client_account_requests_per_minute) = (1_000, 1_000);
    })
    .await;
    for after in 0..60 {
        let form = form(&[("requested_expiry", Some("1"))]);
        let call = server.backchannel("shop", &form).send();
        tokio::time::timeout(std::time::Duration::from_micros(after * 200), call).await.ok();
        // The request must not count as pending any more.
        server.clock.shift(1);
    }
    let made = server.request_approval().await;
    assert!(!made.is_empty());
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(server.data().join("countersign.db"));
    let db = sqlx::SqlitePool::connect_with(options).await.unwrap();
    let query = "select count(*), count(*) filter (where id not in (select approval_request from ciba_request)) \
        from approval_request";
    let (all, lost): (i64, i64) = sqlx::query_as(query).fetch_one(&db).await.unwrap();
    db.close().await;
    assert!(all > 1, "no call was stored");
    assert_eq!(lost, 0, "of {all}");
}
