public final class SecRandom: Sendable {}

public let kSecRandomDefault: SecRandom? = nil

public func SecRandomCopyBytes(_ source: SecRandom?, _ count: Int, _ bytes: UnsafeMutableRawPointer) -> Int32 {
    for at in 0..<count {
        bytes.storeBytes(of: UInt8.random(in: .min ... .max), toByteOffset: at, as: UInt8.self)
    }
    return errSecSuccess
}
