//! The accounts that tests name by their user names.

use std::collections::BTreeMap;

use countersign_server::Config;

/// The configured accounts by user name.
pub(crate) struct Accounts(BTreeMap<String, Named>);

struct Named {
    sub: String,
    name: String,
}

impl Accounts {
    pub(crate) fn of(config: &Config) -> Self {
        let named = |account: &countersign_server::config::Account| {
            (account.username.clone(), Named { sub: account.sub.clone(), name: account.name.clone() })
        };
        Self(config.accounts.values().map(named).collect())
    }

    /// Returns the subject identifier of a user name. A name that is not configured is the
    /// identifier of its account.
    pub(super) fn id<'a>(&'a self, username: &'a str) -> &'a str {
        self.0.get(username).map_or(username, |account| &account.sub)
    }

    /// Returns the name that phones show.
    pub(super) fn label<'a>(&'a self, username: &'a str) -> &'a str {
        self.0.get(username).map_or(username, |account| &account.name)
    }
}
