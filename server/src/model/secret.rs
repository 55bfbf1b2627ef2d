//! Text that is wiped when it is dropped and that `Debug` does not show.

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// A password hash, a client secret or the token of a form. `Debug` hides it.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes ownership of the text.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// Returns the text.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Compares in a time that does not depend on the position of the first difference.
    pub fn matches(&self, other: &str) -> bool {
        self.0.as_bytes().ct_eq(other.as_bytes()).into()
    }
}

/// Compares like [`Secret::matches`].
impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.matches(other.expose())
    }
}

impl Eq for Secret {}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_matches_only_itself_and_is_not_shown() {
        let secret = |text: &str| Secret::new(text.to_owned());
        assert!(secret("token").matches("token") && secret("token") == secret("token"));
        for other in ["", "toke", "token2", "Token"] {
            assert!(!secret("token").matches(other) && secret("token") != secret(other), "{other}");
        }
        assert_eq!(format!("{:?}", secret("token")), "Secret(hidden)");
    }
}
