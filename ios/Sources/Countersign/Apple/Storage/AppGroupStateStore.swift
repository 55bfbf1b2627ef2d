import CountersignFFI
import Foundation

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Stores the state of the authenticator in one file in the container of an app group.
///
/// The app writes the file and its notification extension reads it. No other process may write it,
/// and the app uses one ``Authenticator`` at a time. After a write by another one, every change
/// fails with ``AuthenticatorError/state(code:reason:)`` and the code `changedElsewhere`.
/// The library encrypts the content. In addition the system protects the file until the first
/// unlock. The file is excluded from backups, because its key exists only on this device.
public final class AppGroupStateStore: StateStore {
    private static let fileName = "state"
    private let folder: URL
    private let lock = NSLock()

    /// Creates a store in the container of an app group.
    ///
    /// - Throws: ``StateStoreError/failed(reason:)`` if the entitlements do not contain the app
    ///   group.
    public convenience init(appGroup: String) throws {
        guard let container = FileManager.default.containerURL(forSecurityApplicationGroupIdentifier: appGroup) else {
            throw StateStoreError.failed(reason: "the app group \(appGroup) is missing; add it to the entitlements")
        }
        self.init(folder: container.appendingPathComponent("Countersign", isDirectory: true))
    }

    /// Creates a store in a folder. The folder is created with the first state.
    public init(folder: URL) {
        self.folder = folder
    }

    /// Returns the bytes that were saved last, or nil if there are none.
    ///
    /// - Throws: ``StateStoreError`` if the file cannot be read.
    public func load() throws -> Data? {
        do {
            return try Data(contentsOf: file)
        } catch CocoaError.fileReadNoSuchFile {
            return nil
        } catch {
            throw StateStoreError.failed(reason: "the state cannot be read: \(error.localizedDescription)")
        }
    }

    /// Replaces the saved bytes. They are flushed to disk before the old file is replaced.
    ///
    /// - Throws: ``StateStoreError`` if the file cannot be written, or if it cannot be flushed to
    ///   disk. The library then reads the file to learn which bytes it has.
    public func save(bytes: Data) throws {
        lock.lock()
        defer { lock.unlock() }
        do {
            try makeFolder()
            let fresh = folder.appendingPathComponent("\(Self.fileName).new")
            try bytes.write(to: fresh, options: Self.protected)
            try Self.flush(fresh)
            guard rename(fresh.path, file.path) == 0 else { throw Self.systemError("rename") }
            try Self.flush(folder)
        } catch let error as StateStoreError {
            throw error
        } catch {
            throw StateStoreError.failed(reason: "the state cannot be written: \(error.localizedDescription)")
        }
    }

    /// Deletes the state with every enrolment. Release the authenticator first.
    ///
    /// Use it if the key of the state is missing, for example after the phone was restored from a
    /// backup. The enrolments in the state cannot be recovered in this case.
    ///
    /// - Throws: ``StateStoreError`` if the file cannot be deleted.
    public func erase() throws {
        lock.lock()
        defer { lock.unlock() }
        do {
            try FileManager.default.removeItem(at: file)
        } catch CocoaError.fileNoSuchFile {
            return
        } catch {
            throw StateStoreError.failed(reason: "the state cannot be deleted: \(error.localizedDescription)")
        }
    }

    private var file: URL { folder.appendingPathComponent(Self.fileName) }

    private static var protected: Data.WritingOptions {
        #if os(iOS)
            [.completeFileProtectionUntilFirstUserAuthentication]
        #else
            []
        #endif
    }

    private func makeFolder() throws {
        guard !FileManager.default.fileExists(atPath: folder.path) else { return }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        #if canImport(Darwin)
            // The attribute is set on the folder, because a replaced file loses it.
            var values = URLResourceValues()
            values.isExcludedFromBackup = true
            var marked = folder
            try marked.setResourceValues(values)
        #endif
    }

    /// Flushes a file or a folder to disk.
    private static func flush(_ place: URL) throws {
        let descriptor = open(place.path, O_RDONLY)
        guard descriptor >= 0 else { throw systemError("open") }
        defer { close(descriptor) }
        #if canImport(Darwin)
            let done = fcntl(descriptor, F_FULLFSYNC) != -1 ? 0 : fsync(descriptor)
        #else
            let done = fsync(descriptor)
        #endif
        guard done != -1 else { throw systemError("sync") }
    }

    private static func systemError(_ call: String) -> StateStoreError {
        .failed(reason: "\(call) failed: \(String(cString: strerror(errno)))")
    }
}
