//! Unreadable states are reported and left unchanged; a folder belongs to one phone at a time.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use countersign_core::adapters::desktop::{StateFile, StateFileError};
use countersign_core::error::StateError;
use countersign_core::platform::KeyStoreError;
use countersign_core::{Authenticator, AuthenticatorError};

use super::bank::Bank;
use super::phone::{TestPhone, UserVerification, Wire, config, platform};

fn reopen(folder: &Path) -> Result<Authenticator, AuthenticatorError> {
    Authenticator::open(config(), platform(folder, Arc::<UserVerification>::default(), Arc::<Wire>::default()))
}

#[tokio::test]
async fn damaged_state_is_reported_and_unchanged() {
    let (bank, folder) = (Bank::open().await, tempfile::tempdir().unwrap());
    drop(TestPhone::enrolled(folder.path(), &bank).await);
    let file = folder.path().join("state");
    let whole = fs::read(&file).unwrap();
    let flipped = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        bytes
    };
    let steps = (0..whole.len()).step_by(whole.len() / 40 + 1);
    let mut damaged: Vec<Vec<u8>> = steps.clone().map(flipped).collect();
    damaged.extend(steps.map(|length| whole[..length].to_vec()));
    damaged.push([&whole[..], b"x"].concat());
    damaged.push(b"not a state".to_vec());
    for bytes in damaged {
        fs::write(&file, &bytes).unwrap();
        let error = reopen(folder.path()).err().expect("a damaged state must not open");
        assert!(matches!(error, AuthenticatorError::State(_)), "{error}");
        assert_eq!(fs::read(&file).unwrap(), bytes);
    }
    fs::write(&file, &whole).unwrap();
    assert_eq!(reopen(folder.path()).ok().unwrap().enrolments().len(), 1);
}

#[tokio::test]
async fn state_without_its_key_is_reported_and_unchanged() {
    let (bank, folder) = (Bank::open().await, tempfile::tempdir().unwrap());
    drop(TestPhone::enrolled(folder.path(), &bank).await);
    let (file, key) = (folder.path().join("state"), folder.path().join("secrets/sealing-key"));
    let whole = fs::read(&file).unwrap();
    fs::write(&key, [7; 32]).unwrap();
    let error = reopen(folder.path()).err();
    assert!(matches!(error, Some(AuthenticatorError::State(StateError::Foreign | StateError::Damaged))), "{error:?}");
    fs::remove_file(&key).unwrap();
    let error = reopen(folder.path()).err();
    assert_eq!(error, Some(AuthenticatorError::KeyStore(KeyStoreError::Missing)));
    assert!(!key.exists(), "no new key over an old state");
    assert_eq!(fs::read(&file).unwrap(), whole);
}

#[test]
fn folder_in_use_is_locked() {
    let folder = tempfile::tempdir().unwrap();
    let phone = TestPhone::open(folder.path());
    assert!(matches!(StateFile::open(folder.path()), Err(StateFileError::Locked(_))));
    drop(phone);
    StateFile::open(folder.path()).unwrap();
}
