import Foundation
import TestCluster
import Testing

@Suite("A watch delivers every event once and in order (guarantees.md)", .serialized)
struct WatchTests {
    @Test(
        "from revision 1 over 10,000 writes, cut at random, resumed by Last-Event-ID on any member"
    )
    func resumed() throws {
        let cluster = try Cluster.started(count: 3)
        let load = WriteLoad(cluster: cluster, keyCount: 10_000, threadCount: 8)
        load.start()
        var reader = WatchReader(cluster: cluster, seed: 7)
        let events = try reader.read(count: 10_000)
        let acknowledged = try load.finish(withinSeconds: 120)
        #expect(reader.cutCount >= 20)
        #expect(events.count == 10_000)
        let ids = events.map(\.id)
        #expect(zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 }, "out of order or twice")
        let keys = Dictionary(grouping: events, by: \.key)
        #expect(acknowledged.allSatisfy { keys[$0.key]?.map(\.value) == [$0.value] })
        print("watch: \(events.count) events over \(reader.cutCount + 1) connections")
    }
}

/// An event as the stream gave it.
struct WatchEvent {
    struct ID: Comparable {
        let revision: Int
        let sub: Int

        static func < (left: ID, right: ID) -> Bool {
            (left.revision, left.sub) < (right.revision, right.sub)
        }
    }

    let id: ID
    let key: String
    let value: String
}

/// Reads a watch as a browser would, its connection cut now and then.
struct WatchReader {
    let cluster: Cluster
    private var chance: Chance
    private var lastID: String?
    private(set) var cutCount = 0

    init(cluster: Cluster, seed: UInt64) {
        self.cluster = cluster
        chance = Chance(seed: seed)
    }

    /// Reads until `count` events have come.
    mutating func read(count: Int, withinSeconds seconds: Double = 120) throws -> [WatchEvent] {
        let deadline = Date().addingTimeInterval(seconds)
        var events: [WatchEvent] = []
        while events.count < count {
            try #require(Date() < deadline, "\(events.count) of \(count) events after \(seconds) s")
            let member = cluster.members[Int(chance.next() % UInt64(cluster.members.count))]
            let upTo = events.count + 1 + Int(chance.next() % 400)
            try? read(from: member, into: &events, upTo: min(upTo, count))
            cutCount += 1
        }
        return events
    }

    private mutating func read(
        from member: Member,
        into events: inout [WatchEvent],
        upTo limit: Int
    ) throws {
        let connection = try member.connect(timeoutSeconds: 5)
        var head = "GET /v1/watch?path=/load&recursive&from=1 HTTP/1.1\r\nHost: localhost\r\n"
        if let lastID { head += "Last-Event-ID: \(lastID)\r\n" }
        try connection.send(Data((head + "\r\n").utf8))
        guard try connection.headOfAnswer().status == 200 else { return }
        var text = Data()
        while events.count < limit, let chunk = try connection.chunk() {
            text += chunk
            while let end = text.range(of: Data("\n\n".utf8)) {
                let block = String(decoding: text[text.startIndex..<end.lowerBound], as: UTF8.self)
                text.removeSubrange(text.startIndex..<end.upperBound)
                if events.count < limit { take(block, into: &events) }
            }
        }
    }

    private mutating func take(_ block: String, into events: inout [WatchEvent]) {
        var fields: [String: String] = [:]
        for line in block.split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields[String(line[..<colon])] = line[line.index(after: colon)...]
                .trimmingCharacters(in: .whitespaces)
        }
        guard let id = fields["id"] else { return }
        lastID = id
        let parts = id.split(separator: ".").compactMap { Int($0) }
        guard fields["event"] == "put", parts.count == 2, let data = fields["data"],
            let object = try? JSONSerialization.jsonObject(with: Data(data.utf8)) as? [String: Any],
            let key = object["key"] as? String, let value = object["value"] as? String
        else { return }
        events.append(
            WatchEvent(id: .init(revision: parts[0], sub: parts[1]), key: key, value: value)
        )
    }
}
