import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// A certificate.
public final class SecCertificate: Sendable {
    let der: Data

    init(_ der: Data) {
        self.der = der
    }
}

/// A certificate from DER. Nothing if it is none.
public func SecCertificateCreateWithData(_ allocator: CFAllocator?, _ data: CFData) -> SecCertificate? {
    data.first == 0x30 ? SecCertificate(data) : nil
}

/// The certificate in DER.
public func SecCertificateCopyData(_ certificate: SecCertificate) -> CFData {
    certificate.der
}

/// What a server showed, and whether the system trusts it.
public final class SecTrust: Sendable {
    let chain: [SecCertificate]
    let trusted: Bool

    /// A chain with the verdict that a test wants.
    public init(chain: [SecCertificate], trusted: Bool) {
        self.chain = chain
        self.trusted = trusted
    }
}

/// Whether the system trusts the chain.
public func SecTrustEvaluateWithError(_ trust: SecTrust, _ error: UnsafeMutablePointer<CFError?>?) -> Bool {
    trust.trusted
}

/// The chain, the server's own certificate first.
public func SecTrustCopyCertificateChain(_ trust: SecTrust) -> CFArray? {
    trust.chain
}

#if canImport(FoundationNetworking)
    /// A protection space that carries a trust, as every one of a TLS server does on an iPhone.
    public final class TrustSpaceDouble: URLProtectionSpace, @unchecked Sendable {
        let trust: SecTrust

        /// Of this host.
        public init(host: String, trust: SecTrust) {
            self.trust = trust
            super.init(
                host: host, port: 443, protocol: "https", realm: nil,
                authenticationMethod: serverTrustMethod)
        }
    }

    private let serverTrustMethod = "NSURLAuthenticationMethodServerTrust"

    /// The method of a TLS server. Foundation's own constant is marked as not for Linux.
    public var NSURLAuthenticationMethodServerTrust: String { serverTrustMethod }

    extension URLProtectionSpace {
        /// What the server showed.
        public var serverTrust: SecTrust? {
            (self as? TrustSpaceDouble)?.trust
        }
    }

    extension URLCredential {
        /// A credential that accepts what the server showed.
        public convenience init(trust: SecTrust) {
            self.init(user: "trust", password: "", persistence: .none)
        }
    }
#endif
