//! For a phone without network: the request to show on the page, and the answer that the page scanned (ADP/1 §10).

use serde::Deserialize;

use super::{Asked, RelyingParty, RpError, json};

const NOT_OFFERED: RpError = RpError::Protocol("this server has no approvals without network");

#[derive(Deserialize)]
struct Requests {
    requests: Vec<String>,
}

#[derive(Deserialize)]
struct Taken {
    outcome: String,
}

impl RelyingParty {
    /// What the customer's phones can scan, one text for each phone.
    pub(crate) async fn requests_to_show(&self, asked: &Asked) -> Result<Vec<String>, RpError> {
        let url = self.metadata.countersign_offline_request_endpoint.as_ref().ok_or(NOT_OFFERED)?;
        let form = [("auth_req_id", asked.auth_req_id.clone())];
        let Requests { requests } = json(self.post(url, &form)).await?;
        Ok(requests)
    }

    /// Brings what a phone showed; tells what the server made of it. Whether the customer approved, the poll says.
    pub(crate) async fn bring(&self, asked: &Asked, answer: &str) -> Result<String, RpError> {
        let url = self.metadata.countersign_offline_answer_endpoint.as_ref().ok_or(NOT_OFFERED)?;
        let form = [("auth_req_id", asked.auth_req_id.clone()), ("answer", answer.to_owned())];
        let Taken { outcome } = json(self.post(url, &form)).await?;
        Ok(outcome)
    }
}
