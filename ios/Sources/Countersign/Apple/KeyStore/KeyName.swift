import Foundation

/// The name of a key in the keychain. It says what the key is for and where it lives, so that a key of software can never pass
/// for one of the Secure Enclave.
struct KeyName: Equatable {
    /// What the key is for.
    enum Role: String {
        case device = "dk"
        case userVerification = "uvk"
        case encryption = "ek"
    }

    /// Where the key lives.
    enum Place: String {
        case enclave
        case software
    }

    let role: Role
    let place: Place
    let id: String

    /// A name that was never used.
    init(role: Role, place: Place) {
        self.role = role
        self.place = place
        id = UUID().uuidString
    }

    /// Reads a handle that `handle` wrote.
    init?(handle: String) {
        let parts = handle.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let role = Role(rawValue: String(parts[0])), let place = Place(rawValue: String(parts[1])),
            !parts[2].isEmpty
        else { return nil }
        self.role = role
        self.place = place
        id = String(parts[2])
    }

    /// How the authenticator names the key.
    var handle: String { "\(role.rawValue).\(place.rawValue).\(id)" }

    /// How the keychain names the key.
    var tag: Data { Data("org.countersign.\(handle)".utf8) }
}
