//! The patches of the generated Swift, in their order.

mod errors;
mod visibility;

use crate::source::{PatchError, Source};

/// The text that the generator writes above the initialiser of a record.
const MEMBERWISE: &str =
    "    // Default memberwise initializers are never public by default, so we\n    // declare one manually.\n";

/// Patches Swift.
///
/// # Errors
///
/// If the generated code differs from the code that a patch knows.
pub fn swift(generated: &str) -> Result<String, PatchError> {
    let mut source = Source::new(generated);
    visibility::patch(&mut source)?;
    source.replace_any(MEMBERWISE, "    /// Creates a value from its members.\n");
    errors::patch(&mut source)?;
    Ok(source.text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GENERATED: &str = "\
public protocol TicketProtocol: AnyObject, Sendable {
}
public protocol KeyStore: AnyObject, Sendable {
}
open class Ticket: TicketProtocol, @unchecked Sendable {
    public struct NoHandle {
    required public init(unsafeFromHandle handle: UInt64) {
    public init(noHandle: NoHandle) {
    public func uniffiCloneHandle() -> UInt64 {
open func approve(cancellation: Cancellation?)async throws  -> Data  {
open func fields()throws  -> [Field]  {
}
open class KeyStoreImpl: KeyStore, @unchecked Sendable {
open class Cancellation: CancellationProtocol, @unchecked Sendable {
public struct FfiConverterTypeTicket: FfiConverter {
public func FfiConverterTypeTicket_lift(_ handle: UInt64) throws -> Ticket {
public
enum KeyStoreError: Swift.Error, Equatable, Hashable, Foundation.LocalizedError {
    case NotVerified
    case Unavailable(
        /**
         * Why
         */reason: String
    )
    public var errorDescription: String? {
        String(reflecting: self)
    }
}
public struct FfiConverterTypeKeyStoreError: FfiConverterRustBuffer {
        case 1: return .NotVerified
        case 2: return .Unavailable(
            reason: try FfiConverterString.read(from: &buf)
            )
        case .NotVerified:
            writeInt(&buf, Int32(1))
        case let .Unavailable(reason):
            writeInt(&buf, Int32(2))
}
public func FfiConverterTypeKeyStoreError_lift(_ buf: RustBuffer) throws -> KeyStoreError {
public func uniffiForeignFutureHandleCountCountersign() -> Int {
public func uniffiEnsureCountersignInitialized() {
";

    #[test]
    fn only_the_api_of_an_app_stays_public() {
        let patched = swift(GENERATED).unwrap();
        let public: Vec<&str> = patched.lines().filter(|line| line.trim_start().starts_with("public")).collect();
        let expected = [
            "public protocol KeyStore: AnyObject, Sendable {",
            "public final class Ticket: TicketProtocol, @unchecked Sendable {",
            "public func fields()throws  -> [Field]  {",
            "public",
            "    public var errorDescription: String? {",
        ];
        assert_eq!(public, expected);
        assert!(!patched.contains("open "));
        assert!(patched.contains("package func approve(cancellation: Cancellation?)"));
        assert!(patched.contains("package final class Cancellation"));
    }

    #[test]
    fn error_cases_are_lower_camel_case_with_a_description() {
        let patched = swift(GENERATED).unwrap();
        for expected in [
            "    case notVerified\n",
            "    case unavailable(\n",
            "case 1: return .notVerified\n",
            "case 2: return .unavailable(\n",
            "case .notVerified:\n            writeInt",
            "case let .unavailable(reason):\n            writeInt",
            "case .notVerified: return \"not verified\"\n",
            "case let .unavailable(reason): return reason\n",
        ] {
            assert!(patched.contains(expected), "{expected} is missing in\n{patched}");
        }
    }

    #[test]
    fn unknown_generated_code_is_an_error() {
        assert!(swift(&GENERATED.replace("uniffiCloneHandle", "clone")).is_err());
        assert!(swift(&GENERATED.replace("String(reflecting: self)", "reason")).is_err());
    }
}
