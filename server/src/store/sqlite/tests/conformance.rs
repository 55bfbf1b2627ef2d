//! The conformance suite of the store, for SQLite.

use super::open;
use crate::store::Store;
use crate::store::conformance::conformance_suite;

/// Opens an empty store in a temporary folder.
async fn empty() -> (Store, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (open(folder.path()).await.unwrap(), folder)
}

conformance_suite!(empty);
