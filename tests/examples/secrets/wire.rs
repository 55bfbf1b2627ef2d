//! A proxy in front of the server that records the traffic, because some secrets appear only there.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

use crate::Trouble;

/// The duration without traffic after which the processes are idle.
const QUIET: Duration = Duration::from_millis(400);
const PULSE: Duration = Duration::from_millis(20);
const BOUND: Duration = Duration::from_secs(30);

pub(crate) struct Wire {
    pub(crate) address: SocketAddr,
    seen: Arc<Seen>,
}

struct Seen {
    /// The recorded bytes of each direction of each connection.
    streams: Mutex<Vec<Vec<u8>>>,
    last: Mutex<Instant>,
}

impl Wire {
    /// Listens and forwards to the server at `target`.
    pub(crate) async fn before(target: SocketAddr) -> Result<Self, Trouble> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let seen = Arc::new(Seen { streams: Mutex::default(), last: Mutex::new(Instant::now()) });
        let keeps = seen.clone();
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let Ok(far) = TcpStream::connect(target).await else { continue };
                let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
                tokio::spawn(keeps.clone().pass(near_in, far_out));
                tokio::spawn(keeps.clone().pass(far_in, near_out));
            }
        });
        Ok(Self { address, seen })
    }

    /// Waits until there is no traffic for a while.
    pub(crate) async fn quiet(&self) -> Result<(), Trouble> {
        let end = Instant::now() + BOUND;
        while self.seen.last.lock().unwrap_or_else(PoisonError::into_inner).elapsed() < QUIET {
            if Instant::now() > end {
                return Err("the processes never come to rest".into());
            }
            tokio::time::sleep(PULSE).await;
        }
        Ok(())
    }

    /// Returns the parts of everything that has the form of a compact JWS or JWE.
    pub(crate) fn compacts(&self) -> Vec<Vec<String>> {
        let streams = self.seen.streams.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let mut found = Vec::new();
        for stream in streams {
            for word in stream.split(|byte| !part(byte)).filter(|word| word.starts_with(b"eyJ")) {
                found.push(String::from_utf8_lossy(word).split('.').map(str::to_owned).collect());
            }
        }
        found
    }
}

impl Seen {
    async fn pass(self: Arc<Self>, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
        let mine = {
            let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
            streams.push(Vec::new());
            streams.len() - 1
        };
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(length @ 1..) = from.read(&mut buffer).await {
            let bytes = buffer.get(..length).unwrap_or_default();
            *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
            if let Some(kept) = self.streams.lock().unwrap_or_else(PoisonError::into_inner).get_mut(mine) {
                kept.extend_from_slice(bytes);
            }
            if to.write_all(bytes).await.is_err() {
                return;
            }
        }
        // The other direction may still be open.
        let _ = to.shutdown().await;
    }
}

/// Parses the JSON in a part of a compact message.
pub(crate) fn json_of(part: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}
