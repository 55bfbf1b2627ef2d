import Foundation

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A `countersign server` process with a control interface and its own data folder.
///
/// The process ends with this object, or at the latest with the process that started it.
public final class ServerProcess: @unchecked Sendable {
    /// The URL for phones.
    public let url: String
    /// The control interface for tests.
    public let control: Control
    private let process: Process
    private let folder: URL

    /// Starts the program in the environment variable COUNTERSIGN_BIN and waits until it is ready.
    ///
    /// - Parameter policy: Values of the section `[policy]` of the configuration, as TOML.
    public init(policy: [String: String] = [:]) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("countersign-\(UUID().uuidString)")
        if !policy.isEmpty {
            // The first start creates the configuration.
            let (first, _) = try Self.start(in: folder)
            Self.end(first)
            try Self.configure(policy, in: folder)
        }
        let (process, ready) = try Self.start(in: folder)
        self.process = process
        guard let url = ready["url"].text, let control = ready["control"].text else {
            process.terminate()
            throw Failure("the server did not print its URLs")
        }
        self.url = url
        self.control = Control(url: control)
    }

    deinit {
        stop()
    }

    /// Runs a command of the program and returns its exit code and standard output.
    public static func command(_ arguments: [String], input: String) throws -> (Int32, Data) {
        let process = Process()
        let (into, out) = (Pipe(), Pipe())
        process.executableURL = try program()
        process.arguments = arguments
        (process.standardInput, process.standardOutput, process.standardError) = (into, out, FileHandle.nullDevice)
        try withSignalsUnblocked { try process.run() }
        into.fileHandleForWriting.write(Data(input.utf8))
        try into.fileHandleForWriting.close()
        let output = out.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, output)
    }

    private static func program() throws -> URL {
        guard let program = ProcessInfo.processInfo.environment["COUNTERSIGN_BIN"], !program.isEmpty else {
            throw Failure("COUNTERSIGN_BIN is not set; set it to the path of the countersign program")
        }
        return URL(fileURLWithPath: program)
    }

    /// Ends the process and deletes its folder.
    public func stop() {
        Self.end(process)
        try? FileManager.default.removeItem(at: folder)
    }

    /// Starts the process and returns the first line of its output.
    private static func start(in folder: URL) throws -> (Process, JSON) {
        let process = Process()
        process.executableURL = try program()
        process.arguments = [
            "server", "--data", folder.path, "--listen", "127.0.0.1:0", "--json", "--control", "127.0.0.1:0",
        ]
        let out = Pipe()
        process.standardOutput = out
        process.standardError = FileHandle.nullDevice
        try withSignalsUnblocked { try process.run() }
        running.with { $0[process.processIdentifier] = folder }
        return (process, try JSON(data: firstLine(of: out.fileHandleForReading)))
    }

    private static func end(_ process: Process) {
        running.with { $0[process.processIdentifier] = nil }
        if process.isRunning { process.terminate() }
        process.waitUntilExit()
    }

    /// Replaces values of the section `[policy]` in the configuration.
    private static func configure(_ policy: [String: String], in folder: URL) throws {
        let file = folder.appendingPathComponent("config.toml")
        var lines = try String(contentsOf: file, encoding: .utf8).components(separatedBy: "\n")
        for (name, value) in policy {
            guard let line = lines.firstIndex(where: { $0.hasPrefix("\(name) = ") }) else {
                throw Failure("the configuration of the server has no \(name)")
            }
            lines[line] = "\(name) = \(value)"
        }
        let handle = try FileHandle(forWritingTo: file)
        try handle.truncate(atOffset: 0)
        handle.write(Data(lines.joined(separator: "\n").utf8))
        try handle.close()
    }

    /// The running processes with their folders.
    ///
    /// A static variable is never released. Therefore this process ends the servers when it exits.
    private static let running: Shared<[pid_t: URL]> = {
        atexit {
            for (process, folder) in ServerProcess.running.now {
                kill(process, SIGKILL)
                try? FileManager.default.removeItem(at: folder)
            }
        }
        return Shared([:])
    }()

    /// Unblocks all signals while a process is started.
    ///
    /// Threads of Swift concurrency block signals. A child process inherits this and could not be
    /// terminated.
    private static func withSignalsUnblocked(_ start: () throws -> Void) rethrows {
        var none = sigset_t()
        var before = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try start()
    }

    private static func firstLine(of pipe: FileHandle) -> Data {
        var line = Data()
        while true {
            let byte = pipe.readData(ofLength: 1)
            if byte.isEmpty || byte.first == UInt8(ascii: "\n") { return line }
            line.append(byte)
        }
    }
}
