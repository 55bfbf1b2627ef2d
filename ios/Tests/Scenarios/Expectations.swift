import Countersign
import TestSupport

/// Fails unless two values are equal.
func expectEqual<Value: Equatable>(
    _ found: Value, _ expected: Value, _ subject: String = "the value", file: String = #fileID, line: Int = #line
) throws {
    guard found == expected else { throw Failure("\(subject) is \(found), expected \(expected) (\(file):\(line))") }
}

/// Fails unless a condition is true.
func expectTrue(_ condition: Bool, _ description: String, file: String = #fileID, line: Int = #line) throws {
    guard condition else { throw Failure("not true: \(description) (\(file):\(line))") }
}

/// Fails unless a call throws an error with this code.
func expectError<Value>(
    _ code: String, file: String = #fileID, line: Int = #line, _ call: () async throws -> Value
) async throws {
    let value: Value
    do {
        value = try await call()
    } catch let error as AuthenticatorError {
        return try expectEqual(TestSupport.code(of: error), code, "the error's code", file: file, line: line)
    }
    throw Failure("the call returned \(value) instead of the error \(code) (\(file):\(line))")
}

extension Outcome {
    /// The notation of the scenarios.
    var text: String {
        switch self {
        case .confirmed: "confirmed"
        case .queued: "queued"
        case .unconfirmed: "unconfirmed"
        case .failed(let outcome): "failed \(outcome.text)"
        }
    }
}

extension ReceiptOutcome {
    var text: String {
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
