/// A context with the reason of a prompt. The fake `LAContext` implements it.
public protocol FakePrompting: AnyObject {
    var localizedReason: String { get }
}
