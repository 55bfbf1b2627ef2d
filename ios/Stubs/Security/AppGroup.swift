import Foundation

extension FileManager {
    /// Returns the container of an app group, which a test sets in an environment variable on
    /// Linux.
    public func containerURL(forSecurityApplicationGroupIdentifier groupIdentifier: String) -> URL? {
        ProcessInfo.processInfo.environment["APP_GROUP_\(groupIdentifier)"].map { URL(fileURLWithPath: $0) }
    }
}
