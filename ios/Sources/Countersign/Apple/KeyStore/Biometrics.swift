#if canImport(Security) && canImport(LocalAuthentication)
    import Foundation
    import LocalAuthentication
    import Security

    /// Remembers which biometrics the phone knew when a user-verification key was made, so that a key that the phone invalidated
    /// can be told from one that never was.
    struct Biometrics: Sendable {
        private static let service = "org.countersign.biometrics"

        let items: KeychainItems

        /// What stands for the fingers or faces that the phone knows now; nothing where none can be used.
        static func current() -> Data? {
            let context = LAContext()
            defer { context.invalidate() }
            guard context.canEvaluatePolicy(.deviceOwnerAuthenticationWithBiometrics, error: nil) else { return nil }
            return context.evaluatedPolicyDomainState
        }

        /// Keeps what the key is bound to.
        func remember(_ name: KeyName, _ state: Data) throws(KeychainFailure) {
            try items.add(Self.service, name.handle, state)
        }

        /// Forgets it, with the key.
        func forget(_ name: KeyName) throws(KeychainFailure) {
            try items.delete(Self.service, name.handle)
        }

        /// Whether this failure of this key means that the phone invalidated it: the key is gone that was there, or it does not
        /// work and the biometrics are others.
        func invalidated(_ name: KeyName, by failure: KeychainFailure) -> Bool {
            guard name.role == .userVerification, failure.mayMeanInvalidated,
                let remembered = try? items.read(Self.service, name.handle)
            else { return false }
            return failure == .status(errSecItemNotFound) || Self.current() != remembered
        }
    }
#endif
