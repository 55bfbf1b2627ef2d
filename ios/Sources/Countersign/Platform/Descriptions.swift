import CountersignFFI

// What Swift prints of a value by itself is every member of it, and so does `dump`. These hold something that has no place in a
// log.

extension HttpRequest: CustomStringConvertible, CustomReflectable {
    /// The method and the address, without headers and body: they hold proofs and one-time codes.
    public var description: String { "\(method) \(url)" }

    /// No members: `dump` shows the description.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension Header: CustomStringConvertible, CustomReflectable {
    /// The name, without the value: it may be a proof.
    public var description: String { name }

    /// No members: `dump` shows the description.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension HttpResponse: CustomStringConvertible, CustomReflectable {
    /// The status and the length, without the body.
    public var description: String { "\(status), \(body.count) bytes" }

    /// No members: `dump` shows the description.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension PushAddress: CustomStringConvertible, CustomReflectable {
    /// The service, without the token.
    public var description: String { "\(kind)" }

    /// No members: `dump` shows the description.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension EnrolmentInfo: CustomStringConvertible, CustomReflectable {
    /// Name and state, without the account and the confirmation code.
    public var description: String { "\(id) \(state)" }

    /// No members: `dump` shows the description.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension Field: CustomStringConvertible, CustomReflectable {
    /// The id, without the value: a payment is nobody's business.
    public var description: String { id }

    /// No members: `dump` shows the description.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
