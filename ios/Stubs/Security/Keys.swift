import Foundation
import PhoneDouble

/// A key, or one half of it.
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
        self.biometrics = PhoneDouble.shared.biometrics
    }
}

/// Who may use a key.
public final class SecAccessControl {
    let flags: SecAccessControlCreateFlags

    init(_ flags: SecAccessControlCreateFlags) {
        self.flags = flags
    }
}

/// What using a key needs.
public struct SecAccessControlCreateFlags: OptionSet, Sendable {
    /// The bits.
    public let rawValue: UInt

    /// From bits.
    public init(rawValue: UInt) {
        self.rawValue = rawValue
    }

    /// Biometrics, and those that the phone knew when the key was made.
    public static let biometryCurrentSet = Self(rawValue: 1 << 3)
    /// A private key that signs or agrees.
    public static let privateKeyUsage = Self(rawValue: 1 << 30)
}

/// An algorithm of a key.
public struct SecKeyAlgorithm: RawRepresentable, Equatable, Sendable {
    /// Its name.
    public let rawValue: CFString

    /// From a name.
    public init(rawValue: CFString) {
        self.rawValue = rawValue
    }

    /// ECDSA with SHA-256 over a message, in DER.
    public static let ecdsaSignatureMessageX962SHA256 = Self(rawValue: CFString("algid:sign:ECDSA:message-X962:SHA256"))
    /// ECDH: the x coordinate.
    public static let ecdhKeyExchangeStandard = Self(rawValue: CFString("algid:keyexchange:ECDH"))
}

/// A place for an error.
public typealias ErrorPlace = UnsafeMutablePointer<Unmanaged<CFError>?>

/// The type of keys.
public func SecKeyGetTypeID() -> CFTypeID {
    1
}

/// Says who may use a key.
public func SecAccessControlCreateWithFlags(
    _ allocator: CFAllocator?, _ protection: CFTypeRef, _ flags: SecAccessControlCreateFlags, _ error: ErrorPlace?
) -> SecAccessControl? {
    SecAccessControl(flags)
}

/// Makes a key.
public func SecKeyCreateRandomKey(_ parameters: CFDictionary, _ error: ErrorPlace?) -> SecKey? {
    let phone = PhoneDouble.shared
    guard phone.unlockedSinceStart else { return fail(error, errSecInteractionNotAllowed) }
    let enclave = parameters[kSecAttrTokenID] as? CFString == kSecAttrTokenIDSecureEnclave
    guard !enclave || phone.hasSecureEnclave else { return fail(error, errSecNotAvailable) }
    guard let attributes = parameters[kSecPrivateKeyAttrs] as? CFDictionary, let made = try? phone.curve?.create() else {
        return fail(error, errSecParam)
    }
    let access = attributes[kSecAttrAccessControl] as? SecAccessControl
    if access?.flags.contains(.biometryCurrentSet) == true, phone.biometrics == nil { return fail(error, errSecAuthFailed) }
    let key = SecKey(name: made.name, point: made.publicKey, access: access)
    var item = plain(attributes)
    item[kSecClass.text] = kSecClassKey
    item[kSecAttrKeyType.text] = parameters[kSecAttrKeyType]
    item[kSecAttrKeyClass.text] = kSecAttrKeyClassPrivate
    item[kSecAttrTokenID.text] = parameters[kSecAttrTokenID]
    item["key"] = key
    phone.items.append(item)
    return key
}

/// The public half.
public func SecKeyCopyPublicKey(_ key: SecKey) -> SecKey? {
    SecKey(name: nil, point: key.point)
}

/// A public key as bytes: for a curve `04 ‖ x ‖ y`.
public func SecKeyCopyExternalRepresentation(_ key: SecKey, _ error: ErrorPlace?) -> CFData? {
    key.name == nil ? key.point : fail(error, errSecParam)
}

/// A public key from bytes.
public func SecKeyCreateWithData(_ keyData: CFData, _ attributes: CFDictionary, _ error: ErrorPlace?) -> SecKey? {
    keyData.count == 65 ? SecKey(name: nil, point: keyData) : fail(error, errSecParam)
}

/// Signs.
public func SecKeyCreateSignature(
    _ key: SecKey, _ algorithm: SecKeyAlgorithm, _ dataToSign: CFData, _ error: ErrorPlace?
) -> CFData? {
    guard algorithm == .ecdsaSignatureMessageX962SHA256, let name = key.name else { return fail(error, errSecParam) }
    guard admits(key, error) else { return nil }
    guard let signature = try? PhoneDouble.shared.curve?.sign(name, dataToSign) else { return fail(error, errSecParam) }
    return signature
}

/// Agrees on a secret.
public func SecKeyCopyKeyExchangeResult(
    _ privateKey: SecKey, _ algorithm: SecKeyAlgorithm, _ publicKey: SecKey, _ parameters: CFDictionary, _ error: ErrorPlace?
) -> CFData? {
    guard algorithm == .ecdhKeyExchangeStandard, let name = privateKey.name else { return fail(error, errSecParam) }
    guard admits(privateKey, error) else { return nil }
    guard let secret = try? PhoneDouble.shared.curve?.agree(name, publicKey.point) else { return fail(error, errSecParam) }
    return secret
}

/// Lets the key be used, after a prompt where it wants one.
private func admits(_ key: SecKey, _ error: ErrorPlace?) -> Bool {
    let phone = PhoneDouble.shared
    guard phone.unlockedSinceStart else {
        leave(error, errSecInteractionNotAllowed)
        return false
    }
    guard key.access?.flags.contains(.biometryCurrentSet) == true else { return true }
    guard phone.biometrics == key.biometrics else {
        error?.pointee = Unmanaged.passRetained(CFError(domain: "CryptoTokenKit", code: -3))
        return false
    }
    let words = (key.context as? any PromptingDouble)?.localizedReason ?? ""
    let code: Int
    switch phone.ask(words) {
    case .recognised: return true
    case .closed: code = -2
    case .notRecognised: code = -1
    case .lockedOut: code = -8
    }
    error?.pointee = Unmanaged.passRetained(CFError(domain: "com.apple.LocalAuthentication", code: code))
    return false
}

/// Leaves an error and gives nothing.
private func fail<R>(_ error: ErrorPlace?, _ status: OSStatus) -> R? {
    leave(error, status)
    return nil
}

private func leave(_ error: ErrorPlace?, _ status: OSStatus) {
    error?.pointee = Unmanaged.passRetained(CFError(domain: "NSOSStatusErrorDomain", code: Int(status)))
}
