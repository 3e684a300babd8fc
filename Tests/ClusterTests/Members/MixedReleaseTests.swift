import Foundation
import TestCluster
import Testing

/// The release before: its own binary where `ROOST_PREVIOUS` names one, else this one, which is told
/// to act as it.
private enum PreviousRelease {
    static let featureLevel = 3
    static let binary = ProcessInfo.processInfo.environment["ROOST_PREVIOUS"]

    static func start(_ member: Member) throws {
        if let binary {
            try member.start(binary: binary)
        } else {
            try member.start(flags: ["--feature-level-max", "\(featureLevel)"])
        }
    }
}

@Suite("An upgrade under load, and back (operations.md, Upgrading)", .serialized)
struct MixedReleaseTests {
    /// As a procedure of operations.md has it: stop, replace, start, wait until it is ready.
    private func exchange(
        _ member: Member,
        under load: WriteLoad,
        start: (Member) throws -> Void
    ) throws {
        try #require(member.terminate() == 0, "\(member.standardError)")
        try start(member)
        let isReady = eventually(withinSeconds: 30) {
            member.ask("GET", target: "/readyz", timeoutSeconds: 3)?.status == 200
        }
        try #require(isReady, "\(member.standardError)")
        let count = load.acknowledgedCount
        try #require(
            eventually(withinSeconds: 30) { load.acknowledgedCount > count + 50 },
            "no write is accepted"
        )
    }

    private func level(_ member: Member) -> Int? {
        let settings = member.ask("GET", target: "/v1/settings")?.json
        return (settings?["feature_level"] as? [String: Any])?["level"] as? Int
    }

    @Test("one member after another, back with two of them, and forth: no write is lost or fails")
    func upgrade() throws {
        let cluster = try Cluster(count: 3)
        for member in cluster.members { try PreviousRelease.start(member) }
        try cluster.waitUntilReady()
        let load = WriteLoad(cluster: cluster, keyCount: 1_000_000, threadCount: 2)
        load.start()
        for place in [0, 1] {
            try exchange(cluster.members[place], under: load) { try $0.start() }
            #expect(level(cluster.members[place]) == PreviousRelease.featureLevel)
        }
        for place in [0, 1] {
            try exchange(cluster.members[place], under: load, start: PreviousRelease.start)
        }
        for member in cluster.members {
            try exchange(member, under: load) { try $0.start() }
        }
        let isRisen = eventually(withinSeconds: 30) {
            cluster.members.allSatisfy { level($0) == PreviousRelease.featureLevel + 1 }
        }
        #expect(isRisen, "\(cluster.members.map(level))")
        let acknowledged = try load.end(withinSeconds: 60)
        print(
            "seven exchanges during \(acknowledged.count) writes; the longest time without one, ms: "
                + "\(load.longestSilenceMilliseconds)"
        )
        try cluster.waitUntilEqual(cluster.members)
        let connection = try cluster.members[2].connect()
        for (key, value) in acknowledged {
            let object = try connection.request("GET", target: "/v1/kv\(key)?consistency=stale")
                .json
            #expect(object["value"] as? String == value, "\(key)")
            #expect(object["version"] as? Int == 1, "\(key) was applied twice")
        }
        try refusesToGoBack(cluster.members[0])
    }

    /// The level has risen: the release before refuses the directory, and changes nothing.
    private func refusesToGoBack(_ member: Member) throws {
        #expect(member.terminate() == 0)
        try PreviousRelease.start(member)
        let status = try #require(member.exitStatus(withinSeconds: 20))
        #expect([65, 78].contains(status), "\(member.standardError)")
        try member.start()
        let isReady = eventually(withinSeconds: 30) {
            member.ask("GET", target: "/readyz", timeoutSeconds: 3)?.status == 200
        }
        #expect(isReady, "\(member.standardError)")
    }
}
