import Bytes
import Foundation
import Simulation
import TestCluster
import Testing

/// The history of a whole cluster as each member tells it: a watch of everything, from the first
/// revision on, in slices.
struct Chronicle {
    private let names: KeyNames
    private(set) var timeline = Timeline()

    init(names: KeyNames) { self.names = names }

    /// Reads what happened since the last slice from every member, up to a write of its own.
    ///
    /// - Returns: where members contradict each other or themselves.
    mutating func extend(from members: [Member]) throws -> [String] {
        let start = timeline.revision + 1
        let mark = "mark \(names.freshValue())"
        var last: UInt64?
        let isMarked = eventually(withinSeconds: 10) {
            let answer = members[0].ask("PUT", target: "/v1/kv/mark?timeout=5s", body: mark)
            guard let answer, answer.status < 300 else { return false }
            last = (answer.json["revision"] as? NSNumber)?.uint64Value
            return last != nil
        }
        try #require(isMarked, "no write at the end of a window")
        let end = last ?? 0
        var complaints: [String] = []
        for member in members {
            let events = try events(of: member, from: start, through: end)
            for event in events {
                if let finding = timeline.observe(event.change, at: event.position) {
                    complaints.append("\(member.name) at \(event.position): \(finding)")
                }
            }
            if timeline.revision != end {
                complaints.append("\(member.name) ends at \(timeline.revision), not at \(end)")
            }
        }
        return complaints
    }

    private struct Event {
        let change: Timeline.Change
        let position: Timeline.Position
    }

    private func events(
        of member: Member,
        from start: UInt64,
        through end: UInt64
    ) throws -> [Event] {
        let connection = try member.connect(timeoutSeconds: 20)
        try connection.send(
            Data(
                """
                GET /v1/watch?path=/&path=/.roost&recursive&from=\(start) HTTP/1.1\r
                Host: localhost\r
                Accept: application/x-ndjson\r
                \r\n
                """.utf8
            )
        )
        try #require(try connection.headOfAnswer().status == 200)
        var events: [Event] = []
        var text = Data()
        while let chunk = try connection.chunk() {
            text += chunk
            while let newline = text.firstIndex(of: UInt8(ascii: "\n")) {
                let line = Data(text[text.startIndex..<newline])
                text = Data(text[text.index(after: newline)...])
                let object = try JSONSerialization.jsonObject(with: line) as? [String: Any] ?? [:]
                guard let event = try event(object) else { continue }
                if event.position.revision <= end { events.append(event) }
                if event.position.revision >= end { return events }
            }
        }
        throw ConnectionError.noAnswer
    }

    private func event(_ object: [String: Any]) throws -> Event? {
        guard let kind = object["event"] as? String, let id = object["id"] as? String,
            let key = object["key"] as? String
        else { return nil }
        let parts = id.split(separator: ".").compactMap { UInt64($0) }
        try #require(parts.count == 2, "\(id) is no event's id")
        let position = Timeline.Position(revision: parts[0], sub: UInt32(parts[1]))
        let value =
            kind == "delete" ? 0 : Self.value(object["value"] as? String ?? "", position: position)
        return Event(
            change: Timeline.Change(key: names.number(of: key), value: value),
            position: position
        )
    }

    /// The number that a client wrote; what others wrote, by content and place.
    private static func value(_ text: String, position: Timeline.Position) -> UInt64 {
        if let number = UInt64(text) { return number }
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        hash = (hash ^ position.revision) &* 0x100_0000_01B3
        hash = (hash ^ UInt64(position.sub)) &* 0x100_0000_01B3
        return hash | 1 << 63
    }
}
