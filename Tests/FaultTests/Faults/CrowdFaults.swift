import Bytes
import Foundation
import Glibc
import TestCluster
import Testing

extension FaultRow {
    /// Ten thousand of something at once.
    static let ofCrowds: [FaultRow] = [
        FaultRow(alone: "10,000 leases end together", measure: "end of a TTL … its key is gone") {
            outcome,
            chance in
            let cluster = try Cluster.started(count: 3)
            outcome.count += 1
            var crowd = try LeaseCrowd(cluster, count: 10_000, ttlSeconds: 20)
            try crowd.grant()
            let watch = LeaseWatch(try cluster.leader(), count: 10_000)
            try watch.start()
            let pulse = WritePulse(cluster)
            pulse.start()
            try crowd.keepAllAlive()
            let ends = watch.ends(withinSeconds: 45)
            let longest = pulse.stop()
            outcome.expect(ends.count == 10_000, what: "\(ends.count) of 10000 keys are gone")
            outcome.expect(longest < 1.5, what: "writes stood still for \(longest) s")
            for (key, gone) in ends {
                let due = crowd.due(key)
                if gone < due.earliest {
                    outcome.violations.append("lease \(key) ended early")
                } else if gone.seconds(since: due.latest) > 2 {
                    let late = gone.seconds(since: due.latest)
                    outcome.violations.append("lease \(key) ended \(late) s after its TTL")
                }
                outcome.recoveries.append(gone.seconds(since: due.latest))
            }
        },
        FaultRow(alone: "10,000 connections at once", measure: "first connect … last answer") {
            outcome,
            chance in
            try Descriptors.raiseLimit()
            let cluster = try Cluster.started(count: 3)
            let leader = try cluster.leader()
            let term = leader.status["term"] as? Int
            outcome.count += 1
            let pulse = WritePulse(cluster)
            pulse.start()
            let start = MonotonicTime.now
            var connections: [HTTPConnection] = []
            for _ in 0..<10_000 {
                let connection = try leader.connect(timeoutSeconds: 20)
                try connection.send(Data("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8))
                connections.append(connection)
            }
            let served = connections.count { (try? $0.answer())?.status == 200 }
            outcome.recoveries.append(MonotonicTime.now.seconds(since: start))
            outcome.expect(served == 10_000, what: "\(served) of 10000 were answered")
            outcome.expect(leader.status["term"] as? Int == term, what: "an election")
            connections = []
            let longest = pulse.stop()
            outcome.expect(longest < 1.5, what: "writes stood still for \(longest) s")
        },
    ]
}

/// Leases with a key each.
private struct LeaseCrowd {
    private static let threadCount = 8

    private let cluster: Cluster
    private let count: Int
    private let ttlSeconds: Int
    private var leases: [String] = []
    private var touches: [(sent: MonotonicTime, answered: MonotonicTime)] = []

    init(_ cluster: Cluster, count: Int, ttlSeconds: Int) throws {
        self.cluster = cluster
        self.count = count
        self.ttlSeconds = ttlSeconds
    }

    /// Grants a lease for each key, with a long time to live first.
    mutating func grant() throws {
        let ttl = ttlSeconds
        let granted = try inParallel { connection, number in
            let answer = try connection.request(
                "POST",
                target: "/v1/leases",
                body: Data("{\"ttl\":\"\(ttl)s\"}".utf8)
            )
            let id = try #require(answer.json["id"] as? String, "\(answer.text)")
            let tied = try connection.request(
                "PUT",
                target: "/v1/kv/crowd/\(number)?lease=\(id)",
                body: Data("1".utf8)
            )
            try #require(tied.status == 201, "\(tied.text)")
            return id
        }
        leases = granted.map(\.value)
        touches = granted.map { ($0.sent, $0.answered) }
    }

    /// Keeps all alive as fast as possible, so that they end together.
    mutating func keepAllAlive() throws {
        let leases = leases
        touches = try inParallel { connection, number in
            let answer = try connection.request(
                "POST",
                target: "/v1/leases/\(leases[number])/keepalive"
            )
            try #require(answer.status == 200, "lease \(number): \(answer.text)")
            return ""
        }.map { ($0.sent, $0.answered) }
    }

    /// Between these the lease of a key has to end, two seconds allowed.
    func due(_ number: Int) -> (earliest: MonotonicTime, latest: MonotonicTime) {
        let ttl = UInt64(ttlSeconds) * 1_000_000_000
        // Two clocks may differ by one in a hundred.
        return (
            touches[number].sent.advanced(byNanoseconds: ttl / 100 * 99),
            touches[number].answered.advanced(byNanoseconds: ttl)
        )
    }

    private struct Reply: Sendable {
        var value = ""
        var sent = MonotonicTime.now
        var answered = MonotonicTime.now
    }

    /// Does something for each number, over a few connections.
    private func inParallel(
        _ body: @escaping @Sendable (HTTPConnection, Int) throws -> String
    ) throws -> [Reply] {
        let replies = Replies(count)
        let group = DispatchGroup()
        let member = try cluster.leader()
        for thread in 0..<Self.threadCount {
            group.enter()
            Thread.detachNewThread { [count] in
                defer { group.leave() }
                guard let connection = try? member.connect(timeoutSeconds: 20) else { return }
                for number in stride(from: thread, to: count, by: Self.threadCount) {
                    var reply = Reply()
                    guard let value = try? body(connection, number) else { return }
                    reply.value = value
                    reply.answered = .now
                    replies.set(reply, at: number)
                }
            }
        }
        group.wait()
        return try replies.all.map { try #require($0, "a request of the crowd has failed") }
    }

    private final class Replies: @unchecked Sendable {
        private let lock = NSLock()
        private var replies: [Reply?]

        init(_ count: Int) { replies = Array(repeating: nil, count: count) }

        var all: [Reply?] { lock.withLock { replies } }
        func set(_ reply: Reply, at place: Int) { lock.withLock { replies[place] = reply } }
    }
}

/// Notes when the key of each lease is gone.
private final class LeaseWatch: @unchecked Sendable {
    private let member: Member
    private let count: Int
    private let lock = NSLock()
    private var seen: [Int: MonotonicTime] = [:]

    init(_ member: Member, count: Int) {
        self.member = member
        self.count = count
    }

    func start() throws {
        let connection = try member.connect(timeoutSeconds: 60)
        let head = "GET /v1/watch?path=/crowd&recursive HTTP/1.1\r\nHost: localhost\r\n"
        try connection.send(Data((head + "Accept: application/x-ndjson\r\n\r\n").utf8))
        try #require(try connection.headOfAnswer().status == 200)
        let reader = Reader(connection)
        Thread.detachNewThread { [self] in
            var text = Data()
            while lock.withLock({ seen.count }) < count,
                let chunk = try? reader.connection.chunk()
            {
                let now = MonotonicTime.now
                text += chunk
                var rest = text[...]
                while let newline = rest.firstIndex(of: UInt8(ascii: "\n")) {
                    note(String(decoding: rest[..<newline], as: UTF8.self), now: now)
                    rest = rest[rest.index(after: newline)...]
                }
                text = Data(rest)
            }
        }
    }

    /// The number of each key that is gone, and when that was told.
    func ends(withinSeconds seconds: Double) -> [Int: MonotonicTime] {
        _ = eventually(withinSeconds: seconds) { lock.withLock { seen.count } == count }
        return lock.withLock { seen }
    }

    private func note(_ line: String, now: MonotonicTime) {
        guard line.contains("\"event\":\"delete\""),
            let match = line.firstMatch(of: /\/crowd\/(\d+)/), let number = Int(match.1)
        else { return }
        lock.withLock { seen[number] = now }
    }

    /// Read by one thread alone.
    private final class Reader: @unchecked Sendable {
        let connection: HTTPConnection
        init(_ connection: HTTPConnection) { self.connection = connection }
    }
}
