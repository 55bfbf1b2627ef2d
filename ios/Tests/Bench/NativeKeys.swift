import Countersign
import CountersignTestKeys
import Foundation

/// A key store in Swift with the keys that the Rust authenticator uses, so that both have the same
/// cost.
final class NativeKeys: KeyStore {
    let keys = SoftwareKeys()
    /// The key that encrypts the state of both authenticators.
    let sealing = Data(0..<32)

    func create(spec: KeySpec) async throws -> CreatedKey {
        let key = try keys.create()
        return CreatedKey(
            handle: key.handle, publicKey: key.publicKey, protection: .software, verification: .biometric, evidence: [])
    }

    func sign(handle: String, input: Data) async throws -> Data {
        try keys.sign(handle: handle, input: input)
    }

    func signWithUserVerification(handle: String, input: Data, prompt: Prompt) async throws -> Data {
        try keys.sign(handle: handle, input: input)
    }

    func agree(handle: String, peer: Data) throws -> Data {
        try keys.agree(handle: handle, peer: peer)
    }

    func delete(handle: String) async throws {
        keys.delete(handle: handle)
    }

    func sealingKey(stateExists: Bool) throws -> Data {
        sealing
    }
}
