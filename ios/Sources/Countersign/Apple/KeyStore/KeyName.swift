import Foundation

/// The name of a key in the keychain.
///
/// It contains the purpose of the key and the place where it is stored, so that a software key
/// cannot be mistaken for a key of the Secure Enclave.
struct KeyName: Equatable {
    /// The purpose of a key.
    enum Role: String {
        case device = "dk"
        case userVerification = "uvk"
        case encryption = "ek"
    }

    /// The place where a key is stored.
    enum Place: String {
        case enclave
        case software
    }

    let role: Role
    let place: Place
    let id: String

    /// Creates a unique name.
    init(role: Role, place: Place) {
        self.role = role
        self.place = place
        id = UUID().uuidString
    }

    /// Parses a handle. Returns nil if it is not a valid handle.
    init?(handle: String) {
        let parts = handle.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let role = Role(rawValue: String(parts[0])),
            let place = Place(rawValue: String(parts[1])),
            !parts[2].isEmpty
        else { return nil }
        self.role = role
        self.place = place
        id = String(parts[2])
    }

    /// The handle of the key, which the authenticator uses.
    var handle: String { "\(role.rawValue).\(place.rawValue).\(id)" }

    /// The application tag of the key in the keychain.
    var tag: Data { Data("org.countersign.\(handle)".utf8) }
}
