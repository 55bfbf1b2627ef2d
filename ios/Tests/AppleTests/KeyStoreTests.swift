import Foundation
import PhoneDouble
import XCTest

@testable import Countersign

final class KeyStoreTests: XCTestCase {
    private let phone = PhoneDouble.shared
    private let keys = SecureEnclaveKeyStore(accessGroup: "group.test", language: .en)
    private let approve = Prompt(purpose: .approve, issuerName: "ACME Bank")

    override func setUp() {
        phone.reset(curve: Curve())
    }

    private func make(_ role: KeyRole, in keys: SecureEnclaveKeyStore? = nil) async throws -> CreatedKey {
        let spec = KeySpec(role: role, issuer: "https://bank.example", challenge: Data(count: 32))
        return try await (keys ?? self.keys).create(spec: spec)
    }

    private func error(_ body: () async throws -> Void) async -> KeyStoreError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? KeyStoreError
        }
    }

    func testKeysLiveInTheEnclaveUnderTheirOwnNames() async throws {
        let made = try await [make(.device), make(.userVerification), make(.encryption)]
        XCTAssertEqual(made.map(\.protection), [.secureEnclave, .secureEnclave, .secureEnclave])
        XCTAssertEqual(made.map(\.verification), [.none, .biometric, .none])
        XCTAssertEqual(made.map(\.publicKey.count), [65, 65, 65])
        XCTAssertEqual(Set(made.map(\.handle)).count, 3)
        XCTAssertTrue(made.allSatisfy(\.evidence.isEmpty))
        XCTAssertTrue(phone.items.allSatisfy { $0["agrp"] as? String == "group.test" })
    }

    func testTheDeviceKeySignsWithoutAPrompt() async throws {
        let key = try await make(.device)
        let signature = try await keys.sign(handle: key.handle, input: Data("in".utf8), prompt: nil)
        XCTAssertEqual(signature.count, 64)
        XCTAssertEqual(phone.prompts, [])
    }

    func testADeviceKeyWithAPromptAsksFirst() async throws {
        let key = try await make(.device)
        phone.prompt = .closed
        let refused = await error { _ = try await keys.sign(handle: key.handle, input: Data([1]), prompt: approve) }
        XCTAssertEqual(refused, .cancelled)
        XCTAssertEqual(phone.prompts.count, 1)
    }

    func testTheUserVerificationKeyAsksEachTimeWithTheBanksName() async throws {
        let key = try await make(.userVerification)
        for _ in 1...2 {
            let signature = try await keys.sign(handle: key.handle, input: Data("in".utf8), prompt: approve)
            XCTAssertEqual(signature.count, 64)
        }
        XCTAssertEqual(
            phone.prompts, Array(repeating: "Approve the request of \u{2068}ACME Bank\u{2069}", count: 2))
    }

    func testTheUserVerificationKeyRefusesWithoutAPrompt() async throws {
        let key = try await make(.userVerification)
        let refused = await error { _ = try await keys.sign(handle: key.handle, input: Data([1]), prompt: nil) }
        XCTAssertEqual(refused, .notVerified)
        XCTAssertEqual(phone.prompts, [])
    }

    func testTheUsersNoIsToldFromAStrangersTry() async throws {
        let key = try await make(.userVerification)
        for (answer, expected) in [
            (PromptDouble.closed, KeyStoreError.cancelled), (.notRecognised, .notVerified), (.lockedOut, .notVerified),
        ] {
            phone.prompt = answer
            let refused = await error { _ = try await keys.sign(handle: key.handle, input: Data([1]), prompt: approve) }
            XCTAssertEqual(refused, expected)
        }
    }

    func testOtherBiometricsInvalidateTheKey() async throws {
        let key = try await make(.userVerification)
        phone.biometrics = Data("two fingers".utf8)
        let refused = await error { _ = try await keys.sign(handle: key.handle, input: Data([1]), prompt: approve) }
        XCTAssertEqual(refused, .invalidated)
        XCTAssertEqual(phone.prompts, [], "the user is not asked in vain")
    }

    func testBiometricsThatAreGoneInvalidateTheKey() async throws {
        let key = try await make(.userVerification)
        phone.biometrics = nil
        let refused = await error { _ = try await keys.sign(handle: key.handle, input: Data([1]), prompt: approve) }
        XCTAssertEqual(refused, .invalidated)
    }

    func testAFailureWhileThePhoneDoesNotSayWhomItKnowsIsNoInvalidation() async throws {
        let name = KeyName(role: .userVerification, place: .enclave)
        let biometrics = Biometrics(items: KeychainItems(accessGroup: "group.test"))
        try biometrics.remember(name, Data("one finger".utf8))
        let failure = KeychainFailure.other(domain: "CryptoTokenKit", code: -3)
        XCTAssertFalse(biometrics.invalidated(name, by: failure), "the same finger")
        phone.biometrics = Data("two fingers".utf8)
        XCTAssertTrue(biometrics.invalidated(name, by: failure))
        phone.prompt = .lockedOut
        XCTAssertFalse(biometrics.invalidated(name, by: failure))
    }

    func testAKeyThatTheSystemRemovedIsInvalidatedAndOneThatNeverWasIsMissing() async throws {
        let key = try await make(.userVerification)
        phone.items.removeAll { $0["key"] != nil }
        let removed = await error { _ = try await keys.sign(handle: key.handle, input: Data([1]), prompt: approve) }
        XCTAssertEqual(removed, .invalidated)
        for handle in ["uvk.enclave.never", "uvk", "", "xyz.enclave.1"] {
            let missing = await error { _ = try await keys.sign(handle: handle, input: Data([1]), prompt: approve) }
            XCTAssertEqual(missing, .missing, handle)
        }
    }

    func testAPhoneThatWasNotUnlockedYetIsLocked() async throws {
        let (device, encryption) = try await (make(.device), make(.encryption))
        phone.unlockedSinceStart = false
        let signing = await error { _ = try await keys.sign(handle: device.handle, input: Data([1]), prompt: nil) }
        XCTAssertEqual(signing, .locked)
        XCTAssertThrowsError(try keys.agree(handle: encryption.handle, peer: encryption.publicKey)) {
            XCTAssertEqual($0 as? KeyStoreError, .locked)
        }
        XCTAssertThrowsError(try keys.sealingKey(stateExists: true)) { XCTAssertEqual($0 as? KeyStoreError, .locked) }
    }

    func testTwoKeysAgree() async throws {
        let (mine, theirs) = try await (make(.encryption), make(.encryption))
        XCTAssertEqual(
            try keys.agree(handle: mine.handle, peer: theirs.publicKey),
            try keys.agree(handle: theirs.handle, peer: mine.publicKey))
        XCTAssertThrowsError(try keys.agree(handle: mine.handle, peer: Data([4])))
    }

    func testOnlyAnEncryptionKeyAgrees() async throws {
        let (device, peer) = try await (make(.device), make(.encryption))
        XCTAssertThrowsError(try keys.agree(handle: device.handle, peer: peer.publicKey)) {
            XCTAssertEqual($0 as? KeyStoreError, .missing)
        }
    }

    func testADeletedKeyIsGoneAndDeletingTwiceIsNoError() async throws {
        let key = try await make(.userVerification)
        try await keys.delete(handle: key.handle)
        try await keys.delete(handle: key.handle)
        XCTAssertTrue(phone.items.isEmpty, "nothing is left over")
        let missing = await error { _ = try await keys.sign(handle: key.handle, input: Data([1]), prompt: approve) }
        XCTAssertEqual(missing, .missing)
    }

    func testNoUserVerificationKeyWithoutBiometrics() async {
        phone.biometrics = nil
        let refused = await error { _ = try await make(.userVerification) }
        guard case .unavailable = refused else { return XCTFail("\(String(describing: refused))") }
        XCTAssertTrue(phone.items.isEmpty)
    }

    func testWithoutAnEnclaveThereAreNoKeysUnlessSoftwareIsAllowed() async throws {
        phone.hasSecureEnclave = false
        let refused = await error { _ = try await make(.device) }
        guard case .unavailable = refused else { return XCTFail("\(String(describing: refused))") }
        let simulator = SecureEnclaveKeyStore(accessGroup: "group.test", withoutEnclave: .useSoftware, language: .en)
        let (device, verification) = try await (make(.device, in: simulator), make(.userVerification, in: simulator))
        XCTAssertEqual([device.protection, verification.protection], [.software, .software])
        _ = try await simulator.sign(handle: verification.handle, input: Data([1]), prompt: approve)
        XCTAssertFalse(phone.prompts.isEmpty, "a key of software asks too")
    }

    func testTheSealingKeyIsMadeOnceAndNeverOverAState() throws {
        XCTAssertThrowsError(try keys.sealingKey(stateExists: true)) { XCTAssertEqual($0 as? KeyStoreError, .missing) }
        let first = try keys.sealingKey(stateExists: false)
        XCTAssertEqual(first.count, 32)
        XCTAssertEqual(try keys.sealingKey(stateExists: true), first)
        XCTAssertEqual(try SecureEnclaveKeyStore(accessGroup: "group.test").sealingKey(stateExists: false), first)
        XCTAssertNotEqual(try SecureEnclaveKeyStore(accessGroup: "group.other").sealingKey(stateExists: false), first)
    }
}
