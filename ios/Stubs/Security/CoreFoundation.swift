// The CoreFoundation types in the signatures of Security functions. On Apple platforms they are
// bridged. Here each is a type that `as` accepts.

import Foundation

public typealias OSStatus = Int32

public typealias CFTypeRef = AnyObject

public typealias CFData = Data

public typealias CFDictionary = [CFString: Any]

public typealias CFArray = [AnyObject]

public typealias CFTypeID = UInt

public typealias CFIndex = Int

public final class CFString: Hashable, Sendable {
    public let text: String

    init(_ text: String) {
        self.text = text
    }

    public static func == (left: CFString, right: CFString) -> Bool {
        left.text == right.text
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(text)
    }
}

public final class CFAllocator {}

public final class CFError: Error {
    let domain: String
    let code: Int

    public init(domain: String, code: Int) {
        self.domain = domain
        self.code = code
    }
}

public typealias CFErrorDomain = String

public func CFErrorGetDomain(_ error: CFError) -> CFErrorDomain {
    error.domain
}

public func CFErrorGetCode(_ error: CFError) -> CFIndex {
    error.code
}

public func CFGetTypeID(_ object: CFTypeRef) -> CFTypeID {
    object is SecKey ? SecKeyGetTypeID() : 0
}
