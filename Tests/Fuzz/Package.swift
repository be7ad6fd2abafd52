// swift-tools-version: 6.2
import PackageDescription

/// As strict as the package under test. `-parse-as-library`: `main` is libFuzzer's.
let strict: [SwiftSetting] = [
    .enableExperimentalFeature("Lifetimes"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .unsafeFlags(["-parse-as-library"]),
]

/// Fuzzers of everything that reads bytes it has not written. A package of its own, since only it is built with libFuzzer.
let package = Package(
    name: "embstore-fuzz",
    dependencies: [.package(name: "embstore", path: "../..")],
    targets: [
        .systemLibrary(name: "CFuzzer"),
        .executableTarget(
            name: "fuzz-open", dependencies: ["CFuzzer", .product(name: "EmbStore", package: "embstore")],
            swiftSettings: strict),
        .executableTarget(
            name: "fuzz-expression", dependencies: [.product(name: "EmbStore", package: "embstore")],
            swiftSettings: strict),
        .executableTarget(
            name: "fuzz-source", dependencies: [.product(name: "EmbStorePack", package: "embstore")],
            swiftSettings: strict),
    ]
)
