//! The socket: one line with a command, one line with the response.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use countersign_durable_file as durable;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};

use super::{Command, Operated, Response};
use crate::shutdown::Shutdown;

/// The folder of the socket in the data folder. Only its owner can use it, so nobody can connect
/// before the socket has its permissions.
const FOLDER: &str = "operator";

/// The name of the socket in its folder.
const SOCKET: &str = "socket";

/// The maximum length of a command.
const MAX_COMMAND_BYTES: u64 = 4 * 1024;

/// The maximum length of a response: a list of 1,000 phones.
const MAX_RESPONSE_BYTES: u64 = 4 * 1024 * 1024;

/// The time for one command.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A command that was not executed.
#[derive(Debug, thiserror::Error)]
pub enum OperatorError {
    /// No server runs on the data folder.
    #[error("no server runs on the data folder {}. Start it, or name its data folder with --data.", folder.display())]
    NotRunning {
        /// The data folder.
        folder: PathBuf,
    },
    /// The socket cannot be used.
    #[error("cannot use {}: {source}. Run the command as the user of the server.", path.display())]
    Unusable {
        /// The socket.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The server did not respond with a line that this version understands.
    #[error("the server did not respond as expected. Use the command of the server's version.")]
    Response,
}

/// Creates the socket. The caller holds the lock of the data folder, so an existing socket belongs
/// to a server that has ended.
///
/// # Errors
/// The error of the operating system.
pub(crate) fn listen(data: &Path) -> io::Result<UnixListener> {
    let folder = data.join(FOLDER);
    durable::create_folder(&folder)?;
    fs::set_permissions(&folder, Permissions::from_mode(0o700))?;
    let path = folder.join(SOCKET);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&path)?;
    fs::set_permissions(&path, Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Executes commands one after the other until the server stops.
pub(crate) async fn serve(listener: UnixListener, operated: Operated, stop: Shutdown) {
    loop {
        let accepted = tokio::select! {
            () = stop.requested() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => match tokio::time::timeout(TIMEOUT, answer(stream, &operated)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!(%error, "a command of the operator was cut off"),
                Err(_) => tracing::warn!("a command of the operator took too long"),
            },
            Err(error) => {
                tracing::warn!(%error, "a connection of the operator could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn answer(stream: UnixStream, operated: &Operated) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    (&mut stream).take(MAX_COMMAND_BYTES).read_line(&mut line).await?;
    let response = match serde_json::from_str::<Command>(&line) {
        Ok(command) => command.execute(operated).await,
        Err(_) => Response::NotUnderstood,
    };
    let mut response = serde_json::to_vec(&response)?;
    response.push(b'\n');
    stream.write_all(&response).await?;
    stream.shutdown().await
}

/// Sends a command to the server that runs on the data folder.
///
/// # Errors
/// [`OperatorError`]. If the response is missing, the command may have been executed.
pub async fn send(data: &Path, command: &Command) -> Result<Response, OperatorError> {
    let path = data.join(FOLDER).join(SOCKET);
    let unusable = |source| OperatorError::Unusable { path: path.clone(), source };
    let stream = UnixStream::connect(&path).await.map_err(|source| match source.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => {
            OperatorError::NotRunning { folder: data.to_owned() }
        }
        _ => unusable(source),
    })?;
    let mut stream = BufReader::new(stream);
    let mut line = serde_json::to_vec(command).map_err(|error| unusable(error.into()))?;
    line.push(b'\n');
    let mut response = String::new();
    let exchange = async {
        stream.write_all(&line).await?;
        (&mut stream).take(MAX_RESPONSE_BYTES).read_line(&mut response).await
    };
    tokio::time::timeout(TIMEOUT, exchange).await.map_err(|_| OperatorError::Response)?.map_err(unusable)?;
    serde_json::from_str(&response).map_err(|_| OperatorError::Response)
}
