// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target is built with the same strictness. `Lifetimes` lets owners hand out `Span`s;
/// clients of the package need no flag for it.
let strict: [SwiftSetting] = [
    .enableExperimentalFeature("Lifetimes"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "embstore",
    products: [
        .library(name: "EmbStore", targets: ["EmbStore"]),
        .library(name: "EmbStorePack", targets: ["EmbStorePack"]),
        .executable(name: "embstore", targets: ["EmbStoreCLI"]),
        .library(name: "embstore-c", type: .dynamic, targets: ["EmbStoreC"]),
        .library(name: "embstore-pack-c", type: .dynamic, targets: ["EmbStorePackC"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.0"),
    ],
    targets: [
        // Floor 0: the inner loops, the calls Swift does not see, and the system's compression libraries.
        .target(name: "CEmbKernels"),
        .target(name: "CEmbIO"),
        // The headers of the C libraries, and what they keep per thread.
        .target(name: "CEmbStore"),
        .target(name: "CEmbStorePack", dependencies: ["CEmbStore"]),
        .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"]), .brew(["lz4"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"]), .brew(["zstd"])]),
        .systemLibrary(
            name: "CXXHash", pkgConfig: "libxxhash", providers: [.apt(["libxxhash-dev"]), .brew(["xxhash"])]),
        .systemLibrary(
            name: "CLAPACK", pkgConfig: "lapacke", providers: [.apt(["liblapacke-dev"]), .brew(["lapack"])]),
        .systemLibrary(name: "CZip", pkgConfig: "libzip", providers: [.apt(["libzip-dev"]), .brew(["libzip"])]),

        // Floor 1: the Swift face of the kernels, and files.
        .target(name: "EmbKernels", dependencies: ["CEmbKernels"], swiftSettings: strict),
        .target(
            name: "EmbIO", dependencies: ["CEmbIO", .product(name: "SystemPackage", package: "swift-system")],
            swiftSettings: strict),

        // Floor 1 beside them: what the C libraries make of arguments, handles and errors.
        .target(name: "EmbCInterface", dependencies: ["CEmbStore"], swiftSettings: strict),

        // Floor 2: bytes and values.
        .target(name: "EmbFormat", dependencies: ["CXXHash", "CLZ4", "CZstd"], swiftSettings: strict),

        // Floor 3: Indexer, RowCodec, Transform.
        .target(name: "EmbCodecs", dependencies: ["EmbFormat", "EmbIO", "EmbKernels"], swiftSettings: strict),

        // Floor 4: what a service imports.
        .target(
            name: "EmbStore", dependencies: ["EmbCodecs", "EmbFormat", "EmbIO", "EmbKernels"], swiftSettings: strict),

        // Floor 5: sources, fitting, packing.
        .target(
            name: "EmbStorePack",
            dependencies: [
                "EmbStore", "EmbCodecs", "EmbFormat", "EmbIO", "EmbKernels", "CZip", "CLAPACK",
                .product(name: "SystemPackage", package: "swift-system"),
            ], swiftSettings: strict),

        // Floor 6: the C libraries and the tool.
        .target(
            name: "EmbStoreC",
            dependencies: ["CEmbStore", "EmbCInterface", "EmbStore", "EmbCodecs", "EmbFormat", "EmbKernels"],
            swiftSettings: strict),
        .target(
            name: "EmbStorePackC",
            dependencies: [
                "CEmbStore", "CEmbStorePack", "EmbCInterface", "EmbStorePack", "EmbStore", "EmbCodecs", "EmbFormat",
                "EmbIO",
            ], swiftSettings: strict),
        .executableTarget(
            name: "EmbStoreCLI",
            dependencies: [
                "EmbStore", "EmbStorePack", "EmbCodecs", "EmbFormat", "EmbIO", "EmbKernels",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], swiftSettings: strict),

        // Tests, and what they share.
        .target(name: "CAllocationCounter", path: "Tests/CAllocationCounter"),
        .target(
            name: "EmbTestSupport",
            dependencies: ["CAllocationCounter", "EmbIO", .product(name: "SystemPackage", package: "swift-system")],
            path: "Tests/EmbTestSupport", swiftSettings: strict),
        .testTarget(
            name: "EmbIOTests",
            dependencies: [
                "CEmbIO", "EmbIO", "EmbTestSupport", .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "EmbStoreTests",
            dependencies: [
                "EmbStore", "EmbStorePack", "EmbCodecs", "EmbFormat", "EmbIO", "EmbKernels", "EmbTestSupport",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "EmbStorePackTests", dependencies: ["EmbStorePack", "EmbTestSupport"], swiftSettings: strict),
        .testTarget(name: "EmbStoreCLITests", dependencies: ["EmbStoreCLI", "EmbTestSupport"], swiftSettings: strict),
    ]
)
