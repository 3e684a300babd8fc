// swift-tools-version: 6.3
import PackageDescription

let package = Package(
    name: "leader-worker",
    dependencies: [.package(name: "roost", path: "../../..")],
    targets: [
        .executableTarget(
            name: "LeaderWorker",
            dependencies: [.product(name: "RoostClient", package: "roost")]
        )
    ]
)
