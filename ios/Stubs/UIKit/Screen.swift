@_exported import Foundation

/// The screen of the phone.
@MainActor open class UIScreen: NSObject {
    /// The phone's own.
    public static let main = UIScreen()

    /// Whether it is recorded, mirrored or sent elsewhere.
    open var isCaptured: Bool { false }

    /// Posted when ``isCaptured`` changes.
    nonisolated public static let capturedDidChangeNotification = Notification.Name("UIScreenCapturedDidChangeNotification")
}

/// The keyboard for a field.
public enum UIKeyboardType: Int, Sendable {
    /// Letters and digits of ASCII.
    case asciiCapable = 1
    /// Digits.
    case numberPad = 4
}

/// The phone.
@MainActor open class UIDevice: NSObject {
    /// This one.
    public static let current = UIDevice()

    /// Its kind, such as `iPhone`.
    open var model: String { "double" }
}
