//! Turns panics into errors.
//!
//! The object stays usable after a panic, because the core changes its state on a copy and then
//! replaces it as a whole. Changes that the call had saved before the panic stay.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use futures_util::FutureExt as _;

use crate::{AuthenticatorError, Cancellation};

/// Runs a call and turns a panic into an error.
pub(crate) fn call<T, E: Into<AuthenticatorError>>(
    call: impl FnOnce() -> Result<T, E>,
) -> Result<T, AuthenticatorError> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(result) => result.map_err(Into::into),
        Err(_) => Err(AuthenticatorError::panicked()),
    }
}

/// Runs a future until it ends or the app cancels it.
pub(crate) async fn run<T, E: Into<AuthenticatorError>>(
    cancellation: Option<Arc<Cancellation>>,
    future: impl Future<Output = Result<T, E>>,
) -> Result<T, AuthenticatorError> {
    let future = AssertUnwindSafe(future).catch_unwind();
    let ended = match cancellation {
        Some(cancellation) => cancellation.race(future).await.ok_or_else(AuthenticatorError::cancelled)?,
        None => future.await,
    };
    match ended {
        Ok(result) => result.map_err(Into::into),
        Err(_) => Err(AuthenticatorError::panicked()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(error: AuthenticatorError) -> String {
        crate::error_code(error)
    }

    fn boom() -> Result<(), AuthenticatorError> {
        panic!("boom")
    }

    #[test]
    fn panic_becomes_an_error() {
        assert_eq!(code(call(boom).unwrap_err()), "panic");
        let run = run(None, async { boom() });
        let error = futures_util::FutureExt::now_or_never(run).unwrap().unwrap_err();
        assert!(error.to_string().contains("refresh"), "a decision may be stored: {error}");
        assert_eq!(code(error), "panic");
    }

    #[test]
    fn pending_call_ends_when_cancelled() {
        let cancellation = Arc::new(Cancellation::new());
        let mut run = Box::pin(run(
            Some(cancellation.clone()),
            futures_util::future::pending::<Result<(), AuthenticatorError>>(),
        ));
        assert!((&mut run).now_or_never().is_none());
        cancellation.cancel();
        assert_eq!(code(run.now_or_never().unwrap().unwrap_err()), "cancelled");
    }
}
