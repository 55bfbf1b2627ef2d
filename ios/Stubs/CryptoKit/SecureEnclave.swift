import FakePhone

public enum SecureEnclave {
    public static var isAvailable: Bool { FakePhone.shared.hasSecureEnclave }
}
