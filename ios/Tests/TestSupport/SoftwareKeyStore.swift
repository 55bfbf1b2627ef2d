import Countersign
import CountersignTestKeys
import Foundation

/// P-256 keys in memory, as a key store of an app. Its prompt confirms, and tests can spoil every answer.
public final class SoftwareKeyStore: KeyStore {
    /// What a test does to the calls.
    public struct Faults: Sendable {
        public init() {}

        /// Before a key is made.
        public var create: (@Sendable (KeySpec) async throws -> Void)?
        /// In place of a new key.
        public var created: (@Sendable (CreatedKey) -> CreatedKey)?
        /// Before a signature is made.
        public var sign: (@Sendable (Prompt?) async throws -> Void)?
        /// In place of a signature.
        public var signature: (@Sendable (Data) -> Data)?
        /// In place of a shared secret.
        public var agreed: (@Sendable (Data) throws -> Data)?
        /// Before a key is deleted.
        public var delete: (@Sendable () async throws -> Void)?
        /// In place of the key that seals the state.
        public var sealing: (@Sendable (Data) throws -> Data)?
    }

    /// The keys themselves.
    public let keys = SoftwareKeys()
    /// The key that seals the state.
    public let sealing = Data((0..<32).map { _ in UInt8.random(in: 0...255) })
    public let faults = Shared(Faults())
    private let handles = Shared<Set<String>>([])

    public init() {}

    /// The names of the keys it holds.
    public var held: Set<String> { handles.now }

    /// Forgets every key, as a phone does that was wiped.
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

    public func sign(handle: String, input: Data, prompt: Prompt?) async throws -> Data {
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
