// swift-tools-version: 6.2

import PackageDescription

/// Every target of the house is built with the same strictness.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// What is shipped goes without the regular expression engine: a plain `text.contains("word")` would link 1.2 MB of it.
let lean: [SwiftSetting] =
    strict + [.unsafeFlags(["-Xfrontend", "-disable-implicit-string-processing-module-import"])]

/// What lies beside the sources of a target and is no source.
func notes(of name: String) -> [String] { ["ClusterOps", "MDClusterTests"].contains(name) ? ["README.md"] : [] }

/// A target of ours; `dependencies` is the list of arrows that may leave it.
func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, exclude: notes(of: name), swiftSettings: lean)
}

/// The tests of `room`, which may also use the simulator.
func tests(of room: String, _ more: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: room + "Tests",
        dependencies: [.target(name: room)] + more,
        exclude: notes(of: room + "Tests"),
        swiftSettings: strict)
}

let package = Package(
    name: "swmdadm",
    products: [
        .executable(name: "swmdadm", targets: ["swmdadm"]),
        .library(name: "ClusterOps", targets: ["ClusterOps", "ClusterOpsDLM"]),
    ],
    targets: [
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CBlkid", providers: [.apt(["libblkid-dev"])]),
        .systemLibrary(name: "CUdev", providers: [.apt(["libudev-dev"])]),
        .systemLibrary(name: "CDLM", providers: [.apt(["libdlm-dev"])]),

        room("MDBytes"),
        room("MDFormats", ["MDBytes"]),
        room("MDModel", ["MDFormats", "MDBytes"]),
        room("MDCluster", ["MDLocks", "MDBytes"]),
        room("ClusterOps", ["MDCluster", "MDLocks", "MDBytes"]),
        room("MDKernel", ["MDBytes"]),
        room("MDLocks", ["MDBytes"]),
        room("MDOperations", ["MDModel", "MDFormats", "MDKernel", "MDLocks", "MDBytes"]),
        room("MDAgent", ["ClusterOps", "MDOperations", "MDModel", "MDFormats", "MDKernel", "MDLocks", "MDBytes"]),
        room("MDFrontend", ["MDAgent", "MDOperations", "MDModel", "MDFormats", "MDKernel", "MDLocks", "MDBytes"]),
        room("MDLinux", ["MDKernel", "MDBytes", "CLinux", "CBlkid", "CUdev"]),
        room("MDLocksDLM", ["MDLocks", "MDBytes", "CDLM"]),
        room("ClusterOpsDLM", ["ClusterOps", "MDLocksDLM", "MDLocks", "MDBytes"]),
        room("MDSimulator", ["MDCluster", "MDKernel", "MDLocks", "MDOperations", "MDModel", "MDFormats", "MDBytes"]),

        .executableTarget(
            name: "swmdadm",
            dependencies: ["MDFrontend", "MDLinux", "MDLocksDLM"],
            swiftSettings: strict),

        // A developer's tool, not installed.
        .executableTarget(
            name: "swmdsim", dependencies: ["MDSimulator", "MDLinux", "MDKernel"], swiftSettings: strict),

        .target(
            name: "Contracts",
            dependencies: ["MDSimulator", "MDFormats", "MDKernel", "MDLocks", "MDBytes"],
            path: "Tests/Contracts",
            swiftSettings: strict),
        .executableTarget(
            name: "swmdcontract",
            dependencies: ["Contracts", "MDLinux", "MDLocksDLM", "MDLocks", "MDKernel", "MDBytes"],
            path: "Tests/ContractRunner",
            swiftSettings: strict),
        // A node of the library for the lab, told what to do by lines.
        .executableTarget(
            name: "swmdlibrary",
            dependencies: ["ClusterOpsDLM", "ClusterOps", "MDLocksDLM", "MDLocks", "MDBytes"],
            path: "Tests/LibraryRunner",
            swiftSettings: strict),
        .target(name: "CMeter", path: "Tests/Meter"),
        .executableTarget(
            name: "swmdfuzz",
            dependencies: [
                "MDSimulator", "MDFrontend", "MDOperations", "MDModel", "MDLinux", "MDFormats", "MDKernel", "MDLocks",
                "MDBytes", "CMeter",
            ],
            path: "Tests/Fuzz",
            swiftSettings: strict),
        .testTarget(
            name: "ContractTests",
            dependencies: ["Contracts", "MDSimulator", "MDKernel", "MDLocks", "MDBytes"],
            swiftSettings: strict),
        .testTarget(
            name: "TidyTests", dependencies: ["MDLinux", "MDKernel"], swiftSettings: strict),
        .testTarget(
            name: "SimulationTests",
            dependencies: [
                "MDSimulator", "MDFrontend", "MDOperations", "MDModel", "MDFormats", "MDKernel", "MDLocks", "MDBytes",
            ],
            swiftSettings: strict),
        tests(of: "MDBytes"),
        tests(of: "MDFormats", ["MDBytes"]),
        tests(of: "MDModel", ["MDFormats", "MDBytes"]),
        tests(of: "MDCluster", ["MDLocks", "MDSimulator", "MDBytes"]),
        tests(of: "ClusterOps", ["MDLocks", "MDSimulator", "MDBytes"]),
        tests(of: "ClusterOpsDLM", ["ClusterOps", "MDLocks", "MDLinux", "MDKernel"]),
        tests(of: "MDOperations", ["MDSimulator", "MDModel", "MDFormats", "MDKernel", "MDBytes"]),
        tests(of: "MDFrontend", ["MDSimulator", "MDOperations", "MDModel", "MDFormats", "MDLocks", "MDKernel", "MDBytes", "MDLinux"]),
        tests(of: "MDLinux", ["MDKernel", "MDBytes"]),
        tests(of: "MDLocks", ["MDBytes"]),
        tests(of: "MDLocksDLM", ["MDLocks", "MDBytes"]),
    ]
)
