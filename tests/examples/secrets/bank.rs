//! The server's configuration with secrets of this run, and the keys that the server creates.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use argon2::Argon2;
use argon2::password_hash::PasswordHasher as _;
use argon2::password_hash::phc::PasswordHash;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign_core::jose::{base64url, random};
use serde_json::Value as Json;

use crate::Trouble;
use crate::known::Value;

/// The customer's account.
pub(crate) const USER: &str = "alice";
/// The client.
pub(crate) const CLIENT: &str = "shop";

pub(crate) struct Bank {
    pub(crate) folder: PathBuf,
    /// The address on which the server listens.
    pub(crate) listen: SocketAddr,
    pub(crate) password: String,
    pub(crate) client_secret: String,
}

impl Bank {
    pub(crate) fn in_folder(folder: PathBuf) -> Result<Self, Trouble> {
        std::fs::create_dir_all(&folder)?;
        // The port is free now, and the server binds it within a second.
        let listen = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        Ok(Self { folder, listen, password: text()?, client_secret: text()? })
    }

    /// Writes the configuration of a server with this issuer.
    pub(crate) fn write(&self, issuer: &str) -> Result<(), Trouble> {
        let hash: PasswordHash = Argon2::default().hash_password(self.password.as_bytes())?;
        let (listen, secret) = (self.listen, &self.client_secret);
        let config = format!(
            r#"
issuer = "{issuer}"
listen = "{listen}"
app_link = "http://127.0.0.1:8470"
[[client]]
id = "{CLIENT}"
name = "Shop"
auth = "client_secret_basic"
secret = "{secret}"
binding = "entry"
scopes = ["openid", "profile", "offline_access"]
[[account]]
username = "{USER}"
password = "{hash}"
sub = "1"
name = "Alice"
[keys]
min_rotation_days = 0
"#
        );
        Ok(std::fs::write(self.folder.join("config.toml"), config)?)
    }

    /// Returns the private keys in `keys.json` by name.
    pub(crate) fn keys(&self) -> Result<Vec<(String, Value)>, Trouble> {
        let file: Json = serde_json::from_slice(&std::fs::read(self.folder.join("keys.json"))?)?;
        let mut keys = Vec::new();
        for name in ["device", "next", "id_token"] {
            let text = file.get(name).and_then(Json::as_str).ok_or("keys.json has another form")?;
            let scalar = scalar(&URL_SAFE_NO_PAD.decode(text)?).ok_or("keys.json holds no P-256 keys")?;
            keys.push((name.to_owned(), Value::Scalar(scalar)));
        }
        Ok(keys)
    }
}

/// Returns the private key in a PKCS #8 document. An `ECPrivateKey` (RFC 5915) begins with version
/// 1 and an octet string of 32 bytes.
fn scalar(pkcs8: &[u8]) -> Option<Vec<u8>> {
    const BEGIN: [u8; 5] = [0x02, 0x01, 0x01, 0x04, 0x20];
    let at = pkcs8.windows(BEGIN.len()).position(|window| window == BEGIN)? + BEGIN.len();
    pkcs8.get(at..at + 32).map(<[u8]>::to_vec)
}

/// Returns the names and values of the phone's secret files.
pub(crate) fn files(folder: &Path) -> Result<Vec<(String, Vec<u8>)>, Trouble> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        files.push((entry.file_name().to_string_lossy().into_owned(), std::fs::read(entry.path())?));
    }
    Ok(files)
}

/// Returns a random text.
pub(crate) fn text() -> Result<String, Trouble> {
    Ok(base64url::encode(random::bytes::<32>().map_err(|error| error.to_string())?))
}
