import PhoneDouble

/// The Secure Enclave.
public enum SecureEnclave {
    /// Whether there is one.
    public static var isAvailable: Bool { PhoneDouble.shared.hasSecureEnclave }
}
