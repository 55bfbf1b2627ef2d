import Foundation
import FakePhone
import XCTest

@testable import Countersign

final class KeyStoreTests: XCTestCase {
    private let phone = FakePhone.shared
    private let keys = SecureEnclaveKeyStore(accessGroup: "group.test", language: .en)
    private let approve = Prompt(purpose: .approve, issuerName: "ACME Bank", issuerAddress: "acme.example")

    override func setUp() {
        phone.reset(curve: TestCurve())
    }

    private func make(_ role: KeyRole, in keys: SecureEnclaveKeyStore? = nil) async throws -> CreatedKey {
        let spec = KeySpec(role: role, issuer: "https://bank.example", challenge: Data(count: 32))
        return try await (keys ?? self.keys).create(spec: spec)
    }

    private func verified(_ keys: SecureEnclaveKeyStore, _ handle: String) async throws -> Data {
        try await keys.signWithUserVerification(handle: handle, input: Data([1]), prompt: approve)
    }

    private func error(_ body: () async throws -> Void) async -> KeyStoreError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? KeyStoreError
        }
    }

    func testKeysAreCreatedInEnclaveWithUniqueHandles() async throws {
        let keys = try await [make(.device), make(.userVerification), make(.encryption)]
        XCTAssertEqual(keys.map(\.protection), [.secureEnclave, .secureEnclave, .secureEnclave])
        XCTAssertEqual(keys.map(\.verification), [.none, .biometric, .none])
        XCTAssertEqual(keys.map(\.publicKey.count), [65, 65, 65])
        XCTAssertEqual(Set(keys.map(\.handle)).count, 3)
        XCTAssertTrue(keys.allSatisfy(\.evidence.isEmpty))
        XCTAssertTrue(phone.items.allSatisfy { $0["agrp"] as? String == "group.test" })
    }

    func testDeviceKeySignsWithoutPrompt() async throws {
        let key = try await make(.device)
        let signature = try await keys.sign(handle: key.handle, input: Data("in".utf8))
        XCTAssertEqual(signature.count, 64)
        XCTAssertEqual(phone.prompts, [])
    }

    func testDeviceKeyHasNoPrompt() async throws {
        let key = try await make(.device)
        let thrown = await error { _ = try await verified(keys, key.handle) }
        XCTAssertEqual(thrown, .unavailable(reason: "this key does not verify the user"))
        XCTAssertEqual(phone.prompts, [])
    }

    func testUserVerificationKeyPromptsAtEachUse() async throws {
        let key = try await make(.userVerification)
        for _ in 1...2 {
            let signature = try await verified(keys, key.handle)
            XCTAssertEqual(signature.count, 64)
        }
        XCTAssertEqual(
            phone.prompts, Array(repeating: "Approve \u{2068}ACME Bank (acme.example)\u{2069}’s request", count: 2))
    }

    func testUserVerificationKeyFailsWithoutPrompt() async throws {
        let key = try await make(.userVerification)
        let thrown = await error { _ = try await keys.sign(handle: key.handle, input: Data([1])) }
        XCTAssertEqual(thrown, .notVerified)
        XCTAssertEqual(phone.prompts, [])
    }

    func testCancelledPromptDiffersFromFailedVerification() async throws {
        let key = try await make(.userVerification)
        for (result, expected) in [
            (FakePromptResult.closed, KeyStoreError.cancelled), (.notVerified, .notVerified),
            (.lockedOut, .notVerified),
        ] {
            phone.prompt = result
            let thrown = await error { _ = try await verified(keys, key.handle) }
            XCTAssertEqual(thrown, expected)
        }
    }

    func testChangedBiometricsInvalidateKey() async throws {
        let key = try await make(.userVerification)
        phone.biometrics = Data("two fingers".utf8)
        let thrown = await error { _ = try await verified(keys, key.handle) }
        XCTAssertEqual(thrown, .invalidated)
        XCTAssertEqual(phone.prompts, [], "no prompt is shown for an unusable key")
    }

    func testRemovedBiometricsInvalidateKey() async throws {
        let key = try await make(.userVerification)
        phone.biometrics = nil
        let thrown = await error { _ = try await verified(keys, key.handle) }
        XCTAssertEqual(thrown, .invalidated)
    }

    func testFailureDuringLockoutIsNoInvalidation() async throws {
        let name = KeyName(role: .userVerification, place: .enclave)
        let biometrics = Biometrics(items: KeychainItems(accessGroup: "group.test"))
        try biometrics.store(name, Data("one finger".utf8))
        let failure = KeychainFailure.other(domain: "CryptoTokenKit", code: -3)
        XCTAssertFalse(biometrics.isInvalidated(name, by: failure), "the biometrics have not changed")
        phone.biometrics = Data("two fingers".utf8)
        XCTAssertTrue(biometrics.isInvalidated(name, by: failure))
        phone.prompt = .lockedOut
        XCTAssertFalse(biometrics.isInvalidated(name, by: failure))
    }

    func testRemovedKeyIsInvalidatedAndUnknownKeyIsMissing() async throws {
        let key = try await make(.userVerification)
        phone.items.removeAll { $0["key"] != nil }
        let removed = await error { _ = try await verified(keys, key.handle) }
        XCTAssertEqual(removed, .invalidated)
        for handle in ["uvk.enclave.never", "uvk", "", "xyz.enclave.1"] {
            let missing = await error { _ = try await verified(keys, handle) }
            XCTAssertEqual(missing, .missing, handle)
        }
    }

    func testKeysAreLockedBeforeFirstUnlock() async throws {
        let (device, encryption) = try await (make(.device), make(.encryption))
        phone.unlockedSinceStart = false
        let signing = await error { _ = try await keys.sign(handle: device.handle, input: Data([1])) }
        XCTAssertEqual(signing, .locked)
        XCTAssertThrowsError(try keys.agree(handle: encryption.handle, peer: encryption.publicKey)) {
            XCTAssertEqual($0 as? KeyStoreError, .locked)
        }
        XCTAssertThrowsError(try keys.sealingKey(stateExists: true)) { XCTAssertEqual($0 as? KeyStoreError, .locked) }
    }

    func testTwoEncryptionKeysDeriveSameSecret() async throws {
        let (mine, theirs) = try await (make(.encryption), make(.encryption))
        XCTAssertEqual(
            try keys.agree(handle: mine.handle, peer: theirs.publicKey),
            try keys.agree(handle: theirs.handle, peer: mine.publicKey))
        XCTAssertThrowsError(try keys.agree(handle: mine.handle, peer: Data([4])))
    }

    func testDeviceKeyDerivesNoSecret() async throws {
        let (device, peer) = try await (make(.device), make(.encryption))
        XCTAssertThrowsError(try keys.agree(handle: device.handle, peer: peer.publicKey)) {
            XCTAssertEqual($0 as? KeyStoreError, .missing)
        }
    }

    func testDeletingKeyTwiceIsNoError() async throws {
        let key = try await make(.userVerification)
        try await keys.delete(handle: key.handle)
        try await keys.delete(handle: key.handle)
        XCTAssertTrue(phone.items.isEmpty, "the stored biometrics are deleted too")
        let missing = await error { _ = try await verified(keys, key.handle) }
        XCTAssertEqual(missing, .missing)
    }

    func testUserVerificationKeyRequiresBiometrics() async {
        phone.biometrics = nil
        let thrown = await error { _ = try await make(.userVerification) }
        guard case .unavailable = thrown else { return XCTFail("\(String(describing: thrown))") }
        XCTAssertTrue(phone.items.isEmpty)
    }

    func testKeysWithoutEnclaveRequireSoftwareOption() async throws {
        phone.hasSecureEnclave = false
        let thrown = await error { _ = try await make(.device) }
        guard case .unavailable = thrown else { return XCTFail("\(String(describing: thrown))") }
        let simulator = SecureEnclaveKeyStore(accessGroup: "group.test", withoutEnclave: .useSoftware, language: .en)
        let (device, verification) = try await (make(.device, in: simulator), make(.userVerification, in: simulator))
        XCTAssertEqual([device.protection, verification.protection], [.software, .software])
        _ = try await simulator.signWithUserVerification(handle: verification.handle, input: Data([1]), prompt: approve)
        XCTAssertFalse(phone.prompts.isEmpty, "a software key prompts the user too")
    }

    func testSealingKeyIsCreatedOnceAndNeverForExistingState() throws {
        XCTAssertThrowsError(try keys.sealingKey(stateExists: true)) { XCTAssertEqual($0 as? KeyStoreError, .missing) }
        let first = try keys.sealingKey(stateExists: false)
        XCTAssertEqual(first.count, 32)
        XCTAssertEqual(try keys.sealingKey(stateExists: true), first)
        XCTAssertEqual(try SecureEnclaveKeyStore(accessGroup: "group.test").sealingKey(stateExists: false), first)
        XCTAssertNotEqual(try SecureEnclaveKeyStore(accessGroup: "group.other").sealingKey(stateExists: false), first)
    }
}
