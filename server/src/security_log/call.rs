//! The call that causes events. It is known to all code that runs for the call.

use std::future::Future;
use std::net::IpAddr;

use countersign_protocol::jose::{base64url, random};
use serde_json::Value;

tokio::task_local! {
    static CURRENT: Call;
}

/// A call: its identifier, which the response repeats, and the address of its caller.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    id: String,
    address: Option<IpAddr>,
}

impl Call {
    /// Makes a call with a random identifier. The address is `None` if only a proxy is known.
    pub(crate) fn new(address: Option<IpAddr>) -> Self {
        // Without random values no call succeeds. The identifier is then empty.
        Self { id: random::bytes::<12>().map(base64url::encode).unwrap_or_default(), address }
    }

    /// Returns the identifier.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Runs a future for this call. A task that the future spawns does not belong to the call.
    pub(crate) async fn scope<F: Future>(self, future: F) -> F::Output {
        CURRENT.scope(self, future).await
    }

    /// Returns the fields of the current call for a line. Outside of a call there are none.
    pub(super) fn fields() -> Vec<(&'static str, Value)> {
        let fields = |call: &Self| {
            let id = [("call", Value::from(call.id.clone()))];
            let address = call.address.map(|address| ("address", Value::from(address.to_canonical().to_string())));
            id.into_iter().chain(address).collect()
        };
        CURRENT.try_with(fields).unwrap_or_default()
    }
}
