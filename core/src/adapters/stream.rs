//! Stream push: Server-Sent Events over HTTPS.
//!
//! It is for apps in the foreground, the virtual phone, and phones without Google or Apple
//! services. Lost pushes are recovered from the inbox.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::Response;

use super::http::{HttpTransport, dpop_nonce, reason};
use countersign_device::authenticator::Authenticator;
use countersign_device::error::AuthenticatorError;
use countersign_device::platform::TransportError;
use countersign_protocol::message::claims::EnrolmentId;
use countersign_protocol::message::push::{MAX_PAYLOAD_BYTES, Push};

/// The maximum time without data. The server sends a comment more often than that.
const MAX_SILENCE: Duration = Duration::from_secs(60);
/// The pause after the first failed connection. It doubles up to [`MAX_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const MAX_PAUSE: Duration = Duration::from_secs(10);

/// An event of the stream for the app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StreamEvent {
    /// The stream is connected. Refresh now to fetch what was missed.
    Connected,
    /// A push for [`Authenticator::receive`].
    Push(BTreeMap<String, String>),
    /// The connection was lost or rejected. It is tried again after a pause.
    Lost,
}

/// Keeps the event stream of an enrolment open, with growing pauses while it fails.
///
/// Returns only with an error that a retry cannot resolve, for example because the enrolment is
/// revoked or its key does not exist. Drop the future to stop.
pub async fn listen(
    device: &Authenticator,
    http: &HttpTransport,
    enrolment: &EnrolmentId,
    mut on_event: impl FnMut(StreamEvent) + Send,
) -> AuthenticatorError {
    let mut pause = FIRST_PAUSE;
    loop {
        match connect(device, http, enrolment).await {
            Ok(response) => {
                pause = FIRST_PAUSE;
                on_event(StreamEvent::Connected);
                read(response, &mut on_event).await;
            }
            Err(AuthenticatorError::Transport(_) | AuthenticatorError::Server { .. }) => {}
            Err(error) => return error,
        }
        on_event(StreamEvent::Lost);
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(MAX_PAUSE);
    }
}

/// Opens the stream and retries once if the server requires a nonce in the proof.
async fn connect(
    device: &Authenticator,
    http: &HttpTransport,
    enrolment: &EnrolmentId,
) -> Result<Response, AuthenticatorError> {
    let mut nonce = None;
    for _ in 0..2 {
        let request = device.stream_request(enrolment, nonce).await?;
        let begun = tokio::time::timeout(request.timeout, http.begin(&request)).await;
        let response = begun.map_err(|_| TransportError::Timeout)??;
        match (response.status().as_u16(), dpop_nonce(&response)) {
            (200, _) => return Ok(response),
            (401, Some(given)) => nonce = Some(given),
            (status, _) => return Err(AuthenticatorError::Server { status, code: "none".into() }),
        }
    }
    Err(AuthenticatorError::Server { status: 401, code: "use_dpop_nonce".into() })
}

/// Reads events until the stream ends, fails, is silent for too long, or has a line longer than a
/// push.
async fn read(mut response: Response, on_event: &mut (impl FnMut(StreamEvent) + Send)) {
    let mut parser = Parser::default();
    while let Ok(Ok(Some(chunk))) =
        tokio::time::timeout(MAX_SILENCE, async { response.chunk().await.map_err(|error| reason(&error)) }).await
    {
        for byte in chunk {
            match parser.take(byte) {
                Ok(Some(push)) => on_event(StreamEvent::Push(push)),
                Ok(None) => {}
                Err(TooLong) => return,
            }
        }
    }
}

/// A parser of `text/event-stream` (WHATWG HTML section 9.2.6) for the subset that ADP/1 uses:
/// `event: push`, one `data:` line, and comments. Use it in an app that reads the stream with its
/// own HTTP client.
#[derive(Debug, Default)]
pub struct Parser {
    line: Vec<u8>,
    event: String,
    data: String,
}

/// The maximum length of a line: a push with its field name.
const MAX_LINE_BYTES: usize = MAX_PAYLOAD_BYTES + 64;

/// A line of the stream is longer than any push. Close the stream and open it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a line of the event stream is longer than any push: close the stream and open it again")]
pub struct TooLong;

impl Parser {
    /// Parses the next byte. Returns the members of a push at the end of its event.
    ///
    /// # Errors
    /// [`TooLong`] if the line is too long. The stream can no longer be used.
    pub fn take(&mut self, byte: u8) -> Result<Option<BTreeMap<String, String>>, TooLong> {
        if byte != b'\n' {
            if self.line.len() > MAX_LINE_BYTES {
                return Err(TooLong);
            }
            self.line.push(byte);
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&std::mem::take(&mut self.line)).into_owned();
        let line = line.strip_suffix('\r').unwrap_or(&line);
        if line.is_empty() {
            let (event, data) = (std::mem::take(&mut self.event), std::mem::take(&mut self.data));
            return Ok(if event == "push" { Push::members_of(&data).ok() } else { None });
        }
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "event" => self.event = value.to_owned(),
            "data" => self.data = value.to_owned(),
            _ => {}
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pushes(text: &str) -> Result<Vec<BTreeMap<String, String>>, TooLong> {
        let mut parser = Parser::default();
        let mut pushes = Vec::new();
        for byte in text.bytes() {
            pushes.extend(parser.take(byte)?);
        }
        Ok(pushes)
    }

    #[test]
    fn parser_returns_pushes_and_ignores_other_events() {
        let text = ": hello\n\nevent: push\ndata: {\"v\":\"1\",\"w\":\"t\"}\n\nevent:other\ndata:{}\n\n\
                    event: push\r\ndata: not json\r\n\r\nid: 1\nevent: push\ndata: {\"v\":\"2\"}\n\n";
        let read = pushes(text).unwrap();
        assert_eq!(read.len(), 2);
        assert_eq!((&*read[0]["w"], &*read[1]["v"]), ("t", "2"));
    }

    #[test]
    fn push_with_a_member_twice_is_ignored() {
        let text = "event: push\ndata: {\"v\":\"1\",\"e\":\"h\",\"w\":\"t\",\"w\":\"u\"}\n\n\
                    event: push\ndata: {\"v\":\"1\",\"e\":\"h\",\"w\":\"t\"}\n\n";
        let read = pushes(text).unwrap();
        assert_eq!(read.iter().map(|push| push["w"].as_str()).collect::<Vec<_>>(), ["t"]);
    }

    #[test]
    fn line_longer_than_a_push_is_an_error() {
        assert_eq!(pushes(&"a".repeat(10_000)), Err(TooLong));
    }
}
