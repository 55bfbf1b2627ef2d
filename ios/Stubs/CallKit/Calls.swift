import Dispatch
import Foundation

open class CXCall: NSObject {
    open var hasEnded: Bool { false }
}

open class CXCallObserver: NSObject {
    open var calls: [CXCall] { [] }

    open func setDelegate(_ delegate: (any CXCallObserverDelegate)?, queue: DispatchQueue?) {}
}

public protocol CXCallObserverDelegate: NSObjectProtocol {
    func callObserver(_ callObserver: CXCallObserver, callChanged call: CXCall)
}
