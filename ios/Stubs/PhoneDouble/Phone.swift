import Foundation

/// P-256 as the doubles need it. A test brings an implementation.
public protocol CurveDouble: Sendable {
    /// A new key: its name, and its public half as 65 bytes.
    func create() throws -> (name: String, publicKey: Data)
    /// ES256 over these bytes, in DER.
    func sign(_ name: String, _ input: Data) throws -> Data
    /// The x coordinate of the shared point.
    func agree(_ name: String, _ peer: Data) throws -> Data
}

/// What happens at the next prompt.
public enum PromptDouble: Sendable {
    /// The user is recognised.
    case recognised
    /// The user closes the prompt.
    case closed
    /// Somebody else tries.
    case notRecognised
    /// Too many tries: the phone asks for its passcode first.
    case lockedOut
}

/// A phone that a test holds: one for each process, as there is one of each framework.
public final class PhoneDouble: @unchecked Sendable {
    /// The phone.
    public static let shared = PhoneDouble()

    private let lock = NSRecursiveLock()
    private var state = State()

    private struct State {
        var curve: (any CurveDouble)?
        var unlockedSinceStart = true
        var hasSecureEnclave = true
        var biometrics: Data? = Data("one finger".utf8)
        var prompt = PromptDouble.recognised
        var prompts: [String] = []
        var items: [[String: Any]] = []
    }

    /// As new: no items, one finger, every prompt recognised.
    public func reset(curve: (any CurveDouble)? = nil) {
        with { $0 = State(curve: curve) }
    }

    /// Does the arithmetic of keys.
    public var curve: (any CurveDouble)? {
        get { with { $0.curve } }
        set { with { $0.curve = newValue } }
    }

    /// False after a restart until the first unlock: the keychain answers that no interaction is allowed.
    public var unlockedSinceStart: Bool {
        get { with { $0.unlockedSinceStart } }
        set { with { $0.unlockedSinceStart = newValue } }
    }

    /// False for a simulator without one.
    public var hasSecureEnclave: Bool {
        get { with { $0.hasSecureEnclave } }
        set { with { $0.hasSecureEnclave = newValue } }
    }

    /// Stands for the fingers or faces that the phone knows; nothing where there are none.
    public var biometrics: Data? {
        get { with { $0.biometrics } }
        set { with { $0.biometrics = newValue } }
    }

    /// What happens at prompts from now on.
    public var prompt: PromptDouble {
        get { with { $0.prompt } }
        set { with { $0.prompt = newValue } }
    }

    /// The words of every prompt so far.
    public var prompts: [String] {
        with { $0.prompts }
    }

    /// Shows a prompt and gives the user's answer.
    public func ask(_ words: String) -> PromptDouble {
        with { state in
            state.prompts.append(words)
            return state.prompt
        }
    }

    /// The keychain's items. The key is the attribute's name.
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
