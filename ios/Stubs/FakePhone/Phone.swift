import Foundation

/// P-256 for the fakes. A test provides the implementation.
public protocol FakeCurve: Sendable {
    /// Creates a key and returns its name and its public key of 65 bytes.
    func create() throws -> (name: String, publicKey: Data)
    /// Signs data with ES256 and returns the signature in DER.
    func sign(_ name: String, _ input: Data) throws -> Data
    /// Returns the x coordinate of the shared point.
    func agree(_ name: String, _ peer: Data) throws -> Data
}

/// The result of a prompt.
public enum FakePromptResult: Sendable {
    /// The user is verified.
    case verified
    /// The user closes the prompt.
    case closed
    /// The user is not recognised.
    case notVerified
    /// The biometrics are locked after too many attempts.
    case lockedOut
}

/// The phone that the fake frameworks share. Tests change its state.
public final class FakePhone: @unchecked Sendable {
    /// The phone of this process.
    public static let shared = FakePhone()

    private let lock = NSRecursiveLock()
    private var state = State()

    private struct State {
        var curve: (any FakeCurve)?
        var unlockedSinceStart = true
        var hasSecureEnclave = true
        var biometrics: Data? = Data("one finger".utf8)
        var prompt = FakePromptResult.verified
        var prompts: [String] = []
        var items: [[String: Any]] = []
    }

    /// Restores a new phone: no keychain items, biometrics are set up, and every prompt succeeds.
    public func reset(curve: (any FakeCurve)? = nil) {
        with { $0 = State(curve: curve) }
    }

    /// The implementation of P-256.
    public var curve: (any FakeCurve)? {
        get { with { $0.curve } }
        set { with { $0.curve = newValue } }
    }

    /// False after a restart until the first unlock. The keychain is not accessible then.
    public var unlockedSinceStart: Bool {
        get { with { $0.unlockedSinceStart } }
        set { with { $0.unlockedSinceStart = newValue } }
    }

    /// False for a simulator.
    public var hasSecureEnclave: Bool {
        get { with { $0.hasSecureEnclave } }
        set { with { $0.hasSecureEnclave = newValue } }
    }

    /// The state of the biometrics, or nil if none are set up.
    public var biometrics: Data? {
        get { with { $0.biometrics } }
        set { with { $0.biometrics = newValue } }
    }

    /// The result of the next prompts.
    public var prompt: FakePromptResult {
        get { with { $0.prompt } }
        set { with { $0.prompt = newValue } }
    }

    /// The reasons of all prompts that were shown.
    public var prompts: [String] {
        with { $0.prompts }
    }

    /// Shows a prompt and returns its result.
    public func showPrompt(_ reason: String) -> FakePromptResult {
        with { state in
            state.prompts.append(reason)
            return state.prompt
        }
    }

    /// The items of the keychain by attribute name.
    public var items: [[String: Any]] {
        get { with { $0.items } }
        set { with { $0.items = newValue } }
    }

    private func with<R>(_ body: (inout State) -> R) -> R {
        lock.lock()
        defer { lock.unlock() }
        return body(&state)
    }
}
