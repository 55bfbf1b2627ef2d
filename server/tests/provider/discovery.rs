//! Tests of the provider's metadata.

use countersign_protocol::jose::PublicKey;
use serde_json::Value;

use crate::support::{header, start};

#[tokio::test]
async fn metadata_lists_poll_mode_and_issuer_endpoints() {
    let test = start().await;
    let response = test.http.get(test.url("/.well-known/openid-configuration")).send().await.unwrap();
    let metadata: Value = response.json().await.unwrap();
    let issuer = test.server.issuer();
    assert_eq!(issuer, format!("http://{}", test.server.local_addr()), "port 0 became the real one");
    assert_eq!(metadata["issuer"], issuer);
    for member in [
        "backchannel_authentication_endpoint",
        "token_endpoint",
        "userinfo_endpoint",
        "introspection_endpoint",
        "revocation_endpoint",
        "jwks_uri",
    ] {
        assert!(metadata[member].as_str().unwrap().starts_with(issuer), "{member}");
    }
    assert_eq!(metadata["backchannel_token_delivery_modes_supported"], serde_json::json!(["poll"]));
    assert_eq!(metadata["backchannel_user_code_parameter_supported"], false);
    let grants = metadata["grant_types_supported"].as_array().unwrap();
    assert!(grants.contains(&"urn:openid:params:grant-type:ciba".into()));
    assert_eq!(metadata["scopes_supported"], serde_json::json!(["offline_access", "openid", "profile"]));
    assert_eq!(metadata["id_token_signing_alg_values_supported"], serde_json::json!(["ES256"]));
}

#[tokio::test]
async fn jwks_contains_current_and_next_key_named_by_thumbprint() {
    let test = start().await;
    let response = test.http.get(test.url("/jwks")).send().await.unwrap();
    assert_eq!(header(&response, "cache-control"), "public, max-age=300");
    let jwks: Value = response.json().await.unwrap();
    let keys = jwks["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 2);
    for key in keys {
        let key = key.as_object().unwrap();
        assert!(!key.contains_key("d"));
        assert_eq!((&key["use"], &key["alg"]), (&"sig".into(), &"ES256".into()));
        let bare: serde_json::Map<String, Value> =
            ["kty", "crv", "x", "y"].iter().map(|name| ((*name).to_owned(), key[*name].clone())).collect();
        let public: PublicKey = serde_json::from_value(bare.into()).unwrap();
        assert_eq!(key["kid"], public.thumbprint().to_string());
    }
}
