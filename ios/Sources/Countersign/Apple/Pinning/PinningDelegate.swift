#if canImport(Security) && canImport(CryptoKit)
    import CryptoKit
    import Foundation
    import Security

    #if canImport(FoundationNetworking)
        import FoundationNetworking
    #endif

    /// Public keys that a host may show, as SHA-256 over SubjectPublicKeyInfo.
    ///
    /// Pins come on top of what the system checks and never instead of it. ADP/1 does not rest on them: every message is signed by a
    /// key that the enrolment pinned. Pin a backup key too, or a new certificate shuts the app out.
    public struct PublicKeyPins: Sendable {
        private let pins: [String: Set<Data>]

        /// No pins: what the system trusts.
        public static let none = PublicKeyPins([:])

        /// For each host the keys, each 32 bytes. A host without an entry is as the system trusts it.
        public init(_ pins: [String: Set<Data>]) {
            self.pins = Dictionary(uniqueKeysWithValues: pins.map { ($0.key.lowercased(), $0.value) })
        }

        /// Whether one of the certificates that this host showed has a pinned key.
        func admit(_ host: String, _ chain: [Data]) -> Bool {
            guard let wanted = pins[host.lowercased()] else { return true }
            return chain.contains { certificate in
                guard let key = Certificate.publicKeyInfo(in: certificate) else { return false }
                return wanted.contains(Data(SHA256.hash(data: key)))
            }
        }
    }

    extension URLSessionTransport {
        /// A transport that also checks pins.
        public convenience init(pins: PublicKeyPins) {
            self.init(trust: PinningDelegate(pins: pins))
        }
    }

    /// Checks the servers of a `URLSession`: first as the system does, then the pins.
    public final class PinningDelegate: NSObject, URLSessionDelegate, Sendable {
        private let pins: PublicKeyPins

        /// Checks these pins.
        public init(pins: PublicKeyPins) {
            self.pins = pins
        }

        /// Answers the question of a session whether a server is the right one.
        public func urlSession(
            _ session: URLSession, didReceive challenge: URLAuthenticationChallenge,
            completionHandler: @escaping @Sendable (URLSession.AuthChallengeDisposition, URLCredential?) -> Void
        ) {
            let space = challenge.protectionSpace
            guard space.authenticationMethod == NSURLAuthenticationMethodServerTrust else {
                completionHandler(.performDefaultHandling, nil)
                return
            }
            guard let trust = space.serverTrust, admits(trust, space.host) else {
                completionHandler(.cancelAuthenticationChallenge, nil)
                return
            }
            completionHandler(.useCredential, URLCredential(trust: trust))
        }

        private func admits(_ trust: SecTrust, _ host: String) -> Bool {
            guard SecTrustEvaluateWithError(trust, nil), let chain = SecTrustCopyCertificateChain(trust) as? [SecCertificate]
            else { return false }
            return pins.admit(host, chain.map { SecCertificateCopyData($0) as Data })
        }
    }
#endif
