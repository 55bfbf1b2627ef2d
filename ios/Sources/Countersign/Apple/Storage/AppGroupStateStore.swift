import CountersignFFI
import Foundation

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The state of the authenticator in the container of an app group: one file, replaced as a whole.
///
/// The app writes it and its notification extension reads it; no other process writes. The file is encrypted by the library;
/// beside that the system protects it until the first unlock, and it is in no backup, because its key is on this device alone.
public final class AppGroupStateStore: StateStore {
    private static let fileName = "state"
    private let folder: URL
    private let lock = NSLock()

    /// The state in the container of this app group.
    ///
    /// - Throws: ``StateStoreError/failed(reason:)`` where the entitlements do not name the group.
    public convenience init(appGroup: String) throws {
        guard let container = FileManager.default.containerURL(forSecurityApplicationGroupIdentifier: appGroup) else {
            throw StateStoreError.failed(reason: "the entitlements do not name the app group \(appGroup)")
        }
        self.init(folder: container.appendingPathComponent("Countersign", isDirectory: true))
    }

    /// The state in this folder, which is made when it is needed.
    public init(folder: URL) {
        self.folder = folder
    }

    /// The bytes last saved, or nothing if none ever were.
    public func load() throws -> Data? {
        do {
            return try Data(contentsOf: file)
        } catch CocoaError.fileReadNoSuchFile {
            return nil
        } catch {
            throw StateStoreError.failed(reason: "the state cannot be read: \(error.localizedDescription)")
        }
    }

    /// Replaces the bytes: they are on the disk before the file gets its name.
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

    /// Removes the state, and with it every enrolment. For a state whose sealing key is gone, as after this phone was restored
    /// from a backup: the enrolments in it are lost already. Close the authenticator first.
    public func erase() throws {
        lock.lock()
        defer { lock.unlock() }
        do {
            try FileManager.default.removeItem(at: file)
        } catch CocoaError.fileNoSuchFile {
            return
        } catch {
            throw StateStoreError.failed(reason: "the state cannot be removed: \(error.localizedDescription)")
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
            // A file loses the mark when it is replaced; the folder keeps it.
            var values = URLResourceValues()
            values.isExcludedFromBackup = true
            var marked = folder
            try marked.setResourceValues(values)
        #endif
    }

    /// Makes what was written survive a loss of power.
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
        .failed(reason: "\(call): \(String(cString: strerror(errno)))")
    }
}
