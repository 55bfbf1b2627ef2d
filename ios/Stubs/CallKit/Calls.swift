import Dispatch
import Foundation

/// A telephone call.
open class CXCall: NSObject {
    /// Whether it is over.
    open var hasEnded: Bool { false }
}

/// Sees calls.
open class CXCallObserver: NSObject {
    /// The calls of now.
    open var calls: [CXCall] { [] }

    /// Says who is told of changes, and on which queue; the main one if none is named.
    open func setDelegate(_ delegate: (any CXCallObserverDelegate)?, queue: DispatchQueue?) {}
}

/// Is told of changes.
public protocol CXCallObserverDelegate: NSObjectProtocol {
    /// A call changed.
    func callObserver(_ callObserver: CXCallObserver, callChanged call: CXCall)
}
