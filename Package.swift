// swift-tools-version: 6.3
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .strictMemorySafety(),
]

/// A target of the house; what it may import is the table in Docs/architecture.md.
func room(_ name: String, _ dependencies: Target.Dependency...) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func test(_ name: String, _ dependencies: Target.Dependency...) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

let package = Package(
    name: "roost",
    products: [
        .executable(name: "roost", targets: ["roost"]),
        .library(name: "RoostClient", targets: ["RoostClient"]),
    ],
    targets: [
        .target(name: "CBytes"),
        .target(name: "CPlatform"),
        .systemLibrary(
            name: "COpenSSL",
            pkgConfig: "openssl",
            providers: [.apt(["libssl-dev"])]
        ),
        room("Bytes", "CBytes"),
        room("Consensus", "Bytes"),
        room("Keyspace", "Bytes"),
        room("Wire", "Bytes"),
        room("Platform", "Bytes", "CPlatform"),
        room("Credentials", "Bytes", "Wire", "COpenSSL"),
        room("Journal", "Bytes", "Consensus"),
        room("RoostClient", "Bytes", "Wire", "Platform", "TLS"),
        room("Replica", "Bytes", "Consensus", "Keyspace", "Journal"),
        room("Storage", "Bytes", "Journal", "Platform"),
        room("Transport", "Bytes", "Replica", "Platform", "TLS"),
        room("Backup", "Bytes", "COpenSSL"),
        room("Certificates", "Bytes", "COpenSSL"),
        room("TLS", "Bytes", "COpenSSL"),
        room("API", "Bytes", "Keyspace", "Replica", "Wire", "Backup", "Credentials"),
        room("Simulation", "Bytes", "Consensus", "Keyspace", "Journal", "Replica"),
        room(
            "Server",
            "Bytes",
            "Consensus",
            "Keyspace",
            "Wire",
            "Platform",
            "Journal",
            "Replica",
            "Storage",
            "Transport",
            "API",
            "Backup",
            "Credentials",
            "TLS"
        ),
        .executableTarget(
            name: "roost",
            dependencies: [
                "Bytes", "Wire", "Platform", "Journal", "Storage", "Server", "RoostClient",
                "Simulation", "Backup", "Keyspace", "Certificates", "TLS",
            ],
            swiftSettings: settings
        ),
        test("BytesTests", "Bytes"),
        .testTarget(
            name: "ConsensusTests",
            dependencies: ["Bytes", "Consensus"],
            exclude: ["Transcripts"],
            swiftSettings: settings
        ),
        test("KeyspaceTests", "Bytes", "Keyspace", "Fuzzing"),
        test("WireTests", "Bytes", "Wire", "Fuzzing"),
        test("PlatformTests", "Bytes", "Platform", "Fuzzing"),
        test(
            "TransportTests",
            "Bytes",
            "Consensus",
            "Replica",
            "Platform",
            "Transport",
            "TLS",
            "Certificates",
            "TestSupport"
        ),
        test(
            "JournalTests",
            "Bytes",
            "Consensus",
            "Journal",
            "Platform",
            "Storage",
            "Fuzzing",
            "TestSupport"
        ),
        test(
            "ReplicaTests",
            "Bytes",
            "Consensus",
            "Keyspace",
            "Journal",
            "Replica",
            "Fuzzing",
            "TestSupport"
        ),
        test("BackupTests", "Bytes", "Backup", "Fuzzing"),
        test("CertificatesTests", "Bytes", "Certificates", "Fuzzing"),
        test("CredentialsTests", "Bytes", "COpenSSL", "Credentials", "Wire", "Fuzzing"),
        test("TLSTests", "Bytes", "COpenSSL", "Certificates", "TLS", "Fuzzing", "TestSupport"),
        test("APITests", "Bytes", "Keyspace", "Replica", "Wire", "Backup", "API", "Fuzzing"),
        test(
            "SimulationTests",
            "Bytes",
            "Consensus",
            "Keyspace",
            "Journal",
            "Replica",
            "Simulation",
            "roost"
        ),
        test(
            "ServerTests",
            "Bytes",
            "Consensus",
            "Keyspace",
            "Wire",
            "Platform",
            "Journal",
            "Replica",
            "Storage",
            "API",
            "Server",
            "TLS",
            "Certificates",
            "TestSupport"
        ),
        test(
            "RoostClientTests",
            "Bytes",
            "Wire",
            "Platform",
            "Keyspace",
            "Backup",
            "Certificates",
            "RoostClient",
            "roost",
            "Fuzzing"
        ),
        .target(
            name: "TestSupport",
            dependencies: [
                "Bytes", "Consensus", "Keyspace", "Journal", "Replica", "Certificates", "TLS",
            ],
            path: "Tests/TestSupport",
            swiftSettings: settings
        ),
        .target(
            name: "Fuzzing",
            dependencies: ["Bytes", "Platform"],
            path: "Tests/Fuzzing",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "Guard",
            dependencies: [
                "Bytes", "Consensus", "Keyspace", "Wire", "Platform", "Journal", "Replica", "API",
                "TestSupport",
            ],
            path: "Tests/Guard",
            exclude: ["run.sh", "thresholds"],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "LeaderWorker",
            dependencies: ["RoostClient"],
            path: "Docs/Examples/swift/Sources/LeaderWorker"
        ),
        .target(name: "TestCluster", path: "Tests/TestCluster", swiftSettings: settings),
        .testTarget(
            name: "ClusterTests",
            dependencies: [
                "Bytes", "Platform", "Replica", "TLS", "Certificates", "RoostClient", "TestCluster",
                "TestSupport",
            ],
            exclude: ["Fixtures"],
            swiftSettings: settings
        ),
        test("FaultTests", "Bytes", "Simulation", "TestCluster"),
        test("DocumentationTests"),
        test("TidyTests"),
    ],
    swiftLanguageModes: [.v6]
)
