//! A store for secrets in memory, for the test targets of this crate.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use countersign_core::adapters::desktop::{SecretError, SecretStore};
use zeroize::Zeroizing;

/// A store for secrets in memory. Clones share the secrets.
#[derive(Default, Clone)]
pub(crate) struct MemorySecrets(pub(crate) Arc<Mutex<HashMap<String, Vec<u8>>>>);

impl SecretStore for MemorySecrets {
    fn get(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, SecretError> {
        Ok(self.0.lock().unwrap().get(name).cloned().map(Zeroizing::new))
    }

    fn set(&self, name: &str, secret: &[u8]) -> Result<(), SecretError> {
        self.0.lock().unwrap().insert(name.into(), secret.into());
        Ok(())
    }

    fn delete(&self, name: &str) -> Result<(), SecretError> {
        self.0.lock().unwrap().remove(name);
        Ok(())
    }
}
