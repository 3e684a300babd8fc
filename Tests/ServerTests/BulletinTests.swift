import Bytes
import Platform
import Replica
import Testing

@testable import Server

@Suite("What an operator is told, and when")
struct BulletinTests {
    /// What is told when the standing is looked at every 10 ms: the time and the standing.
    private static func told(
        _ course: [(milliseconds: UInt64, standing: Bulletin.Standing)]
    ) -> [(at: UInt64, standing: Bulletin.Standing)] {
        let start = MonotonicTime(rawValue: 1_000_000_000)
        var bulletin = Bulletin(startedAt: start)
        var told: [(UInt64, Bulletin.Standing)] = []
        var time: UInt64 = 0
        for step in course {
            let end = time + step.milliseconds
            while time < end {
                let now = start.advanced(byMilliseconds: time)
                if bulletin.isDue(now), let standing = bulletin.look(step.standing, now: now) {
                    told.append((time, standing))
                }
                time += 10
            }
        }
        return told
    }

    @Test("the first ready is told at once, a start that takes long after three seconds")
    func start() {
        let quick = Self.told([(30, .unready(.forming)), (100_000, .ready)])
        #expect(quick.map(\.standing) == [.ready])
        #expect(quick.first?.at == 30)
        let slow = Self.told([(5_000, .unready(.forming)), (2_000, .ready)])
        #expect(slow.map(\.standing) == [.unready(.forming), .ready])
        #expect(slow.first?.at == 3_000)
    }

    @Test("an election is not told, a lost quorum is, and its end, each once")
    func change() {
        let told = Self.told([
            (5_000, .ready), (900, .noLeader), (5_000, .ready), (600, .noLeader),
            (20_000, .lostQuorum), (20_000, .ready),
        ])
        #expect(told.map(\.standing) == [.ready, .lostQuorum, .ready])
        #expect(told.count > 1 && (11_900...12_700).contains(told[1].at))
    }

    @Test("another reason is another line once something was told")
    func reasons() {
        let told = Self.told([
            (1_000, .ready), (3_000, .lostQuorum), (3_000, .noLeader),
            (3_000, .unready(.catchingUp)), (3_000, .ready),
        ])
        #expect(
            told.map(\.standing) == [
                .ready, .lostQuorum, .noLeader, .unready(.catchingUp), .ready,
            ]
        )
    }

    @Test("changes without end are told ever more rarely, and early again after a calm time")
    func flapping() {
        var course: [(UInt64, Bulletin.Standing)] = []
        for _ in 0..<200 { course += [(1_500, .noLeader), (1_500, .ready)] }
        #expect(Self.told([(1_000, .ready)] + course).count == 3)
        let calm = Self.told(
            [(1_000, .ready)] + course + [(100_000, .ready), (1_500, .noLeader)]
        )
        #expect(calm.last?.standing == .noLeader)
    }
}

@Suite("Where the others look for a member, and where it listens")
struct PeerPlaceTests {
    @Test(
        arguments: [
            ("10.0.0.1:2380", nil, "10.0.0.1:2380", true),
            ("10.0.0.1:2380", "10.0.0.1:2380", "0.0.0.0:2380", true),
            ("n1:2380", "n1:2380", "*:2380", true),
            ("n1:2380", "n1:2380", "10.0.0.1:2380", true),
            ("n1:2380", nil, "n1:2380", true),
            ("10.0.0.1:2380", nil, "10.0.0.2:2380", false),
            ("10.0.0.1:2380", nil, "10.0.0.1:2381", false),
            ("10.0.0.1:2380", "10.0.0.1:2380", "10.0.0.1:2381", false),
            ("n1:2380", nil, "*:2381", false),
            ("10.0.0.1:2380", "10.0.0.2:2380", "10.0.0.2:2380", false),
        ] as [(String, String?, String, Bool)]
    )
    func difference(_ known: String, listed: String?, listening: String, isSame: Bool) throws {
        let place = PeerPlace(
            known: try Endpoint(parsing: known),
            listed: try listed.map { try Endpoint(parsing: $0) },
            listening: try Endpoint(parsing: listening)
        )
        let line = place.difference(member: "n1")
        #expect((line == nil) == isSame, "\(line ?? "-")")
        if let line { #expect(line.contains(known)) }
    }
}
