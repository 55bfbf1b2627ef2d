// swift-tools-version: 6.0
import PackageDescription

// The package links the Rust library in one of two ways:
// - An app uses `Generated/Countersign.xcframework`, which `cargo xtask xcframework` creates on a
//   Mac.
// - Tests on a Mac or on Linux use the library that cargo built for the machine, in the folder that
//   the environment variable COUNTERSIGN_LIBRARY_DIR names. `cargo xtask test swift` sets it.
// `cargo xtask bindings` creates the folder `Generated`.
let host = Context.environment["COUNTERSIGN_LIBRARY_DIR"]

/// Returns the settings to link a library that cargo built and to find it at run time.
func linked(_ name: String) -> [LinkerSetting] {
    guard let host else { return [] }
    return [.linkedLibrary(name), .unsafeFlags(["-L\(host)", "-Xlinker", "-rpath", "-Xlinker", host])]
}

// On Linux small modules replace the Apple frameworks, with exactly the API that the package uses.
// In this way its code is compiled and tested on Linux too.
#if os(Linux)
let stubs: [String: [Target.Dependency]] = [
    "CallKit": [],
    "CryptoKit": ["FakePhone"],
    "LocalAuthentication": ["FakePhone"],
    "FakePhone": [],
    "Security": ["FakePhone"],
    "SwiftUI": ["UIKit"],
    "UIKit": [],
    "UserNotifications": [],
]
let resources: [Resource] = []
let appleOnly = ["PrivacyInfo.xcprivacy"]
let heap: [Target.Dependency] = ["Malloc"]
#else
let stubs: [String: [Target.Dependency]] = [:]
let resources: [Resource] = [.process("PrivacyInfo.xcprivacy")]
let appleOnly: [String] = []
let heap: [Target.Dependency] = []
#endif
let frameworks: [Target.Dependency] = stubs.keys.sorted().map { .init(stringLiteral: $0) }

let rust: Target =
    host == nil
    ? .binaryTarget(name: "CountersignRust", path: "Generated/Countersign.xcframework")
    : .systemLibrary(name: "CountersignRust", path: "Generated/CountersignRust")

var targets: [Target] = [
    rust,
    // The async traits of the generated code require the Swift 5 language mode.
    .target(
        name: "CountersignFFI", dependencies: ["CountersignRust"], path: "Generated/CountersignFFI",
        swiftSettings: [.swiftLanguageMode(.v5)], linkerSettings: linked("countersign")),
    .target(
        name: "Countersign", dependencies: ["CountersignFFI"] + frameworks, exclude: appleOnly, resources: resources),
]
targets += stubs.map { .target(name: $0.key, dependencies: $0.value, path: "Stubs/\($0.key)") }

if host != nil {
    targets += [
        // P-256 in Rust for tests, so that a key store in Swift works on every system.
        .systemLibrary(name: "CountersignTestKeysRust", path: "Generated/CountersignTestKeysRust"),
        .target(
            name: "CountersignTestKeys", dependencies: ["CountersignTestKeysRust"],
            path: "Generated/CountersignTestKeys", swiftSettings: [.swiftLanguageMode(.v5)],
            linkerSettings: linked("countersign_test_keys")),
        .target(
            name: "TestSupport", dependencies: ["Countersign", "CountersignTestKeys"], path: "Tests/TestSupport"),
        .testTarget(name: "CountersignTests", dependencies: ["Countersign", "CountersignTestKeys", "TestSupport"]),
        .executableTarget(name: "scenarios", dependencies: ["Countersign", "TestSupport"], path: "Tests/Scenarios"),
        .executableTarget(
            name: "bench", dependencies: ["Countersign", "CountersignFFI", "CountersignTestKeys", "TestSupport"] + heap,
            path: "Tests/Bench"),
    ]
}

#if os(Linux)
// The benchmark reads the size of the heap from the C library.
targets.append(.systemLibrary(name: "Malloc", path: "Tests/Malloc"))
// Xcode builds the sample app. On Linux only its sources are compiled.
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
        .testTarget(
            name: "AppleTests", dependencies: ["Countersign", "CountersignTestKeys", "TestSupport"] + frameworks))
}
#endif

let package = Package(
    name: "Countersign",
    platforms: [.iOS(.v15), .macOS(.v12)],
    products: [.library(name: "Countersign", targets: ["Countersign"])],
    targets: targets
)
