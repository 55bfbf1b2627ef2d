import CountersignFFI

// What Swift prints of a value by itself is every member of it. These hold something that has no place in a log.

extension HttpRequest: CustomStringConvertible {
    /// The method and the address, without headers and body: they hold proofs and one-time codes.
    public var description: String { "\(method) \(url)" }
}

extension HttpResponse: CustomStringConvertible {
    /// The status and the length, without the body.
    public var description: String { "\(status), \(body.count) bytes" }
}

extension PushAddress: CustomStringConvertible {
    /// The service, without the token.
    public var description: String { "\(kind)" }
}

extension EnrolmentInfo: CustomStringConvertible {
    /// Name and state, without the account and the confirmation code.
    public var description: String { "\(id) \(state)" }
}

extension Field: CustomStringConvertible {
    /// The id, without the value: a payment is nobody's business.
    public var description: String { id }
}
