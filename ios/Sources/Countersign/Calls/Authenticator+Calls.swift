import CountersignFFI

extension Authenticator {
    /// Enrols this phone. Prompts the user once. The enrolment is `pending` while the bank waits for the confirmation code.
    ///
    /// - Parameters:
    ///   - offer: What ``parseOffer(link:)`` read.
    ///   - push: Where requests are to be announced.
    /// - Throws: ``AuthenticatorError``; ``AuthenticatorError/cancelled(code:reason:)`` when the task is cancelled.
    public func enrol(offer: Offer, push: PushAddress) async throws -> Enrolment {
        try await cancellable { try await self.enrol(offer: offer, push: push, cancellation: $0) }
    }

    /// Sends kept answers, fetches what waits, and takes the state of every enrolment. Call it when the app comes to the front
    /// and when the network comes back.
    ///
    /// - Throws: ``AuthenticatorError``; ``AuthenticatorError/cancelled(code:reason:)`` when the task is cancelled.
    public func refresh() async throws -> Refreshed {
        try await cancellable { try await self.refresh(cancellation: $0) }
    }

    /// Fetches the one request that a push hinted at.
    ///
    /// - Parameters:
    ///   - enrolmentId: The enrolment of ``Received/fetch(enrolmentId:txn:)``.
    ///   - txn: The request of the same.
    /// - Throws: ``AuthenticatorError``; ``AuthenticatorError/cancelled(code:reason:)`` when the task is cancelled.
    public func fetch(enrolmentId: String, txn: String) async throws -> PendingRequest {
        try await cancellable { try await self.fetch(enrolmentId: enrolmentId, txn: txn, cancellation: $0) }
    }

    /// Denies a request by its name: from a notification's button, without a screen.
    ///
    /// - Throws: ``AuthenticatorError``; ``AuthenticatorError/cancelled(code:reason:)`` when the task is cancelled. A denial that
    ///   was signed by then is kept, and sent at the next ``refresh()``.
    public func deny(txn: String, reason: DenyReason) async throws -> Outcome {
        try await cancellable { try await self.deny(txn: txn, reason: reason, cancellation: $0) }
    }
}
