// CoreFoundation's types as far as Security's functions take or give them. On an iPhone they are bridged; here each is the
// nearest thing that `as` accepts.

import Foundation

/// A status of the operating system.
public typealias OSStatus = Int32

/// Anything of CoreFoundation.
public typealias CFTypeRef = AnyObject

/// Bytes.
public typealias CFData = Data

/// A dictionary.
public typealias CFDictionary = [CFString: Any]

/// An array.
public typealias CFArray = [AnyObject]

/// The number of a type.
public typealias CFTypeID = UInt

/// The index of an element, or the code of an error.
public typealias CFIndex = Int

/// A string: here the name of an attribute.
public final class CFString: Hashable, Sendable {
    /// Its text.
    public let text: String

    init(_ text: String) {
        self.text = text
    }

    /// Equal texts are equal.
    public static func == (left: CFString, right: CFString) -> Bool {
        left.text == right.text
    }

    /// Hashes the text.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(text)
    }
}

/// Makes objects.
public final class CFAllocator {}

/// An error.
public final class CFError: Error {
    let domain: String
    let code: Int

    /// An error of this domain.
    public init(domain: String, code: Int) {
        self.domain = domain
        self.code = code
    }
}

/// The domain of an error, which `as String` accepts.
public typealias CFErrorDomain = String

/// The domain of an error.
public func CFErrorGetDomain(_ error: CFError) -> CFErrorDomain {
    error.domain
}

/// The code of an error.
public func CFErrorGetCode(_ error: CFError) -> CFIndex {
    error.code
}

/// The type of an object.
public func CFGetTypeID(_ object: CFTypeRef) -> CFTypeID {
    object is SecKey ? SecKeyGetTypeID() : 0
}
