//! Approval without network (ADP/1 §10): the request that the page shows and the decision that it
//! scans.

use serde::Deserialize;

use super::{Asked, RelyingParty, RpError, json};

const NOT_OFFERED: RpError = RpError::Protocol("this server does not support approval without network");

#[derive(Deserialize)]
struct Requests {
    requests: Vec<String>,
}

#[derive(Deserialize)]
struct Taken {
    outcome: String,
}

impl RelyingParty {
    /// Returns one text for each of the customer's phones to scan.
    pub(crate) async fn requests_to_show(&self, asked: &Asked) -> Result<Vec<String>, RpError> {
        let url = self.metadata.countersign_offline_request_endpoint.as_ref().ok_or(NOT_OFFERED)?;
        let form = [("auth_req_id", asked.auth_req_id.clone())];
        let Requests { requests } = json(self.post(url, &form)).await?;
        Ok(requests)
    }

    /// Submits the decision that a phone showed and returns the receipt's outcome. The next poll
    /// returns the tokens or the error.
    pub(crate) async fn bring(&self, asked: &Asked, answer: &str) -> Result<String, RpError> {
        let url = self.metadata.countersign_offline_decision_endpoint.as_ref().ok_or(NOT_OFFERED)?;
        let form = [("auth_req_id", asked.auth_req_id.clone()), ("decision", answer.to_owned())];
        let Taken { outcome } = json(self.post(url, &form)).await?;
        Ok(outcome)
    }
}
