#if canImport(Security) && canImport(LocalAuthentication) && canImport(CryptoKit)
    import CountersignFFI
    import CryptoKit
    import Dispatch
    import Foundation
    import LocalAuthentication
    import Security

    /// The keys of an iPhone: P-256 in the Secure Enclave.
    ///
    /// The device key and the encryption key work after the first unlock and without a prompt. The user-verification key asks for
    /// Face ID or Touch ID at each use and is bound to the fingers and faces that the phone knew when it was made
    /// (`biometryCurrentSet`): when they change it is ``KeyStoreError/invalidated``, and the user has to enrol again or prove
    /// who they are to the bank. No key is in a backup or on another device.
    ///
    /// The evidence of a key is empty: App Attest attests an app and not a P-256 key of the Secure Enclave, so nothing is claimed
    /// about where a key lives that a server could verify.
    public final class SecureEnclaveKeyStore: KeyStore {
        /// What to do where there is no Secure Enclave, as in a simulator.
        public enum WithoutEnclave: Sendable {
            /// Make no key and say so.
            case refuse
            /// Make keys of software in the keychain. Each is reported as ``Protection/software`` to the bank, which decides
            /// whether that is enough.
            case useSoftware
        }

        private static let sealing = (service: "org.countersign.state", account: "sealing key")

        private let keys: PrivateKeys
        private let items: KeychainItems
        private let biometrics: Biometrics
        private let withoutEnclave: WithoutEnclave
        private let language: Language
        private let queue = DispatchQueue(label: "org.countersign.keys", qos: .userInitiated, attributes: .concurrent)

        /// Keys in this access group of the keychain: the identifier of the app group, which the notification extension shares.
        ///
        /// - Parameters:
        ///   - accessGroup: an access group that the entitlements of app and extension name.
        ///   - withoutEnclave: what to do in a simulator.
        ///   - language: of the words in the prompt.
        public init(
            accessGroup: String, withoutEnclave: WithoutEnclave = .refuse, language: Language = .preferred
        ) {
            keys = PrivateKeys(accessGroup: accessGroup)
            items = KeychainItems(accessGroup: accessGroup)
            biometrics = Biometrics(items: items)
            self.withoutEnclave = withoutEnclave
            self.language = language
        }

        /// Makes a key. A user-verification key needs a finger or a face that the phone knows.
        public func create(spec: KeySpec) async throws -> CreatedKey {
            let name = KeyName(role: spec.role.inName, place: try place())
            let (keys, biometrics) = (keys, biometrics)
            let point = try await blocking {
                let known = try name.role == .userVerification ? Self.knownBiometrics() : nil
                let point = try keys.make(name)
                do {
                    if let known { try biometrics.remember(name, known) }
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

        /// Signs. With a prompt the user is asked first; a user-verification key refuses without one.
        public func sign(handle: String, input: Data, prompt: Prompt?) async throws -> Data {
            guard let name = KeyName(handle: handle) else { throw KeyStoreError.missing }
            let context = prompt.map { LAContext(asking: $0, in: language) }
            defer { context?.invalidate() }
            if name.role == .userVerification, context == nil { throw KeyStoreError.notVerified }
            if let context, name.role != .userVerification || name.place == .software {
                // Only a user-verification key of the Secure Enclave shows the prompt by itself.
                try await ask(context, for: name)
            }
            let (keys, biometrics) = (keys, biometrics)
            let shown = Shown(context)
            let der = try await blocking {
                do throws(KeychainFailure) {
                    return try keys.sign(name, input, shown.context)
                } catch {
                    throw biometrics.invalidated(name, by: error) ? KeyStoreError.invalidated : error.keyStoreError
                }
            }
            return try rawSignature(der: der)
        }

        /// Agrees on a secret with an encryption key, without a prompt.
        public func agree(handle: String, peer: Data) throws -> Data {
            guard let name = KeyName(handle: handle), name.role == .encryption else { throw KeyStoreError.missing }
            do throws(KeychainFailure) {
                return try keys.agree(name, peer)
            } catch {
                throw error.keyStoreError
            }
        }

        /// Deletes a key. One that is gone is no error.
        public func delete(handle: String) async throws {
            guard let name = KeyName(handle: handle) else { return }
            let (keys, biometrics) = (keys, biometrics)
            try await blocking {
                try keys.delete(name)
                if name.role == .userVerification { try biometrics.forget(name) }
            }
        }

        /// The key that seals the state. It is made once; over a state that exists no other is made.
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
                    // Another thread was first: its key is the key.
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
            case .refuse: throw KeyStoreError.unavailable(reason: "this device has no Secure Enclave")
            }
        }

        /// Asks the user before a key is used that does not ask by itself.
        private func ask(_ context: LAContext, for name: KeyName) async throws {
            do {
                let recognised = try await context.evaluatePolicy(
                    .deviceOwnerAuthenticationWithBiometrics, localizedReason: context.localizedReason)
                guard recognised else { throw KeyStoreError.notVerified }
            } catch let error as LAError {
                let failure = KeychainFailure.prompt(error.code)
                throw biometrics.invalidated(name, by: failure) ? KeyStoreError.invalidated : failure.keyStoreError
            }
        }

        private static func knownBiometrics() throws -> Data {
            guard case .these(let known) = Biometrics.known() else {
                throw KeyStoreError.unavailable(
                    reason: "Face ID or Touch ID cannot be used: it is not set up, or the user does not allow this app to use it")
            }
            return known
        }

        private static func random(_ count: Int) throws(KeychainFailure) -> Data {
            var bytes = Data(count: count)
            let status = bytes.withUnsafeMutableBytes { place in
                place.baseAddress.map { SecRandomCopyBytes(kSecRandomDefault, count, $0) } ?? errSecParam
            }
            guard status == errSecSuccess else { throw .status(status) }
            return bytes
        }

        /// Runs what can block, as the Secure Enclave and its prompt do, outside the threads of Swift's tasks.
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

    /// Carries a prompt to the thread that uses it; no two threads hold it at once.
    private struct Shown: @unchecked Sendable {
        let context: LAContext?

        init(_ context: LAContext?) {
            self.context = context
        }
    }

    extension LAContext {
        /// A prompt of its own for one use, without a way around the finger or face.
        fileprivate convenience init(asking prompt: Prompt, in language: Language) {
            self.init()
            localizedReason = prompt.words(in: language)
            localizedFallbackTitle = ""
        }
    }

    extension KeyRole {
        fileprivate var inName: KeyName.Role {
            switch self {
            case .device: .device
            case .userVerification: .userVerification
            case .encryption: .encryption
            }
        }
    }
#endif
