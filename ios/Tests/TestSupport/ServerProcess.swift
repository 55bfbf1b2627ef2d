import Foundation

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A `countersign server` with its control interface, in a folder of its own. It ends with this object, and at the latest with
/// the process that started it.
public final class ServerProcess: @unchecked Sendable {
    /// Where it answers phones.
    public let url: String
    /// Where it answers tests.
    public let control: Control
    private let process: Process
    private let folder: URL

    /// Starts the program that the environment variable COUNTERSIGN_BIN names, and waits until it is ready.
    public init() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("countersign-\(UUID().uuidString)")
        let process = Process()
        (self.process, self.folder) = (process, folder)
        process.executableURL = try Self.program()
        process.arguments = [
            "server", "--data", folder.path, "--listen", "127.0.0.1:0", "--json", "--control", "127.0.0.1:0",
        ]
        let out = Pipe()
        process.standardOutput = out
        process.standardError = FileHandle.nullDevice
        try Self.hearingSignals { try process.run() }
        Self.running.with { $0[process.processIdentifier] = folder }
        let ready = try JSON(data: Self.firstLine(of: out.fileHandleForReading))
        guard let url = ready["url"].text, let control = ready["control"].text else {
            process.terminate()
            throw Failure("the server did not say where it answers")
        }
        self.url = url
        self.control = Control(url: control)
    }

    deinit {
        stop()
    }

    /// Runs another command of the program to its end: exit code and standard output.
    public static func command(_ arguments: [String], input: String) throws -> (Int32, Data) {
        let process = Process()
        let (into, out) = (Pipe(), Pipe())
        process.executableURL = try program()
        process.arguments = arguments
        (process.standardInput, process.standardOutput, process.standardError) = (into, out, FileHandle.nullDevice)
        try hearingSignals { try process.run() }
        into.fileHandleForWriting.write(Data(input.utf8))
        try into.fileHandleForWriting.close()
        let said = out.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, said)
    }

    private static func program() throws -> URL {
        guard let program = ProcessInfo.processInfo.environment["COUNTERSIGN_BIN"], !program.isEmpty else {
            throw Failure("COUNTERSIGN_BIN names no countersign program")
        }
        return URL(fileURLWithPath: program)
    }

    /// Ends the process and removes its folder.
    public func stop() {
        Self.running.with { $0[process.processIdentifier] = nil }
        if process.isRunning { process.terminate() }
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: folder)
    }

    /// Those that were not stopped, with their folders. What a test keeps in a static never goes away, so this process ends them
    /// when it exits.
    private static let running: Shared<[pid_t: URL]> = {
        atexit {
            for (process, folder) in ServerProcess.running.now {
                kill(process, SIGKILL)
                try? FileManager.default.removeItem(at: folder)
            }
        }
        return Shared([:])
    }()

    /// A thread that tasks run on lets no signal through, and a child inherits that: it could not be asked to end.
    private static func hearingSignals(_ start: () throws -> Void) rethrows {
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
