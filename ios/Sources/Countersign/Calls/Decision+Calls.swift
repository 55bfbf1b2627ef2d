import CountersignFFI

extension PendingRequest {
    /// Denies the request without a prompt.
    ///
    /// - Parameter reason: The reason of the denial.
    /// - Returns: The outcome. The request is denied only if it is ``Outcome/confirmed``.
    /// - Throws: ``AuthenticatorError``. If the task is cancelled, the error is
    ///   ``AuthenticatorError/cancelled(reason:)``. A denial that was already signed stays in the
    ///   outbox and is sent by the next ``Authenticator/refresh()``.
    public func deny(_ reason: DenyReason) async throws -> Outcome {
        try await cancellable { try await self.deny(reason: reason, cancellation: $0) }
    }
}

extension ApprovalSession {
    /// Approves the request. Prompts the user.
    ///
    /// - Returns: The outcome. The request is approved only if it is ``Outcome/confirmed``. The
    ///   session has ended.
    /// - Throws: ``AuthenticatorError``. The session can be used again. If the task is cancelled,
    ///   the error is ``AuthenticatorError/cancelled(reason:)``. An approval that was already
    ///   signed stays in the outbox and is sent by the next ``Authenticator/refresh()``.
    public func approve() async throws -> Outcome {
        try await cancellable { try await self.approve(cancellation: $0) }
    }

    /// Denies the request without a prompt.
    ///
    /// - Parameter reason: The reason of the denial.
    /// - Returns: The outcome. The request is denied only if it is ``Outcome/confirmed``. The
    ///   session has ended.
    /// - Throws: ``AuthenticatorError``. The session can be used again. If the task is cancelled,
    ///   the error is ``AuthenticatorError/cancelled(reason:)``. A denial that was already signed
    ///   stays in the outbox and is sent by the next ``Authenticator/refresh()``.
    public func deny(_ reason: DenyReason) async throws -> Outcome {
        try await cancellable { try await self.deny(reason: reason, cancellation: $0) }
    }
}

extension Review {
    /// Denies the request without a prompt and uses up the review.
    ///
    /// - Parameters:
    ///   - reason: The reason of the denial.
    ///   - shownMs: The time that the fields were displayed, in milliseconds.
    /// - Returns: The outcome. The request is denied only if it is ``Outcome/confirmed``.
    /// - Throws: ``AuthenticatorError``. If the task is cancelled, the error is
    ///   ``AuthenticatorError/cancelled(reason:)``. A denial that was already signed stays in the
    ///   outbox and is sent by the next ``Authenticator/refresh()``.
    public func deny(_ reason: DenyReason, shownMs: UInt64) async throws -> Outcome {
        try await cancellable { try await self.deny(reason: reason, shownMs: shownMs, cancellation: $0) }
    }
}

extension Ticket {
    /// Approves the request. Prompts the user.
    ///
    /// - Parameter binding: The binding value that the user typed, selected or scanned, or nil if
    ///   the request asks for none.
    /// - Returns: The outcome. The request is approved only if it is ``Outcome/confirmed``.
    /// - Throws: ``AuthenticatorError``. If the value has the wrong shape, the error is
    ///   ``AuthenticatorError/binding(code:reason:)`` and the ticket can be used again. Any other
    ///   error uses up the ticket. If the task is cancelled, the error is
    ///   ``AuthenticatorError/cancelled(reason:)``. An approval that was already signed stays in
    ///   the outbox and is sent by the next ``Authenticator/refresh()``.
    public func approve(binding: String? = nil) async throws -> Outcome {
        try await cancellable { try await self.approve(binding: binding, cancellation: $0) }
    }

    /// Denies the request without a prompt and uses up the ticket.
    ///
    /// - Parameter reason: The reason of the denial.
    /// - Returns: The outcome. The request is denied only if it is ``Outcome/confirmed``.
    /// - Throws: ``AuthenticatorError``. If the task is cancelled, the error is
    ///   ``AuthenticatorError/cancelled(reason:)``. A denial that was already signed stays in the
    ///   outbox and is sent by the next ``Authenticator/refresh()``.
    public func deny(_ reason: DenyReason) async throws -> Outcome {
        try await cancellable { try await self.deny(reason: reason, cancellation: $0) }
    }
}
