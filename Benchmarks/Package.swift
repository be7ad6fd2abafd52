// swift-tools-version: 6.2
import PackageDescription

// A package of its own: what benchmarks need never reaches those who link the library.
let package = Package(
    name: "embstore-benchmarks",
    dependencies: [.package(name: "embstore", path: "..")],
    targets: [
        .executableTarget(
            name: "EmbBench",
            dependencies: [
                .product(name: "EmbStore", package: "embstore"), .product(name: "EmbStorePack", package: "embstore"),
            ],
            swiftSettings: [.treatAllWarnings(as: .error), .enableUpcomingFeature("ExistentialAny"), .enableExperimentalFeature("Lifetimes")])
    ]
)
