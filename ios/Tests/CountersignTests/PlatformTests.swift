import Countersign
import TestSupport
import XCTest

final class PlatformTests: XCTestCase {
    func testSystemClockIsMonotonic() throws {
        let clock = SystemClock()
        let (first, second) = (try clock.read(), try clock.read())
        XCTAssertGreaterThanOrEqual(second.monotonicMs, first.monotonicMs)
        XCTAssertGreaterThan(first.monotonicMs, 0)
        XCTAssertEqual(first.bootId, second.bootId)
        XCTAssertGreaterThanOrEqual(first.bootId.count, 16)
        XCTAssertLessThan(abs(first.wallMs - Int64(Date().timeIntervalSince1970 * 1000)), 60_000)
    }

    func testDiagnosticsReachHandler() async throws {
        let records = Shared<[String]>([])
        let phone = try Phone()
        let device = try Authenticator(
            config: Config(platform: "test", model: "m", app: "a", issuers: .unrestricted), keys: phone.keys,
            state: phone.state,
            clock: phone.clock,
            diagnostics: DiagnosticsHandler { during, code in records.with { $0.append("\(during) \(code)") } },
            transport: phone.transport)
        let thrown = await code { try device.receive(push: ["v": "1", "e": "x", "p": "y"]) }
        XCTAssertEqual(thrown, "rejected")
        XCTAssertEqual(records.now.count, 1)
        XCTAssertTrue(records.now[0].hasPrefix("push "), records.now[0])
    }

    func testDescriptionsContainNoSecrets() throws {
        let secret = "s3cret-1234"
        let values: [Any] = [
            HttpRequest(
                method: "POST", url: "https://bank.example", headers: [Header(name: "dpop", value: secret)],
                body: Data(secret.utf8), timeoutMs: 1, maxResponseBytes: 1),
            Header(name: "dpop", value: secret),
            HttpResponse(status: 200, dpopNonce: secret, body: Data(secret.utf8)),
            PushAddress(kind: .apns, token: secret),
            EnrolmentInfo(
                id: "e", issuer: "https://bank.example", issuerName: "Bank", accountLabel: secret, state: .pending,
                confirmCode: secret, protection: Protections(dk: .software, uvk: .software, ek: .software),
                rollbackDetectedAtSeconds: nil),
            Field(
                id: "amount", labelKey: .role(.amount), label: "Amount", value: secret, role: .amount,
                direction: .leftToRight, emphasis: .strong),
        ]
        for value in values {
            XCTAssertFalse("\(value)".contains(secret), "\(type(of: value))")
            XCTAssertFalse(String(reflecting: value).contains(secret), "\(type(of: value))")
            var dumped = ""
            dump(value, to: &dumped)
            XCTAssertFalse(dumped.contains(secret), "\(type(of: value)): \(dumped)")
        }
    }

    func testErrorsHaveLocalizedDescriptions() {
        let error: any Error = AuthenticatorError.server(code: "too_many", reason: "try again later", status: 429)
        XCTAssertEqual(error.localizedDescription, "try again later")
        XCTAssertEqual((error as? AuthenticatorError).map(TestSupport.code(of:)), "too_many")
        XCTAssertEqual((KeyStoreError.notVerified as any Error).localizedDescription, "not verified")
        XCTAssertEqual((StateStoreError.failed(reason: "full") as any Error).localizedDescription, "full")
    }
}
