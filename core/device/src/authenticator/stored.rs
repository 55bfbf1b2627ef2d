//! The stored state of one instance, and the check that no other instance writes it.
//!
//! Two instances over one store would sign different messages with the same number, and each would
//! overwrite decisions of the other. Therefore each write compares the store with the bytes that
//! this instance read or wrote last. Instances of one process take turns, so that nothing can
//! change between the comparison and the write.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::error::StateError;
use crate::platform::{StateStore, StateStoreError};
use countersign_protocol::jose::Digest;

/// The state store as one instance uses it.
pub(super) struct Stored {
    store: Arc<dyn StateStore>,
    /// Held while a change is computed and saved.
    turn: Arc<Mutex<()>>,
    content: Mutex<Content>,
}

/// The content of the store as far as this instance knows it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Content {
    /// The digest of the bytes. `None` if the store is empty.
    Known(Option<Digest>),
    /// A write failed, and its effect could not be read back.
    Uncertain,
}

/// The bytes of a store when an instance opens it.
pub(super) struct Opened {
    store: Arc<dyn StateStore>,
    pub(super) bytes: Option<Vec<u8>>,
}

impl Opened {
    /// Reads the store.
    pub(super) fn read(store: Arc<dyn StateStore>) -> Result<Self, StateError> {
        let bytes = store.load().map_err(failed)?;
        Ok(Self { store, bytes })
    }

    /// Returns the store for writes. Instances with the same sealing key take turns.
    pub(super) fn into_stored(self, sealing: &[u8; 32]) -> Stored {
        let content = Content::Known(self.bytes.as_deref().map(Digest::of));
        Stored { store: self.store, turn: turn_of(Digest::of_secret(sealing)), content: Mutex::new(content) }
    }
}

/// The turn of an instance: no other instance of this process changes the store meanwhile.
pub(super) struct Turn<'a> {
    stored: &'a Stored,
    _guard: MutexGuard<'a, ()>,
}

impl Stored {
    /// Waits for the turn of this instance.
    pub(super) fn turn(&self) -> Turn<'_> {
        Turn { stored: self, _guard: self.turn.lock().unwrap_or_else(PoisonError::into_inner) }
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self) -> Result<Content, StateError> {
        Ok(Content::Known(self.store.load().map_err(failed)?.as_deref().map(Digest::of)))
    }
}

impl Turn<'_> {
    /// Checks that the store has the bytes that this instance read or wrote last.
    ///
    /// # Errors
    /// [`StateError::ChangedElsewhere`] if another instance wrote others.
    /// [`StateError::Uncertain`] after a write whose effect is not known. [`StateError::Store`] if
    /// the store cannot be read.
    pub(super) fn check(&self) -> Result<(), StateError> {
        let known = *self.stored.content();
        if known == Content::Uncertain {
            return Err(StateError::Uncertain("an earlier write failed".into()));
        }
        if self.stored.read()? == known { Ok(()) } else { Err(StateError::ChangedElsewhere) }
    }

    /// Replaces the stored bytes.
    ///
    /// After an error of the store its content is read back. If it has the new bytes, the write
    /// counts. If it has the old ones, nothing has changed. Otherwise this instance writes nothing
    /// any more.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub(super) fn replace(&self, bytes: &[u8]) -> Result<(), StateError> {
        self.check()?;
        let new = Content::Known(Some(Digest::of(bytes)));
        let Err(error) = self.stored.store.save(bytes) else {
            *self.stored.content() = new;
            return Ok(());
        };
        let old = *self.stored.content();
        match self.stored.read() {
            Ok(stored) if stored == new => {
                *self.stored.content() = new;
                Ok(())
            }
            Ok(stored) if stored == old => Err(failed(error)),
            _ => {
                *self.stored.content() = Content::Uncertain;
                Err(StateError::Uncertain(error.0))
            }
        }
    }
}

/// Returns the turn that all instances of this process with this sealing key share.
fn turn_of(sealing: Digest) -> Arc<Mutex<()>> {
    static TURNS: Mutex<Vec<(Digest, Weak<Mutex<()>>)>> = Mutex::new(Vec::new());
    let mut turns = TURNS.lock().unwrap_or_else(PoisonError::into_inner);
    turns.retain(|(_, turn)| turn.strong_count() > 0);
    let known = turns.iter().find(|(key, _)| *key == sealing).and_then(|(_, turn)| turn.upgrade());
    known.unwrap_or_else(|| {
        let turn = Arc::default();
        turns.push((sealing, Arc::downgrade(&turn)));
        turn
    })
}

fn failed(error: StateStoreError) -> StateError {
    StateError::Store(error.0)
}
