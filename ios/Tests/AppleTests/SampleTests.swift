import Foundation
import XCTest

/// Checks that the files of the sample app that only Xcode reads match its sources.
final class SampleTests: XCTestCase {
    private let ios = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private func list(_ path: String) throws -> [String: Any] {
        let data = try Data(contentsOf: ios.appendingPathComponent(path))
        return try XCTUnwrap(PropertyListSerialization.propertyList(from: data, format: nil) as? [String: Any], path)
    }

    private func text(_ path: String) throws -> String {
        try String(contentsOf: ios.appendingPathComponent(path), encoding: .utf8)
    }

    func testAppGroupIsTheSameInAllFiles() throws {
        let key = "com.apple.security.application-groups"
        let app = try XCTUnwrap(try list("Sample/App/SampleBank.entitlements")[key] as? [String])
        let service = try list("Sample/Notifications/SampleBankNotifications.entitlements")[key] as? [String]
        XCTAssertEqual(app.count, 1)
        XCTAssertEqual(service, app)
        XCTAssertEqual(try list("Sample/Notifications/Info.plist")["CountersignAppGroup"] as? String, app[0])
        XCTAssertTrue(try text("Sample/App/Bank.swift").contains("\"\(app[0])\""))
    }

    func testExtensionInfoNamesExistingClass() throws {
        let about = try XCTUnwrap(try list("Sample/Notifications/Info.plist")["NSExtension"] as? [String: Any])
        XCTAssertEqual(about["NSExtensionPointIdentifier"] as? String, "com.apple.usernotifications.service")
        let name = try XCTUnwrap(about["NSExtensionPrincipalClass"] as? String)
        let swift = try text("Sample/Notifications/NotificationService.swift")
        XCTAssertTrue(swift.contains("final class \(name.split(separator: ".").last ?? "?"): NotificationService"))
    }

    func testAppExplainsFaceIDAndOpensBankLinks() throws {
        let about = try list("Sample/App/Info.plist")
        XCTAssertFalse(try XCTUnwrap(about["NSFaceIDUsageDescription"] as? String).isEmpty)
        XCTAssertNil(about["CFBundleURLTypes"], "no URL scheme of its own")
        let entitlements = try list("Sample/App/SampleBank.entitlements")
        let domains = entitlements["com.apple.developer.associated-domains"] as? [String]
        XCTAssertEqual(domains?.allSatisfy { $0.hasPrefix("applinks:") }, true)
    }

    func testProjectNamesExistingFiles() throws {
        let project = try text("Sample/project.yml")
        for file in [
            "App/Info.plist", "App/SampleBank.entitlements", "Notifications/Info.plist",
            "Notifications/SampleBankNotifications.entitlements",
        ] {
            XCTAssertTrue(project.contains(file), file)
            let path = ios.appendingPathComponent("Sample/\(file)").path
            XCTAssertTrue(FileManager.default.fileExists(atPath: path), file)
        }
    }

    func testPrivacyManifestDeclaresNoTracking() throws {
        let manifest = try list("Sources/Countersign/PrivacyInfo.xcprivacy")
        XCTAssertEqual(manifest["NSPrivacyTracking"] as? Bool, false)
        XCTAssertEqual((manifest["NSPrivacyTrackingDomains"] as? [String])?.isEmpty, true)
    }
}
