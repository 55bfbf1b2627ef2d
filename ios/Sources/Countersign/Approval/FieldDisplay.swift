import CountersignFFI

extension Field {
    /// The value between isolation marks (UAX 9), so that its direction does not affect other text.
    public var isolated: String {
        switch direction {
        case .leftToRight: "\u{2066}\(value)\u{2069}"
        case .rightToLeft: "\u{2067}\(value)\u{2069}"
        }
    }
}

extension DenyReason {
    /// The reasons that have their own button, in the order of the buttons.
    ///
    /// The button without a reason stands for `other`.
    public static let named: [DenyReason] = [.notMe, .wrongDetails, .unexpected]

    /// The title of the button.
    public var title: ScreenText {
        switch self {
        case .notMe: .denyNotMe
        case .wrongDetails: .denyWrongDetails
        case .unexpected: .denyUnexpected
        case .other: .deny
        }
    }
}
