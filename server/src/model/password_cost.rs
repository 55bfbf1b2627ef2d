//! The cost of verifying a password.

use super::Secret;

/// A hash without a known password, for a directory without accounts.
const DEFAULT: &str = "$argon2id$v=19$m=19456,t=2,p=1";

/// The salt and the output of the hash of nobody. No password is known for them.
const OF_NOBODY: &str = "$Y291bnRlcnNpZ24tbm8$xlMqk6hUyzCVJU8Wu0cXfFwI8Z7cAUWpq3lFs0bA3pE";

/// The function and the parameters of a password hash: the start of a PHC string (argon2).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PasswordCost(String);

impl PasswordCost {
    /// Returns the cost of a hash. It contains neither salt nor output.
    pub fn of(hash: &Secret) -> Option<Self> {
        let (start, _) = hash.expose().rsplit_once('$')?;
        start.rsplit_once('$').map(|(cost, _)| Self(cost.to_owned()))
    }

    /// Returns the most common cost. Of several, it is the one that is first in the order of text.
    pub fn most_common(costs: impl IntoIterator<Item = Self>) -> Option<Self> {
        let mut counts = std::collections::BTreeMap::<Self, u32>::new();
        for cost in costs {
            let count = counts.entry(cost).or_default();
            *count = count.saturating_add(1);
        }
        counts.into_iter().rev().max_by_key(|(_, count)| *count).map(|(cost, _)| cost)
    }

    /// Returns a hash that no password matches. Verifying it takes as long as verifying a hash of
    /// this cost.
    pub fn hash_of_nobody(&self) -> Secret {
        Secret::new(format!("{}{OF_NOBODY}", self.0))
    }
}

impl Default for PasswordCost {
    fn default() -> Self {
        Self(DEFAULT.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use argon2::password_hash::phc::PasswordHash;

    use super::*;

    fn cost(text: &str) -> PasswordCost {
        PasswordCost::of(&Secret::new(format!("{text}$c2FsdHNhbHQ$b3V0cHV0"))).unwrap()
    }

    #[test]
    fn hash_of_nobody_has_the_cost_and_is_valid() {
        for text in [DEFAULT, "$argon2i$v=19$m=65536,t=3,p=4"] {
            let hash = cost(text).hash_of_nobody();
            assert_eq!(PasswordCost::of(&hash), Some(cost(text)));
            assert!(PasswordHash::new(hash.expose()).is_ok());
        }
        assert_eq!(PasswordCost::of(&Secret::new("demo".to_owned())), None);
    }

    #[test]
    fn most_common_cost_is_found() {
        let [a, b, c] = ["$a$v=19$m=1", "$b$v=19$m=1", "$c$v=19$m=1"].map(cost);
        assert_eq!(PasswordCost::most_common([a.clone(), b.clone(), b.clone(), c.clone()]), Some(b.clone()));
        assert_eq!(PasswordCost::most_common([c, b.clone(), a.clone()]), Some(a));
        assert_eq!(PasswordCost::most_common([]), None);
    }
}
