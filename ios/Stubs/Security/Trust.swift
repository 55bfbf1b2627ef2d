import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

public final class SecCertificate: Sendable {
    let der: Data

    init(_ der: Data) {
        self.der = der
    }
}

public func SecCertificateCreateWithData(_ allocator: CFAllocator?, _ data: CFData) -> SecCertificate? {
    data.first == 0x30 ? SecCertificate(data) : nil
}

public func SecCertificateCopyData(_ certificate: SecCertificate) -> CFData {
    certificate.der
}

public final class SecTrust: Sendable {
    let chain: [SecCertificate]
    let trusted: Bool

    /// Creates a trust with the result that a test needs.
    public init(chain: [SecCertificate], trusted: Bool) {
        self.chain = chain
        self.trusted = trusted
    }
}

public func SecTrustEvaluateWithError(_ trust: SecTrust, _ error: UnsafeMutablePointer<CFError?>?) -> Bool {
    trust.trusted
}

public func SecTrustCopyCertificateChain(_ trust: SecTrust) -> CFArray? {
    trust.chain
}

#if canImport(FoundationNetworking)
    /// A protection space with a server trust, as a TLS connection has on an iPhone.
    public final class FakeTrustSpace: URLProtectionSpace, @unchecked Sendable {
        let trust: SecTrust

        public init(host: String, trust: SecTrust) {
            self.trust = trust
            super.init(
                host: host, port: 443, protocol: "https", realm: nil,
                authenticationMethod: serverTrustMethod)
        }
    }

    private let serverTrustMethod = "NSURLAuthenticationMethodServerTrust"

    /// The authentication method of a TLS server. Foundation marks its constant as unavailable on
    /// Linux.
    public var NSURLAuthenticationMethodServerTrust: String { serverTrustMethod }

    extension URLProtectionSpace {
        public var serverTrust: SecTrust? {
            (self as? FakeTrustSpace)?.trust
        }
    }

    extension URLCredential {
        public convenience init(trust: SecTrust) {
            self.init(user: "trust", password: "", persistence: .none)
        }
    }
#endif
