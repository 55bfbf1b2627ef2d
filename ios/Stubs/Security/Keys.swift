import Foundation
import FakePhone

/// A private or public key. The name of a private key identifies it in the `FakeCurve`.
public final class SecKey: @unchecked Sendable {
    let name: String?
    let point: Data
    let access: SecAccessControl?
    let biometrics: Data?
    var context: AnyObject?

    init(name: String?, point: Data, access: SecAccessControl? = nil) {
        self.name = name
        self.point = point
        self.access = access
        self.biometrics = FakePhone.shared.biometrics
    }
}

public final class SecAccessControl {
    let flags: SecAccessControlCreateFlags

    init(_ flags: SecAccessControlCreateFlags) {
        self.flags = flags
    }
}

public struct SecAccessControlCreateFlags: OptionSet, Sendable {
    public let rawValue: UInt

    public init(rawValue: UInt) {
        self.rawValue = rawValue
    }

    public static let biometryCurrentSet = Self(rawValue: 1 << 3)
    public static let privateKeyUsage = Self(rawValue: 1 << 30)
}

public struct SecKeyAlgorithm: RawRepresentable, Equatable, Sendable {
    public let rawValue: CFString

    public init(rawValue: CFString) {
        self.rawValue = rawValue
    }

    public static let ecdsaSignatureMessageX962SHA256 = Self(rawValue: CFString("algid:sign:ECDSA:message-X962:SHA256"))
    public static let ecdhKeyExchangeStandard = Self(rawValue: CFString("algid:keyexchange:ECDH"))
}

/// The error argument of a Security function.
public typealias ErrorPlace = UnsafeMutablePointer<Unmanaged<CFError>?>

public func SecKeyGetTypeID() -> CFTypeID {
    1
}

public func SecAccessControlCreateWithFlags(
    _ allocator: CFAllocator?, _ protection: CFTypeRef, _ flags: SecAccessControlCreateFlags, _ error: ErrorPlace?
) -> SecAccessControl? {
    SecAccessControl(flags)
}

public func SecKeyCreateRandomKey(_ parameters: CFDictionary, _ error: ErrorPlace?) -> SecKey? {
    let phone = FakePhone.shared
    guard phone.unlockedSinceStart else { return fail(error, errSecInteractionNotAllowed) }
    let enclave = parameters[kSecAttrTokenID] as? CFString == kSecAttrTokenIDSecureEnclave
    guard !enclave || phone.hasSecureEnclave else { return fail(error, errSecNotAvailable) }
    guard let attributes = parameters[kSecPrivateKeyAttrs] as? CFDictionary,
        let created = try? phone.curve?.create()
    else {
        return fail(error, errSecParam)
    }
    let access = attributes[kSecAttrAccessControl] as? SecAccessControl
    if access?.flags.contains(.biometryCurrentSet) == true, phone.biometrics == nil {
        return fail(error, errSecAuthFailed)
    }
    let key = SecKey(name: created.name, point: created.publicKey, access: access)
    var item = plain(attributes)
    item[kSecClass.text] = kSecClassKey
    item[kSecAttrKeyType.text] = parameters[kSecAttrKeyType]
    item[kSecAttrKeyClass.text] = kSecAttrKeyClassPrivate
    item[kSecAttrTokenID.text] = parameters[kSecAttrTokenID]
    item["key"] = key
    phone.items.append(item)
    return key
}

public func SecKeyCopyPublicKey(_ key: SecKey) -> SecKey? {
    SecKey(name: nil, point: key.point)
}

public func SecKeyCopyExternalRepresentation(_ key: SecKey, _ error: ErrorPlace?) -> CFData? {
    key.name == nil ? key.point : fail(error, errSecParam)
}

public func SecKeyCreateWithData(_ keyData: CFData, _ attributes: CFDictionary, _ error: ErrorPlace?) -> SecKey? {
    keyData.count == 65 ? SecKey(name: nil, point: keyData) : fail(error, errSecParam)
}

public func SecKeyCreateSignature(
    _ key: SecKey, _ algorithm: SecKeyAlgorithm, _ dataToSign: CFData, _ error: ErrorPlace?
) -> CFData? {
    guard algorithm == .ecdsaSignatureMessageX962SHA256, let name = key.name else { return fail(error, errSecParam) }
    guard authorizes(key, error) else { return nil }
    guard let signature = try? FakePhone.shared.curve?.sign(name, dataToSign) else { return fail(error, errSecParam) }
    return signature
}

public func SecKeyCopyKeyExchangeResult(
    _ privateKey: SecKey, _ algorithm: SecKeyAlgorithm, _ publicKey: SecKey, _ parameters: CFDictionary,
    _ error: ErrorPlace?
) -> CFData? {
    guard algorithm == .ecdhKeyExchangeStandard, let name = privateKey.name else { return fail(error, errSecParam) }
    guard authorizes(privateKey, error) else { return nil }
    guard let secret = try? FakePhone.shared.curve?.agree(name, publicKey.point) else {
        return fail(error, errSecParam)
    }
    return secret
}

/// Returns true if the key may be used, after a prompt if the key requires one.
private func authorizes(_ key: SecKey, _ error: ErrorPlace?) -> Bool {
    let phone = FakePhone.shared
    guard phone.unlockedSinceStart else {
        setError(error, errSecInteractionNotAllowed)
        return false
    }
    guard key.access?.flags.contains(.biometryCurrentSet) == true else { return true }
    guard phone.biometrics == key.biometrics else {
        error?.pointee = Unmanaged.passRetained(CFError(domain: "CryptoTokenKit", code: -3))
        return false
    }
    let reason = (key.context as? any FakePrompting)?.localizedReason ?? ""
    let code: Int
    switch phone.showPrompt(reason) {
    case .verified: return true
    case .closed: code = -2
    case .notVerified: code = -1
    case .lockedOut: code = -8
    }
    error?.pointee = Unmanaged.passRetained(CFError(domain: "com.apple.LocalAuthentication", code: code))
    return false
}

/// Sets the error argument and returns nil.
private func fail<R>(_ error: ErrorPlace?, _ status: OSStatus) -> R? {
    setError(error, status)
    return nil
}

private func setError(_ error: ErrorPlace?, _ status: OSStatus) {
    error?.pointee = Unmanaged.passRetained(CFError(domain: "NSOSStatusErrorDomain", code: Int(status)))
}
