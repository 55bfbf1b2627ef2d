//! The stored state of one instance, and the check that no other instance writes it.
//!
//! Two instances over one store would sign different messages with the same number, and each would
//! overwrite decisions of the other. Therefore each write compares the store with the bytes that
//! this instance read or wrote last. Instances of one process take turns, so that nothing can
//! change between the comparison and the write.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use zeroize::Zeroizing;

use crate::device::State;
use crate::device::seal::Sealed;
use crate::error::{AuthenticatorError, StateError};
use crate::platform::{KeyStore, StateStore, StateStoreError};
use countersign_protocol::jose::Digest;

/// The state store as one instance uses it.
pub(super) struct Stored {
    store: Arc<dyn StateStore>,
    sealing: Zeroizing<[u8; 32]>,
    /// Held while a change is computed and saved.
    turn: Arc<Mutex<()>>,
    content: Mutex<Content>,
}

/// The content of the store as far as this instance knows it.
#[derive(Clone)]
enum Content {
    Known(Arc<Sealed>),
    /// A write failed, and its effect could not be read back.
    Uncertain,
}

/// The turn of an instance: no other instance of this process changes the store meanwhile.
pub(super) struct Turn<'a> {
    stored: &'a Stored,
    _guard: MutexGuard<'a, ()>,
}

impl Stored {
    /// Reads the store. The state is empty if none was ever stored.
    ///
    /// # Errors
    /// [`AuthenticatorError::State`] if the state cannot be read, and
    /// [`AuthenticatorError::KeyStore`] without the key that seals it.
    pub(super) fn open(store: Arc<dyn StateStore>, keys: &dyn KeyStore) -> Result<(State, Self), AuthenticatorError> {
        let bytes = store.load().map_err(failed)?;
        let sealing = keys.sealing_key(bytes.is_some())?;
        let (state, sealed) = bytes.map_or_else(|| Ok(Default::default()), |bytes| Sealed::open(bytes, &sealing))?;
        let turn = turn_of(Digest::of_secret(&*sealing));
        let content = Mutex::new(Content::Known(Arc::new(sealed)));
        Ok((state, Self { store, sealing, turn, content }))
    }

    /// Waits for the turn of this instance. Instances with the same sealing key take turns.
    pub(super) fn turn(&self) -> Turn<'_> {
        Turn { stored: self, _guard: self.turn.lock().unwrap_or_else(PoisonError::into_inner) }
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn<'_> {
    /// Checks that the store has the bytes that this instance read or wrote last. Returns them.
    ///
    /// # Errors
    /// [`StateError::ChangedElsewhere`] if another instance wrote others.
    /// [`StateError::Uncertain`] after a write whose effect is not known. [`StateError::Store`] if
    /// the store cannot be read.
    pub(super) fn check(&self) -> Result<Arc<Sealed>, StateError> {
        let Content::Known(known) = self.stored.content().clone() else {
            return Err(StateError::Uncertain("an earlier write failed".into()));
        };
        let stored = self.stored.store.load().map_err(failed)?;
        if known.is(stored.as_deref()) { Ok(known) } else { Err(StateError::ChangedElsewhere) }
    }

    /// Replaces the stored state. Only enrolments that changed are sealed.
    ///
    /// After an error of the store its content is read back. If it has the new bytes, the write
    /// counts. If it has the old ones, nothing has changed. Otherwise this instance writes nothing
    /// any more.
    ///
    /// # Errors
    /// As [`check`](Self::check), and [`AuthenticatorError::Broken`] if the state cannot be sealed.
    pub(super) fn replace(&self, state: &State) -> Result<(), AuthenticatorError> {
        let old = self.check()?;
        let new = old.seal(state, &self.stored.sealing).map_err(|_| AuthenticatorError::Broken)?;
        let saved = self.stored.store.save(new.bytes());
        let Err(error) = saved else {
            *self.stored.content() = Content::Known(Arc::new(new));
            return Ok(());
        };
        match self.stored.store.load() {
            Ok(stored) if new.is(stored.as_deref()) => {
                *self.stored.content() = Content::Known(Arc::new(new));
                Ok(())
            }
            Ok(stored) if old.is(stored.as_deref()) => Err(failed(error).into()),
            _ => {
                *self.stored.content() = Content::Uncertain;
                Err(StateError::Uncertain(error.0).into())
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
