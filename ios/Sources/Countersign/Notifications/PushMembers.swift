import CountersignFFI

/// Selects the ADP/1 members of a notification's payload.
public enum PushMembers {
    private static let names = ["v", "e", "p", "w"]

    /// Returns the members that `Authenticator.receive` accepts, without `aps` and other members.
    public static func of(_ userInfo: [AnyHashable: Any]) -> [String: String] {
        var members: [String: String] = [:]
        for name in names {
            members[name] = userInfo[name] as? String
        }
        return members
    }
}

/// The kind of a notification, which is the only information that its text contains.
public enum NotificationKind: Equatable, Sendable {
    /// A request is waiting, or the push could not be verified.
    case request
    /// The state of an enrolment has changed.
    case enrolment

    /// Returns the kind of a received push.
    init(_ received: Received) {
        switch received {
        case .request, .duplicate, .fetch: self = .request
        case .status: self = .enrolment
        }
    }

    /// Returns the title and the body, which are the same for every bank and every request.
    public func text(in language: Language) -> (title: String, body: String) {
        switch self {
        case .request: (ScreenText.requestTitle.text(in: language), ScreenText.requestBody.text(in: language))
        case .enrolment: (ScreenText.enrolmentTitle.text(in: language), ScreenText.enrolmentBody.text(in: language))
        }
    }
}
