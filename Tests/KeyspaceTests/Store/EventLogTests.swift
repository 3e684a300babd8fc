import Bytes
import Testing

@testable import Keyspace

@Suite("The event log against an array")
struct EventLogTests {
    private static let towns = ["/a", "/a/town/with/a/long/name", "/b/t", "/ab"]

    /// Keys that share much, little or nothing with the one before, and some that come again.
    private static func key(_ random: inout SplitMix64) -> Key {
        let town = towns[Int.random(in: 0..<towns.count, using: &random)]
        let house = UInt64.random(in: 0..<200, using: &random)
        let tail = String(repeating: "x", count: Int.random(in: 0..<3, using: &random) * 90)
        return Key(unchecked: Array("\(town)/\(house)\(tail)".utf8))
    }

    private static func kind(_ random: inout SplitMix64) -> LoggedEvent.Kind {
        guard Bool.random(using: &random) else { return .put }
        return .delete([.deleted, .expired, .revoked].randomElement(using: &random) ?? .deleted)
    }

    private static func events(_ count: Int, seed: UInt64) -> [LoggedEvent] {
        var random = SplitMix64(seed: seed)
        var events: [LoggedEvent] = []
        var id = EventID(revision: Revision(rawValue: 1), sub: 0)
        var time: UInt64 = 5
        for _ in 0..<count {
            events.append(
                LoggedEvent(
                    id: id,
                    time: ClusterTime(rawValue: time),
                    kind: kind(&random),
                    occurrence: UInt32.random(in: 0..<3, using: &random) * 100,
                    reach: LoggedEvent.Reach(
                        superseded: Bool.random(using: &random),
                        directoryCount: UInt64.random(in: 0..<20, using: &random)
                    ),
                    key: key(&random)
                )
            )
            if Int.random(in: 0..<3, using: &random) == 0 {
                id = EventID(revision: id.revision, sub: id.sub + 1)
            } else {
                id = EventID(revision: id.revision.next, sub: 0)
                time += UInt64.random(in: 0..<300, using: &random)
            }
        }
        return events
    }

    private func log(_ events: [LoggedEvent]) -> EventLog {
        var log = EventLog(end: EventID(revision: .zero, sub: 0))
        for event in events { log.append(event, supersededByteCount: 100) }
        return log
    }

    /// All that `log` gives from `position` on, each event by the hash of everything in it.
    private func rest(of log: EventLog, from position: EventLog.Position) -> [UInt128] {
        var position = position
        var hashes: [UInt128] = []
        while let event = log.next(&position) { hashes.append(event.stateItem.value) }
        return hashes
    }

    @Test("from every event, and from between any two, comes what follows")
    func everyPosition() {
        let events = Self.events(500, seed: 1)
        let hashes = events.map(\.stateItem.value)
        let log = log(events)
        #expect(log.pieces.count > 5)
        #expect(rest(of: log, from: log.start) == hashes)
        for (index, event) in events.enumerated() {
            #expect(rest(of: log, from: log.position(of: event.id)).elementsEqual(hashes[index...]))
            let behind = EventID(revision: event.id.revision, sub: event.id.sub + 1)
            let position = log.position(of: behind)
            #expect(log.id(at: position) == (index + 1 < events.count ? events[index + 1].id : nil))
        }
    }

    @Test("what is dropped is gone, its bytes too; the rest, and a copy made before, stay")
    func dropping() {
        let events = Self.events(1000, seed: 2)
        let hashes = events.map(\.stateItem.value)
        var log = log(events)
        let frozen = log
        var position = log.start
        for dropped in 1...events.count {
            _ = log.next(&position)
            log.dropPieces(before: &position)
            guard dropped % 37 == 0 || dropped == events.count else { continue }
            #expect(rest(of: log, from: position).elementsEqual(hashes[dropped...]))
            if let last = events[dropped...].last {
                #expect(rest(of: log, from: log.position(of: last.id)) == Array(hashes.suffix(1)))
            }
            let held = log.pieces.reduce(0) { $0 + $1.heldByteCount }
            #expect(log.heldByteCount == held)
        }
        #expect(log.heldByteCount == 0)
        #expect(rest(of: frozen, from: frozen.start) == hashes)
    }
}
