@_exported import Foundation

@MainActor open class UIScreen: NSObject {
    public static let main = UIScreen()

    open var isCaptured: Bool { false }

    nonisolated public static let capturedDidChangeNotification =
        Notification.Name("UIScreenCapturedDidChangeNotification")
}

public enum UIKeyboardType: Int, Sendable {
    case asciiCapable = 1
    case numberPad = 4
}

@MainActor open class UIDevice: NSObject {
    public static let current = UIDevice()

    open var model: String { "fake" }
}
