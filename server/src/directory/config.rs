//! The directory in the configuration file.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use async_trait::async_trait;

use super::{Directory, DirectoryError};
use crate::config::Config;
use crate::model::{Account, Client, PasswordCost, ResourceServer};

/// The accounts and clients of the configuration file.
#[derive(Debug)]
pub struct ConfigDirectory {
    clients: HashMap<String, Arc<Client>>,
    resource_servers: HashMap<String, Arc<ResourceServer>>,
    accounts: HashMap<String, Arc<Account>>,
    by_sub: HashMap<String, Arc<Account>>,
}

impl ConfigDirectory {
    /// Copies the accounts and clients of a configuration.
    pub fn new(config: &Config) -> Self {
        let clients = config.clients.iter().map(|(id, client)| (id.clone(), Arc::new(client.clone())));
        let servers = config.resource_servers.iter().map(|(id, server)| (id.clone(), Arc::new(server.clone())));
        let accounts: HashMap<_, _> =
            config.accounts.iter().map(|(name, account)| (name.clone(), Arc::new(account.clone()))).collect();
        let by_sub = accounts.values().map(|account| (account.sub.clone(), account.clone())).collect();
        Self { clients: clients.collect(), resource_servers: servers.collect(), accounts, by_sub }
    }
}

#[async_trait]
impl Directory for ConfigDirectory {
    async fn client(&self, id: &str) -> Result<Option<Arc<Client>>, DirectoryError> {
        Ok(self.clients.get(id).cloned())
    }

    async fn resource_server(&self, id: &str) -> Result<Option<Arc<ResourceServer>>, DirectoryError> {
        Ok(self.resource_servers.get(id).cloned())
    }

    async fn account(&self, username: &str) -> Result<Option<Arc<Account>>, DirectoryError> {
        Ok(self.accounts.get(username).cloned())
    }

    async fn account_by_sub(&self, sub: &str) -> Result<Option<Arc<Account>>, DirectoryError> {
        Ok(self.by_sub.get(sub).cloned())
    }

    async fn password_cost(&self) -> Result<PasswordCost, DirectoryError> {
        let costs = self.accounts.values().filter_map(|account| PasswordCost::of(&account.password));
        Ok(PasswordCost::most_common(costs).unwrap_or_default())
    }

    async fn scopes(&self) -> Result<Vec<String>, DirectoryError> {
        let scopes: BTreeSet<&String> = self.clients.values().flat_map(|client| &client.scopes).collect();
        Ok(scopes.into_iter().cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::DataFolder;

    #[tokio::test]
    async fn accounts_and_clients_of_the_file_are_found() {
        let parent = tempfile::tempdir().unwrap();
        let folder = DataFolder::take(&parent.path().join("data")).unwrap();
        let directory = ConfigDirectory::new(&Config::developer(&folder).unwrap().config);
        assert_eq!(directory.client("shop").await.unwrap().unwrap().id, "shop");
        let alice = directory.account("alice").await.unwrap().unwrap();
        assert_eq!(directory.account_by_sub(&alice.sub).await.unwrap().unwrap().username, "alice");
        assert_eq!(directory.scopes().await.unwrap(), ["offline_access", "openid", "profile"]);
        assert_eq!(Some(directory.password_cost().await.unwrap()), PasswordCost::of(&alice.password));
        assert!(directory.client("other").await.unwrap().is_none());
        assert!(directory.resource_server("shop").await.unwrap().is_none());
        assert!(directory.account("bob").await.unwrap().is_none());
        assert!(directory.account_by_sub("other").await.unwrap().is_none());
    }
}
