//! The default configuration for developers. It is written into the data folder at the first start.

use argon2::Argon2;
use argon2::password_hash::PasswordHasher;
use argon2::password_hash::phc::PasswordHash;
use countersign_durable_file as durable;
use countersign_protocol::jose::{base64url, random};

use super::{Config, ConfigError};
use crate::folder::DataFolder;

/// The developer's configuration.
#[derive(Debug)]
pub struct DeveloperConfig {
    /// The configuration.
    pub config: Config,
    /// True if this start created the file.
    pub created: bool,
}

impl Config {
    /// Reads `config.toml` from the data folder. The first start writes it, with the account
    /// `alice` (password `demo`) and the client `shop` with a random secret.
    ///
    /// # Errors
    /// [`ConfigError`] if the file cannot be read, written or parsed. An existing file is never
    /// overwritten.
    pub fn developer(folder: &DataFolder) -> Result<DeveloperConfig, ConfigError> {
        let path = folder.file("config.toml");
        if path.exists() {
            return Ok(DeveloperConfig { config: Self::load(&path)?, created: false });
        }
        let text = template()?;
        durable::create(&path, text.as_bytes()).map_err(|source| ConfigError::Unreadable { path, source })?;
        Ok(DeveloperConfig { config: Self::parse(&text)?, created: true })
    }
}

fn template() -> Result<String, ConfigError> {
    let failed = |reason: String| ConfigError::Value { field: "developer's defaults".to_owned(), reason };
    let secret = base64url::encode(random::bytes::<32>().map_err(|e| failed(e.to_string()))?);
    let hash: PasswordHash = Argon2::default().hash_password(b"demo").map_err(|e| failed(e.to_string()))?;
    Ok(format!(
        r#"# A developer's configuration, created at the first start. You can change it; it is never overwritten.

# The base of every address. To serve other machines, write a public https address, put a TLS proxy in
# front, and set trusted_proxy = true if only that proxy can reach `listen` and it sets X-Forwarded-For.
issuer = "http://127.0.0.1:8460"
listen = "127.0.0.1:8460"
# The host whose links open the bank's app. Here it is the virtual phone.
app_link = "http://127.0.0.1:8470"

[[client]]
id = "shop"
name = "Demo Shop"
auth = "client_secret_basic"
secret = "{secret}"
# The shop shows six digits and the customer types them on the phone.
binding = "entry"
# The scope offline_access permits the shop to request a refresh token.
scopes = ["openid", "profile", "offline_access"]

[[account]]
username = "alice"
# The password is: demo
password = "{hash}"
sub = "248289761001"
name = "Alice Example"

[policy]
request_lifetime_s = 300
interval_s = 5
binding_floor = "none"
# For tests of the mode choice. A bank leaves it out: one of three guesses is right.
allow_choice = true
confirm_code = true
min_shown_ms = 0
calls = "allow"
# Each installation of an app under development is another phone. The default for a bank is 10.
phones_per_account = 100
"#
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ClientAuth;

    #[test]
    fn configuration_is_created_once_and_then_read() {
        let parent = tempfile::tempdir().unwrap();
        let folder = DataFolder::take(&parent.path().join("data")).unwrap();
        let first = Config::developer(&folder).unwrap();
        let second = Config::developer(&folder).unwrap();
        assert!(first.created && !second.created);
        let secret = |config: &Config| match &config.client("shop").unwrap().auth {
            ClientAuth::SecretBasic(secret) => secret.expose().to_owned(),
            ClientAuth::PrivateKeyJwt(_) => panic!("the developer's client uses a secret"),
        };
        assert_eq!(secret(&first.config), secret(&second.config));
        assert!(secret(&first.config).len() >= 43);
        assert_eq!(first.config.account("alice").unwrap().name, "Alice Example");
        assert!(!format!("{first:?}").contains(&secret(&first.config)));
    }
}
