// swift-tools-version: 6.0
import PackageDescription

// Two ways to get the Rust library:
// - an app takes `Generated/Countersign.xcframework`, made by `cargo xtask xcframework` on a Mac;
// - tests on a Mac or on Linux take the library that cargo built for the machine itself, from the folder named by
//   COUNTERSIGN_LIBRARY_DIR. `cargo xtask test swift` sets it.
// The folder `Generated` is made by `cargo xtask bindings`.
let host = Context.environment["COUNTERSIGN_LIBRARY_DIR"]

/// Links a library of the host's build and finds it again at run time.
func linked(_ name: String) -> [LinkerSetting] {
    guard let host else { return [] }
    return [.linkedLibrary(name), .unsafeFlags(["-L\(host)", "-Xlinker", "-rpath", "-Xlinker", host])]
}

// On Linux the Apple frameworks that the shell uses are small modules of exactly the API it uses, so that its code is
// type-checked and tested there too.
#if os(Linux)
let stubs: [String: [Target.Dependency]] = [
    "CallKit": [],
    "CryptoKit": ["PhoneDouble"],
    "LocalAuthentication": ["PhoneDouble"],
    "PhoneDouble": [],
    "Security": ["PhoneDouble"],
    "SwiftUI": ["UIKit"],
    "UIKit": [],
    "UserNotifications": [],
]
let resources: [Resource] = []
let notForLinux = ["PrivacyInfo.xcprivacy"]
let heap: [Target.Dependency] = ["Malloc"]
#else
let stubs: [String: [Target.Dependency]] = [:]
let resources: [Resource] = [.process("PrivacyInfo.xcprivacy")]
let notForLinux: [String] = []
let heap: [Target.Dependency] = []
#endif
let frameworks: [Target.Dependency] = stubs.keys.sorted().map { .init(stringLiteral: $0) }

let rust: Target =
    host == nil
    ? .binaryTarget(name: "CountersignRust", path: "Generated/Countersign.xcframework")
    : .systemLibrary(name: "CountersignRust", path: "Generated/CountersignRust")

var targets: [Target] = [
    rust,
    // Generated code; its async traits need the Swift 5 language mode.
    .target(
        name: "CountersignFFI", dependencies: ["CountersignRust"], path: "Generated/CountersignFFI",
        swiftSettings: [.swiftLanguageMode(.v5)], linkerSettings: linked("countersign")),
    .target(
        name: "Countersign", dependencies: ["CountersignFFI"] + frameworks, exclude: notForLinux, resources: resources),
]
targets += stubs.map { .target(name: $0.key, dependencies: $0.value, path: "Stubs/\($0.key)") }

if host != nil {
    targets += [
        // Test-only P-256 in Rust, so that a key store written in Swift has the same keys on every system.
        .systemLibrary(name: "CountersignTestKeysRust", path: "Generated/CountersignTestKeysRust"),
        .target(
            name: "CountersignTestKeys", dependencies: ["CountersignTestKeysRust"],
            path: "Generated/CountersignTestKeys", swiftSettings: [.swiftLanguageMode(.v5)],
            linkerSettings: linked("countersign_test_keys")),
        .target(
            name: "TestSupport", dependencies: ["Countersign", "CountersignTestKeys"], path: "Tests/TestSupport"),
        .testTarget(name: "CountersignTests", dependencies: ["Countersign", "TestSupport"]),
        .executableTarget(name: "scenarios", dependencies: ["Countersign", "TestSupport"], path: "Tests/Scenarios"),
        .executableTarget(
            name: "bench", dependencies: ["Countersign", "CountersignFFI", "CountersignTestKeys", "TestSupport"] + heap,
            path: "Tests/Bench"),
    ]
}

#if os(Linux)
// The bench asks the C library how much of the heap is in use.
targets.append(.systemLibrary(name: "Malloc", path: "Tests/Malloc"))
// The sample app is built by Xcode; here its sources are compiled.
targets += [
    .executableTarget(
        name: "SampleBank", dependencies: ["Countersign"] + frameworks, path: "Sample/App",
        exclude: ["Info.plist", "SampleBank.entitlements"]),
    .target(
        name: "SampleBankNotifications", dependencies: ["Countersign"] + frameworks, path: "Sample/Notifications",
        exclude: ["Info.plist", "SampleBankNotifications.entitlements"]),
]
if host != nil {
    targets.append(
        .testTarget(name: "AppleTests", dependencies: ["Countersign", "CountersignTestKeys", "TestSupport"] + frameworks))
}
#endif

let package = Package(
    name: "Countersign",
    platforms: [.iOS(.v15), .macOS(.v12)],
    products: [.library(name: "Countersign", targets: ["Countersign"])],
    targets: targets
)
