import CountersignFFI

/// Runs a call of the library that can be given up. A `Task` that is cancelled does not reach the library by itself: it is
/// told here, ends whatever it waits for, and throws ``AuthenticatorError/cancelled(code:reason:)``.
func cancellable<Answer: Sendable>(
    isolation: isolated (any Actor)? = #isolation,
    _ call: (Cancellation) async throws -> Answer
) async throws -> Answer {
    let cancellation = Cancellation()
    return try await withTaskCancellationHandler {
        try await call(cancellation)
    } onCancel: {
        cancellation.cancel()
    }
}
