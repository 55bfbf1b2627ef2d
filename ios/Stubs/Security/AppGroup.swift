import Foundation

extension FileManager {
    /// The container of an app group: on Linux the folder that a test named for it, if any.
    public func containerURL(forSecurityApplicationGroupIdentifier groupIdentifier: String) -> URL? {
        ProcessInfo.processInfo.environment["APP_GROUP_\(groupIdentifier)"].map { URL(fileURLWithPath: $0) }
    }
}
