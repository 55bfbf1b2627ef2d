import CountersignFFI

extension PendingRequest {
    /// Denies without looking. One step, no prompt.
    ///
    /// - Throws: ``AuthenticatorError``; ``AuthenticatorError/cancelled(code:reason:)`` when the task is cancelled. A denial that
    ///   was signed by then is kept, and sent at the next ``Authenticator/refresh()``.
    public func deny(_ reason: DenyReason) async throws -> Outcome {
        try await cancellable { try await self.deny(reason: reason, cancellation: $0) }
    }
}

extension Review {
    /// Denies, having looked for this long. One step, no prompt. Uses up the review.
    ///
    /// - Parameters:
    ///   - reason: Why.
    ///   - shownMs: For how many milliseconds the fields were on the screen.
    /// - Throws: ``AuthenticatorError``; ``AuthenticatorError/cancelled(code:reason:)`` when the task is cancelled. A denial that
    ///   was signed by then is kept, and sent at the next ``Authenticator/refresh()``.
    public func deny(_ reason: DenyReason, shownMs: UInt64) async throws -> Outcome {
        try await cancellable { try await self.deny(reason: reason, shownMs: shownMs, cancellation: $0) }
    }
}

extension Ticket {
    /// Approves. Prompts the user.
    ///
    /// - Parameter binding: The value that was typed or chosen, where the request asks for one. A value of another shape than asked
    ///   for throws ``AuthenticatorError/binding(code:reason:)`` and leaves the ticket good; anything else uses it up.
    /// - Throws: ``AuthenticatorError``; ``AuthenticatorError/cancelled(code:reason:)`` when the task is cancelled. An approval that
    ///   was signed by then is kept, and sent at the next ``Authenticator/refresh()``.
    public func approve(binding: String? = nil) async throws -> Outcome {
        try await cancellable { try await self.approve(binding: binding, cancellation: $0) }
    }

    /// Denies after all. One step, no prompt.
    ///
    /// - Throws: ``AuthenticatorError``; ``AuthenticatorError/cancelled(code:reason:)`` when the task is cancelled. A denial that
    ///   was signed by then is kept, and sent at the next ``Authenticator/refresh()``.
    public func deny(_ reason: DenyReason) async throws -> Outcome {
        try await cancellable { try await self.deny(reason: reason, cancellation: $0) }
    }
}
