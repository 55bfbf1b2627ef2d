#if canImport(Security) && canImport(LocalAuthentication) && canImport(CryptoKit)
    import CountersignFFI
    import CryptoKit
    import Dispatch
    import Foundation
    import LocalAuthentication
    import Security

    /// A key store with P-256 keys in the Secure Enclave.
    ///
    /// The device key and the encryption key can be used after the first unlock without a prompt.
    /// The user-verification key asks for Face ID or Touch ID at each use. It is bound to the
    /// biometrics at the time of its creation (`biometryCurrentSet`). When they change, the key is
    /// ``KeyStoreError/invalidated``, and the user must verify their identity with the bank or
    /// enrol again. No key is included in backups or transferred to another device.
    ///
    /// Keys have no attestation evidence, because App Attest attests an app and not a key of the
    /// Secure Enclave.
    public final class SecureEnclaveKeyStore: KeyStore {
        /// The behaviour on a device without a Secure Enclave, for example in a simulator.
        public enum WithoutEnclave: Sendable {
            /// Creates no key and throws ``KeyStoreError/unavailable(reason:)``.
            case fail
            /// Creates software keys in the keychain. The bank sees them as ``Protection/software``
            /// and decides whether it accepts them.
            case useSoftware
        }

        private static let sealing = (service: "org.countersign.state", account: "sealing key")

        private let keys: PrivateKeys
        private let items: KeychainItems
        private let biometrics: Biometrics
        private let withoutEnclave: WithoutEnclave
        private let language: Language
        private let queue = DispatchQueue(label: "org.countersign.keys", qos: .userInitiated, attributes: .concurrent)

        /// Creates a key store.
        ///
        /// - Parameters:
        ///   - accessGroup: The keychain access group of the keys. Use the identifier of the app
        ///     group in the entitlements of the app and its notification extension.
        ///   - withoutEnclave: The behaviour on a device without a Secure Enclave.
        ///   - language: The language of the prompt.
        public init(
            accessGroup: String, withoutEnclave: WithoutEnclave = .fail, language: Language = .preferred
        ) {
            keys = PrivateKeys(accessGroup: accessGroup)
            items = KeychainItems(accessGroup: accessGroup)
            biometrics = Biometrics(items: items)
            self.withoutEnclave = withoutEnclave
            self.language = language
        }

        /// Creates a key.
        ///
        /// - Throws: ``KeyStoreError``. It is ``KeyStoreError/unavailable(reason:)`` if there is no
        ///   Secure Enclave, or no biometrics for a user-verification key.
        public func create(spec: KeySpec) async throws -> CreatedKey {
            let name = KeyName(role: spec.role.nameRole, place: try place())
            let (keys, biometrics) = (keys, biometrics)
            let point = try await blocking {
                let state = try name.role == .userVerification ? Self.biometricState() : nil
                let point = try keys.make(name)
                do {
                    if let state { try biometrics.store(name, state) }
                } catch {
                    try keys.delete(name)
                    throw error
                }
                return point
            }
            return CreatedKey(
                handle: name.handle, publicKey: point, protection: name.place == .enclave ? .secureEnclave : .software,
                verification: name.role == .userVerification ? .biometric : .none, evidence: [])
        }

        /// Signs data with a device key (ES256), without a prompt.
        ///
        /// - Returns: The signature of 64 bytes, `r ‖ s`.
        /// - Throws: ``KeyStoreError``. It is ``KeyStoreError/notVerified`` for a user-verification
        ///   key.
        public func sign(handle: String, input: Data) async throws -> Data {
            guard let name = KeyName(handle: handle) else { throw KeyStoreError.missing }
            if name.role == .userVerification { throw KeyStoreError.notVerified }
            return try await sign(name, input, nil)
        }

        /// Shows the prompt, verifies the user and signs data with a user-verification key (ES256).
        ///
        /// - Returns: The signature of 64 bytes, `r ‖ s`.
        /// - Throws: ``KeyStoreError``. It is ``KeyStoreError/unavailable(reason:)`` for another
        ///   key.
        public func signWithUserVerification(handle: String, input: Data, prompt: Prompt) async throws -> Data {
            guard let name = KeyName(handle: handle) else { throw KeyStoreError.missing }
            guard name.role == .userVerification else {
                throw KeyStoreError.unavailable(reason: "this key does not verify the user")
            }
            let context = LAContext(prompt: prompt, in: language)
            defer { context.invalidate() }
            // Only a key of the Secure Enclave shows the prompt itself.
            if name.place == .software { try await verifyUser(context, for: name) }
            return try await sign(name, input, context)
        }

        private func sign(_ name: KeyName, _ input: Data, _ context: LAContext?) async throws -> Data {
            let (keys, biometrics) = (keys, biometrics)
            let prompt = PromptContext(context)
            let der = try await blocking {
                do throws(KeychainFailure) {
                    return try keys.sign(name, input, prompt.context)
                } catch {
                    throw biometrics.isInvalidated(name, by: error) ? KeyStoreError.invalidated : error.keyStoreError
                }
            }
            return try rawSignature(der: der)
        }

        /// Derives a shared secret with an encryption key (ECDH), without a prompt.
        ///
        /// - Throws: ``KeyStoreError``
        public func agree(handle: String, peer: Data) throws -> Data {
            guard let name = KeyName(handle: handle), name.role == .encryption else { throw KeyStoreError.missing }
            do throws(KeychainFailure) {
                return try keys.agree(name, peer)
            } catch {
                throw error.keyStoreError
            }
        }

        /// Deletes a key. Does nothing if the key does not exist.
        ///
        /// - Throws: ``KeyStoreError``
        public func delete(handle: String) async throws {
            guard let name = KeyName(handle: handle) else { return }
            let (keys, biometrics) = (keys, biometrics)
            try await blocking {
                try keys.delete(name)
                if name.role == .userVerification { try biometrics.delete(name) }
            }
        }

        /// Returns the key that encrypts the state, and creates it if there is no state yet.
        ///
        /// - Parameter stateExists: True if there is a state that the key must be able to decrypt.
        /// - Throws: ``KeyStoreError``. It is ``KeyStoreError/missing`` if a state exists without
        ///   its key.
        public func sealingKey(stateExists: Bool) throws -> Data {
            let (service, account) = Self.sealing
            do throws(KeychainFailure) {
                if let known = try items.read(service, account) { return known }
                guard !stateExists else { throw KeychainFailure.status(errSecItemNotFound) }
                let fresh = try Self.random(32)
                do throws(KeychainFailure) {
                    try items.add(service, account, fresh)
                    return fresh
                } catch .status(errSecDuplicateItem) {
                    // Another thread has created the key.
                    guard let known = try items.read(service, account) else { throw .status(errSecItemNotFound) }
                    return known
                }
            } catch {
                throw error.keyStoreError
            }
        }

        private func place() throws -> KeyName.Place {
            #if targetEnvironment(simulator)
                let enclave = false
            #else
                let enclave = SecureEnclave.isAvailable
            #endif
            if enclave { return .enclave }
            switch withoutEnclave {
            case .useSoftware: return .software
            case .fail:
                throw KeyStoreError.unavailable(reason: "this device has no Secure Enclave; use a device that has one")
            }
        }

        /// Verifies the user before the use of a key that shows no prompt itself.
        private func verifyUser(_ context: LAContext, for name: KeyName) async throws {
            do {
                let verified = try await context.evaluatePolicy(
                    .deviceOwnerAuthenticationWithBiometrics, localizedReason: context.localizedReason)
                guard verified else { throw KeyStoreError.notVerified }
            } catch let error as LAError {
                let failure = KeychainFailure.prompt(error.code)
                throw biometrics.isInvalidated(name, by: failure) ? KeyStoreError.invalidated : failure.keyStoreError
            }
        }

        private static func biometricState() throws -> Data {
            guard case .state(let state) = Biometrics.current() else {
                throw KeyStoreError.unavailable(
                    reason: "Face ID or Touch ID is not available; ask the user to allow it in Settings")
            }
            return state
        }

        private static func random(_ count: Int) throws(KeychainFailure) -> Data {
            var bytes = Data(count: count)
            let status = bytes.withUnsafeMutableBytes { place in
                place.baseAddress.map { SecRandomCopyBytes(kSecRandomDefault, count, $0) } ?? errSecParam
            }
            guard status == errSecSuccess else { throw .status(status) }
            return bytes
        }

        /// Runs blocking work, such as a prompt, outside the thread pool of Swift concurrency.
        private func blocking<R: Sendable>(_ work: @escaping @Sendable () throws -> R) async throws -> R {
            try await withCheckedThrowingContinuation { continuation in
                queue.async {
                    let result = Result(catching: work).mapError { error -> any Error in
                        (error as? KeychainFailure)?.keyStoreError ?? error
                    }
                    continuation.resume(with: result)
                }
            }
        }
    }

    /// Passes a context to another thread. Only one thread uses it at a time.
    private struct PromptContext: @unchecked Sendable {
        let context: LAContext?

        init(_ context: LAContext?) {
            self.context = context
        }
    }

    extension LAContext {
        /// Creates a context for one prompt, without a fallback to the passcode.
        fileprivate convenience init(prompt: Prompt, in language: Language) {
            self.init()
            localizedReason = prompt.reason(in: language)
            localizedFallbackTitle = ""
        }
    }

    extension KeyRole {
        fileprivate var nameRole: KeyName.Role {
            switch self {
            case .device: .device
            case .userVerification: .userVerification
            case .encryption: .encryption
            }
        }
    }
#endif
