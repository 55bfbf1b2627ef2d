import CountersignFFI

extension Enrolment {
    /// Tells the bank where pushes go from now on: call it whenever the push service gives the app another token.
    ///
    /// - Throws: ``AuthenticatorError``; ``AuthenticatorError/cancelled(code:reason:)`` when the task is cancelled.
    public func updatePushAddress(_ address: PushAddress) async throws {
        try await cancellable { try await self.updatePushAddress(address: address, cancellation: $0) }
    }

    /// Replaces the device key and the encryption key. What was received before can still be answered.
    ///
    /// - Throws: ``AuthenticatorError``; ``AuthenticatorError/cancelled(code:reason:)`` when the task is cancelled. The keys in use
    ///   are then still the old ones, or the new ones after the next ``Authenticator/refresh()``.
    public func rotateKeys() async throws {
        try await cancellable { try await self.rotateKeys(cancellation: $0) }
    }

    /// Replaces all three keys. Prompts the user twice: with the old user-verification key, then with the new one. What was received
    /// before can still be answered; an approval is made only once it is known which keys count.
    ///
    /// - Throws: ``AuthenticatorError``; ``AuthenticatorError/unsettled(code:reason:)`` while an approval waits for its receipt;
    ///   ``AuthenticatorError/keyStore(code:reason:)`` with `key_invalidated` when the old key cannot agree any more: the bank
    ///   identifies the user and makes a new offer; ``AuthenticatorError/cancelled(code:reason:)`` when the task is cancelled. The
    ///   keys in use are then still the old ones, or the new ones after the next ``Authenticator/refresh()``.
    public func rotateAllKeys() async throws {
        try await cancellable { try await self.rotateAllKeys(cancellation: $0) }
    }

    /// Ends the enrolment. Its keys go once the bank's receipt says so, never before.
    ///
    /// - Throws: ``AuthenticatorError``; ``AuthenticatorError/cancelled(code:reason:)`` when the task is cancelled.
    public func unenrol() async throws {
        try await cancellable { try await self.unenrol(cancellation: $0) }
    }
}
