import Countersign
import TestSupport

/// Fails unless both are the same.
func same<Value: Equatable>(
    _ found: Value, _ expected: Value, _ what: String = "it", file: String = #fileID, line: Int = #line
) throws {
    guard found == expected else { throw Failure("\(what) is \(found), not \(expected) (\(file):\(line))") }
}

/// Fails unless this holds.
func holds(_ condition: Bool, _ what: String, file: String = #fileID, line: Int = #line) throws {
    guard condition else { throw Failure("\(what) (\(file):\(line))") }
}

/// Fails unless the call fails with this code.
func refused<Value>(
    _ code: String, file: String = #fileID, line: Int = #line, _ call: () async throws -> Value
) async throws {
    let value: Value
    do {
        value = try await call()
    } catch let error as AuthenticatorError {
        return try same(error.code, code, "the error's code", file: file, line: line)
    }
    throw Failure("it gave \(value), not the error \(code) (\(file):\(line))")
}

extension Outcome {
    /// As the scenarios write it.
    var words: String {
        switch self {
        case .confirmed: "confirmed"
        case .queued: "queued"
        case .failed(let outcome): "failed \(outcome.words)"
        }
    }
}

extension ReceiptOutcome {
    var words: String {
        switch self {
        case .accepted: "accepted"
        case .bindingMismatch: "binding_mismatch"
        case .expired: "expired"
        case .alreadyDecided: "already_decided"
        case .cancelled: "cancelled"
        case .policy: "policy"
        case .numberUsed: "number_used"
        }
    }
}
