#if canImport(Security) && canImport(CryptoKit)
    import CryptoKit
    import Foundation
    import Security

    #if canImport(FoundationNetworking)
        import FoundationNetworking
    #endif

    /// The TLS public keys that are accepted for each host, as SHA-256 of SubjectPublicKeyInfo.
    ///
    /// Pins are checked in addition to the system's trust evaluation. ADP/1 does not depend on
    /// them, because every message is signed with a key that the enrolment has pinned. Include a
    /// backup key. Otherwise the app cannot connect after a certificate with a new key is
    /// installed.
    public struct PublicKeyPins: Sendable {
        private let pins: [String: Set<Data>]

        /// No pins: the system's trust evaluation decides.
        public static let none = PublicKeyPins([:])

        /// Creates pins.
        ///
        /// - Parameter pins: The pins of each host, each of 32 bytes. For other hosts the system's
        ///   trust evaluation decides.
        public init(_ pins: [String: Set<Data>]) {
            self.pins = Dictionary(uniqueKeysWithValues: pins.map { ($0.key.lowercased(), $0.value) })
        }

        /// Returns true if a certificate of the chain has a pinned key, or the host has no pins.
        func accepts(_ host: String, _ chain: [Data]) -> Bool {
            guard let pinned = pins[host.lowercased()] else { return true }
            return chain.contains { certificate in
                guard let key = Certificate.publicKeyInfo(in: certificate) else { return false }
                return pinned.contains(Data(SHA256.hash(data: key)))
            }
        }
    }

    extension URLSessionTransport {
        /// Creates a transport that checks pins.
        public convenience init(pins: PublicKeyPins) {
            self.init(trust: PinningDelegate(pins: pins))
        }
    }

    /// Evaluates the trust of servers for a `URLSession`: first as the system does, then with pins.
    public final class PinningDelegate: NSObject, URLSessionDelegate, Sendable {
        private let pins: PublicKeyPins

        /// Creates a delegate that checks pins.
        public init(pins: PublicKeyPins) {
            self.pins = pins
        }

        /// Accepts or rejects a server. The session calls it.
        public func urlSession(
            _ session: URLSession, didReceive challenge: URLAuthenticationChallenge,
            completionHandler: @escaping @Sendable (URLSession.AuthChallengeDisposition, URLCredential?) -> Void
        ) {
            let space = challenge.protectionSpace
            guard space.authenticationMethod == NSURLAuthenticationMethodServerTrust else {
                completionHandler(.performDefaultHandling, nil)
                return
            }
            guard let trust = space.serverTrust, accepts(trust, space.host) else {
                completionHandler(.cancelAuthenticationChallenge, nil)
                return
            }
            completionHandler(.useCredential, URLCredential(trust: trust))
        }

        private func accepts(_ trust: SecTrust, _ host: String) -> Bool {
            guard SecTrustEvaluateWithError(trust, nil),
                let chain = SecTrustCopyCertificateChain(trust) as? [SecCertificate]
            else { return false }
            return pins.accepts(host, chain.map { SecCertificateCopyData($0) as Data })
        }
    }
#endif
