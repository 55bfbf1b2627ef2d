import Foundation
import TestSupport

/// The shared data of one scenario.
struct ScenarioData: Sendable {
    let name: String
    private let json: JSON

    init(name: String) throws {
        guard let folder = ProcessInfo.processInfo.environment["COUNTERSIGN_SCENARIOS"] else {
            throw Failure("COUNTERSIGN_SCENARIOS is not set; set it to the folder tests/scenarios")
        }
        self.name = name
        json = try JSON(data: Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name).json")))
    }

    /// The body of `POST /approval-requests`.
    var requestBody: JSON { json["approval_request"] }

    /// The expected fields: their ids, and their values where they are always the same.
    var fields: [(id: String, value: String?)] {
        json["fields"].list.map { ($0["id"].text ?? "", $0["value"].text) }
    }

    /// The value that the user types.
    var typed: String? { json["typed"].text }

    var shiftSeconds: Int {
        get throws {
            guard let seconds = json["shift_seconds"].integer else { throw Failure("the data has no shift_seconds") }
            return seconds
        }
    }

    /// Returns an expected value.
    func expect(_ name: String) throws -> String {
        guard let text = json["expect"][name].text else { throw Failure("the data has no expected \(name)") }
        return text
    }
}
