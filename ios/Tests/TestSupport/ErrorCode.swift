import Countersign

/// Returns the stable code of an error, or the server's own code for an error of the server.
public func code(of error: AuthenticatorError) -> String {
    if case .server(let code, _, _) = error { code } else { errorCode(error: error) }
}
