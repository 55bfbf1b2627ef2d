import CountersignFFI

/// Diagnostics as a closure: what the library reports goes to the log of the app. The two texts are codes; neither names a
/// person, an account or a bank.
public final class DiagnosticsHandler: Diagnostics {
    private let handler: @Sendable (_ during: String, _ code: String) -> Void

    /// Hands every report to this closure, on any thread: during which step, and the code of what happened.
    public init(_ handler: @escaping @Sendable (_ during: String, _ code: String) -> Void) {
        self.handler = handler
    }

    /// Hands one report on.
    public func record(during: String, code: String) throws {
        handler(during, code)
    }
}
