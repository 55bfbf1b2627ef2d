//! Adapts the traits that a shell implements to the traits of the core.
//!
//! Every exception and every malformed result of a callback becomes a typed error.

use std::sync::Arc;

use countersign_core::platform::Platform;

use crate::{AuthenticatorError, DeviceClock, Diagnostics, KeyStore, StateStore, Transport};

pub(crate) mod clock;
pub(crate) mod diagnostics;
pub(crate) mod keys;
pub(crate) mod state;
pub(crate) mod transport;

/// Builds the core's platform from the shell's implementations.
pub(crate) fn assemble(
    keys: Arc<dyn KeyStore>,
    state: Arc<dyn StateStore>,
    clock: Arc<dyn DeviceClock>,
    diagnostics: Arc<dyn Diagnostics>,
    transport: Option<Arc<dyn Transport>>,
) -> Result<Platform, AuthenticatorError> {
    Ok(Platform {
        keys: Arc::new(keys::Foreign(keys)),
        transport: transport::choose(transport)?,
        state: Arc::new(state::Foreign(state)),
        clock: Arc::new(clock::Foreign(clock)),
        diagnostics: Arc::new(diagnostics::Foreign(diagnostics)),
    })
}
