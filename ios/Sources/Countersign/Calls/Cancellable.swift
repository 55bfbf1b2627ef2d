import CountersignFFI

/// Runs a call of the library and ends it when the current task is cancelled.
///
/// - Throws: The error of the call, or ``AuthenticatorError/cancelled(reason:)`` after a
///   cancellation.
func cancellable<Value: Sendable>(
    isolation: isolated (any Actor)? = #isolation,
    _ call: (Cancellation) async throws -> Value
) async throws -> Value {
    let cancellation = Cancellation()
    return try await withTaskCancellationHandler {
        try await call(cancellation)
    } onCancel: {
        cancellation.cancel()
    }
}
