import Bytes
import Testing

@testable import Keyspace

@Suite("What something was before, against an array")
struct RevisionHistoryTests {
    /// An entry whose pieces stay arrays.
    private struct Place: PastNumber, Hashable {
        let revision: Revision
        let number: UInt64

        static var isPacked: Bool { false }
    }

    /// Steps of revisions and numbers, from the least to the greatest that a varint has to hold.
    private func entries<Entry: PastNumber>(_ count: Int, seed: UInt64) -> [Entry] {
        var chance = SplitMix64(seed: seed)
        var revision: UInt64 = 0
        return (0..<count).map { place in
            revision += [0, 1, 1, 1, 127, 128, 1 << 20, 1 << 40][Int(chance.next() % 8)]
            let number: UInt64 =
                switch chance.next() % 8 {
                case 0: 0
                case 1: .max
                case 2: 1 << 63
                case 3: chance.next()
                default: UInt64(place)
                }
            return Entry(revision: Revision(rawValue: revision), number: number)
        }
    }

    private func numbers(_ entry: (some PastNumber)?) -> [UInt64] {
        entry.map { [$0.revision.rawValue, $0.number] } ?? []
    }

    private func check<Entry: PastNumber>(_ history: RevisionHistory<Entry>, model: [Entry]) {
        #expect(history.isEmpty == model.isEmpty)
        #expect(numbers(history.last) == numbers(model.last))
        #expect(Array(history).map(numbers) == model.map(numbers))
        var asked = Set<UInt64>([0, 1, 1 << 62])
        for entry in model {
            let revision = entry.revision.rawValue
            asked.formUnion([revision - min(revision, 1), revision, revision + 1])
        }
        for revision in asked.map({ Revision(rawValue: $0) }) {
            let before = model.last { $0.revision <= revision }
            #expect(numbers(history.last(notAfter: revision)) == numbers(before))
            let after = model.first { $0.revision >= revision }
            #expect(numbers(history.first(notBefore: revision)) == numbers(after))
        }
    }

    private func grow<Entry: PastNumber>(_ type: Entry.Type, seed: UInt64) {
        let all: [Entry] = entries(300, seed: seed)
        var history = RevisionHistory<Entry>()
        var model: [Entry] = []
        check(history, model: model)
        for (place, entry) in all.enumerated() {
            history.append(entry)
            model.append(entry)
            if [0, 1, 62, 63, 64, 65, 127, 128, 129, 299].contains(place) {
                check(history, model: model)
            }
        }
        // From the middle of a piece, at its end, and where only the last is left.
        let frozen = history
        for removedCount in [1, 63, 64, 65, 192, 256, 299, 300] {
            while model.count > all.count - removedCount {
                #expect(numbers(history.removeFirst()) == numbers(model.removeFirst()))
            }
            check(history, model: model)
        }
        #expect(history.removeFirst() == nil)
        check(frozen, model: all)
        // Emptied, it begins again.
        history.append(all[0])
        check(history, model: [all[0]])
    }

    @Test("as an array, however it grows and is forgotten", arguments: 1...4 as ClosedRange<UInt64>)
    func againstArray(_ seed: UInt64) {
        grow(ChildCount.self, seed: seed)
        grow(Place.self, seed: seed)
    }

    @Test("counts that follow each other by one take two bytes, others what they need")
    func size() {
        func packed(_ entries: [ChildCount]) -> Int { PackedPast(entries).byteCount }
        let rising = (0..<64).map { ChildCount(revision: revision($0 + 1), count: $0) }
        #expect(packed(rising) == 2 * 64)
        let end = ChildCount(revision: Revision(rawValue: .max), count: .max)
        let wide = [ChildCount(revision: .zero, count: 1 << 63), end]
        #expect(packed(wide) == 1 + 10 + 10 + 10)
        #expect(PackedPast(wide).entries.map(numbers) == wide.map(numbers))
        #expect(numbers(PackedPast(wide).first) == numbers(wide[0]))
    }
}
