import Foundation
import Security
import XCTest

@testable import Countersign

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

final class PinningTests: XCTestCase {
    /// A certificate for bank.example with a P-256 key.
    private let bank = Data(
        base64Encoded: """
        MIIBhjCCASugAwIBAgIUc15/YitRIxfsRaZd9z+kDIgaaqUwCgYIKoZIzj0EAwIw
        FzEVMBMGA1UEAwwMYmFuay5leGFtcGxlMCAXDTI2MTEyMjEwNTA0NloYDzIxMjYx
        MDI5MTA1MDQ2WjAXMRUwEwYDVQQDDAxiYW5rLmV4YW1wbGUwWTATBgcqhkjOPQIB
        BggqhkjOPQMBBwNCAARHasvXvMQUU46FqCa3IgomUnCF4l2nJWYu4d1UeBMQqAMY
        QwgXEa22akHp5dAhvRWnd1oNRVKVwo3rHo1mCTvIo1MwUTAdBgNVHQ4EFgQU1Fqn
        2X/UAZRVuK6L+6ZqKkBAQHcwHwYDVR0jBBgwFoAU1Fqn2X/UAZRVuK6L+6ZqKkBA
        QHcwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEA/XkPE7EDHaXA
        JvtoOJozzVjyHaGdq4OC4CftiQ1kLVICIQD9YbZfcRerZCqTkVf9DNjQ/H16/5re
        Qp80tSl+DbkQjw==
        """, options: .ignoreUnknownCharacters)!

    /// A certificate for rsa.example with an RSA key of 2048 bits.
    private let rsa = Data(
        base64Encoded: """
        MIIDDzCCAfegAwIBAgIULC6C+fTFtpBw2IWrktmEI8/yQX8wDQYJKoZIhvcNAQEL
        BQAwFjEUMBIGA1UEAwwLcnNhLmV4YW1wbGUwIBcNMjYxMTIyMTA1MDQ4WhgPMjEy
        NjEwMjkxMDUwNDhaMBYxFDASBgNVBAMMC3JzYS5leGFtcGxlMIIBIjANBgkqhkiG
        9w0BAQEFAAOCAQ8AMIIBCgKCAQEAjz2j+KBiXW/s6OGj1PR+5L4JJeTMz1iGu4wM
        E0Rr0aJ7i3t73xoAtsmznLSS/MweOgXR98Gx8Q4DEQ3On2pxLy3+2dsIq4wzK+pQ
        tOvS9iUjdidrOgw6c1ePHbGVm7FA4Q/7OnRD/QaMwXZdh9iM7Mrm+h0OqLU+9/gR
        Q+yaWyBmB9s2Xibh0oQsQk81AURCHsSt1laGJBy3lTI9ZlSZjnqMZPW7pVNC18Qz
        VnoZRFPG1Z6y0Z+CFiM01cB/f2kgeXjbB0JSAPUxCBM9i8/6Fagn4rVzdd5gjM+6
        7dkp5+DZjPXEuBcPsz/vgzyckqr3+pHRvaJWHl2EjXKLmIsjbwIDAQABo1MwUTAd
        BgNVHQ4EFgQUnab1XDdJ50h5ofyK6+d1Vmmc8t4wHwYDVR0jBBgwFoAUnab1XDdJ
        50h5ofyK6+d1Vmmc8t4wDwYDVR0TAQH/BAUwAwEB/zANBgkqhkiG9w0BAQsFAAOC
        AQEAXL53teXQwHFTkcNr0Av27SxiTn0ccU2EIs8oW9Fd160L69p3PtBHF2N8IqaR
        TqAeX+P3ed2fhPoq6NV5QC66ZScIQxFbkk2q7+3KeBxsaonyx3tcAA7IY/EmoDfe
        5CA+j9rQsvOFiXVG9hUKsdfvTV/xjECCz9tifeuBx/coiXvR6X36KH3Pvnw/n2t2
        Jn+MwFwAfOkYZt8wcwP/ycjiBNjYUq9ZPsc6M0lHTb8LiLpsSKB0WYyZGoRK3HaF
        /ujaCEO90qvvYnVzuW3IGRm7zWvG3TTMh7AuDTltKtBqm4GYnQMN9tCEJnOwGgvQ
        c6YxF+Wa65fExXM/SZOWXbgS9g==
        """, options: .ignoreUnknownCharacters)!

    /// SHA-256 of the SubjectPublicKeyInfo, computed with OpenSSL.
    private let bankPin = hex("c65545e972bf10d3348d83432206c04738371919878dae7e0c93656651dae1a5")
    private let rsaPin = hex("279c657c8b241c39bb423cced0a9b0cb548fe2c0939a67d4b94cace7fc1e30e4")

    func testOnlyPinnedKeyIsAccepted() {
        let pins = PublicKeyPins(["Bank.Example": [bankPin]])
        XCTAssertTrue(pins.accepts("bank.example", [bank]))
        XCTAssertTrue(pins.accepts("BANK.example", [rsa, bank]), "the key of an intermediate certificate can be pinned")
        XCTAssertFalse(pins.accepts("bank.example", [rsa]))
        XCTAssertFalse(pins.accepts("bank.example", []))
        XCTAssertTrue(PublicKeyPins(["rsa.example": [rsaPin]]).accepts("rsa.example", [rsa]))
    }

    func testHostWithoutPinsIsAccepted() {
        XCTAssertTrue(PublicKeyPins(["bank.example": [bankPin]]).accepts("other.example", [rsa]))
        let empty = PublicKeyPins(["bank.example": []])
        XCTAssertFalse(empty.accepts("bank.example", [bank]), "an empty list accepts no key")
    }

    func testTruncatedCertificateHasNoKey() {
        for length in 0..<bank.count {
            XCTAssertNil(Certificate.publicKeyInfo(in: bank.prefix(length)), "truncated at \(length) bytes")
        }
        XCTAssertNil(Certificate.publicKeyInfo(in: Data([0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF])))
        XCTAssertNil(Certificate.publicKeyInfo(in: Data(repeating: 0x30, count: 500)))
    }

    func testPinIsCheckedAfterSystemTrust() {
        XCTAssertEqual(disposition(trusted: true, [bank]), .useCredential)
        XCTAssertEqual(disposition(trusted: false, [bank]), .cancelAuthenticationChallenge)
        XCTAssertEqual(disposition(trusted: true, [rsa]), .cancelAuthenticationChallenge)
    }

    func testOtherChallengesGetDefaultHandling() {
        let space = URLProtectionSpace(
            host: "bank.example", port: 443, protocol: "https", realm: nil,
            authenticationMethod: NSURLAuthenticationMethodHTTPBasic)
        XCTAssertEqual(disposition(to: space), .performDefaultHandling)
    }

    private func disposition(trusted: Bool, _ chain: [Data]) -> URLSession.AuthChallengeDisposition? {
        let certificates = chain.compactMap { SecCertificateCreateWithData(nil, $0) }
        return disposition(
            to: FakeTrustSpace(host: "bank.example", trust: SecTrust(chain: certificates, trusted: trusted)))
    }

    private func disposition(to space: URLProtectionSpace) -> URLSession.AuthChallengeDisposition? {
        let delegate = PinningDelegate(pins: PublicKeyPins(["bank.example": [bankPin]]))
        let challenge = URLAuthenticationChallenge(
            protectionSpace: space, proposedCredential: nil, previousFailureCount: 0, failureResponse: nil, error: nil,
            sender: Sender())
        nonisolated(unsafe) var received: URLSession.AuthChallengeDisposition?
        delegate.urlSession(.shared, didReceive: challenge) { disposition, _ in received = disposition }
        return received
    }
}

private final class Sender: NSObject, URLAuthenticationChallengeSender {
    func use(_ credential: URLCredential, for challenge: URLAuthenticationChallenge) {}
    func continueWithoutCredential(for challenge: URLAuthenticationChallenge) {}
    func cancel(_ challenge: URLAuthenticationChallenge) {}
    func performDefaultHandling(for challenge: URLAuthenticationChallenge) {}
    func rejectProtectionSpaceAndContinue(with challenge: URLAuthenticationChallenge) {}
}

private func hex(_ text: String) -> Data {
    let digits = Array(text)
    return Data(stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) })
}
