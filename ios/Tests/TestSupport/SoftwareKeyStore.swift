import Countersign
import CountersignTestKeys
import Foundation

/// A key store with P-256 keys in memory. Every prompt succeeds. Tests can replace every result.
public final class SoftwareKeyStore: KeyStore {
    /// The errors and results that a test injects.
    public struct Failures: Sendable {
        public init() {}

        /// Runs before a key is created.
        public var create: (@Sendable (KeySpec) async throws -> Void)?
        /// Replaces a new key.
        public var created: (@Sendable (CreatedKey) -> CreatedKey)?
        /// Runs before a signature is created.
        public var sign: (@Sendable (Prompt?) async throws -> Void)?
        /// Replaces a signature.
        public var signature: (@Sendable (Data) -> Data)?
        /// Replaces a shared secret.
        public var agreed: (@Sendable (Data) throws -> Data)?
        /// Runs before a key is deleted.
        public var delete: (@Sendable () async throws -> Void)?
        /// Replaces the key that encrypts the state.
        public var sealing: (@Sendable (Data) throws -> Data)?
    }

    /// The implementation of the keys.
    public let keys = SoftwareKeys()
    /// The key that encrypts the state.
    public let sealing = Data((0..<32).map { _ in UInt8.random(in: 0...255) })
    public let faults = Shared(Failures())
    private let handles = Shared<Set<String>>([])

    public init() {}

    /// The handles of the existing keys.
    public var held: Set<String> { handles.now }

    /// Deletes every key, as a factory reset does.
    public func lose() {
        for handle in handles.now { keys.delete(handle: handle) }
        handles.now = []
    }

    public func create(spec: KeySpec) async throws -> CreatedKey {
        try await faults.now.create?(spec)
        let key = try keys.create()
        handles.with { _ = $0.insert(key.handle) }
        let created = CreatedKey(
            handle: key.handle, publicKey: key.publicKey, protection: .software, verification: .biometric, evidence: [])
        return faults.now.created?(created) ?? created
    }

    public func sign(handle: String, input: Data) async throws -> Data {
        try await signature(handle, input, nil)
    }

    public func signWithUserVerification(handle: String, input: Data, prompt: Prompt) async throws -> Data {
        try await signature(handle, input, prompt)
    }

    private func signature(_ handle: String, _ input: Data, _ prompt: Prompt?) async throws -> Data {
        try await faults.now.sign?(prompt)
        guard keys.contains(handle: handle) else { throw KeyStoreError.missing }
        let signature = try keys.sign(handle: handle, input: input)
        return faults.now.signature?(signature) ?? signature
    }

    public func agree(handle: String, peer: Data) throws -> Data {
        guard keys.contains(handle: handle) else { throw KeyStoreError.missing }
        let secret = try keys.agree(handle: handle, peer: peer)
        return try faults.now.agreed?(secret) ?? secret
    }

    public func delete(handle: String) async throws {
        try await faults.now.delete?()
        keys.delete(handle: handle)
        handles.with { _ = $0.remove(handle) }
    }

    public func sealingKey(stateExists: Bool) throws -> Data {
        try faults.now.sealing?(sealing) ?? sealing
    }
}
