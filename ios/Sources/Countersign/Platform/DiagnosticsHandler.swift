import CountersignFFI

/// Passes the diagnostics of the library to a closure, for example to write them to a log.
///
/// Both texts are codes. They contain no name of a person, an account or a bank.
public final class DiagnosticsHandler: Diagnostics {
    private let handler: @Sendable (_ during: String, _ code: String) -> Void

    /// Creates a handler.
    ///
    /// - Parameter handler: Receives the step and the error code of each report, on any thread.
    public init(_ handler: @escaping @Sendable (_ during: String, _ code: String) -> Void) {
        self.handler = handler
    }

    /// Passes a report to the closure.
    public func record(during: String, code: String) throws {
        handler(during, code)
    }
}
