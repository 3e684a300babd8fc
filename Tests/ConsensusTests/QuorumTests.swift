import Bytes
import Testing

@testable import Consensus

@Suite("Quorum arithmetic, dissertation 3.4 and 4.3")
struct QuorumTests {
    @Test("a majority of both sets, for every mask of five members")
    func majorities() {
        for voters in UInt64(1)..<32 {
            for outgoing in UInt64(0)..<32 {
                let quorum = Quorum(
                    voters: MemberSet(bits: voters),
                    outgoing: MemberSet(bits: outgoing)
                )
                for mask in UInt64(0)..<32 {
                    let incomingReached =
                        (mask & voters).nonzeroBitCount > voters.nonzeroBitCount / 2
                    let outgoingReached =
                        outgoing == 0
                        || (mask & outgoing).nonzeroBitCount > outgoing.nonzeroBitCount / 2
                    guard
                        quorum.isReached(by: MemberSet(bits: mask))
                            != (incomingReached && outgoingReached)
                    else {
                        continue
                    }
                    Issue.record("\(quorum) by \(mask)")
                }
            }
        }
    }

    @Test("the agreed value is the highest that a majority of each set has reached")
    func agreed() {
        var random = SplitMix64(seed: 2)
        for _ in 0..<20_000 {
            let quorum = Quorum(
                voters: MemberSet(bits: .random(in: 1..<128, using: &random)),
                outgoing: Bool.random(using: &random)
                    ? .empty : MemberSet(bits: .random(in: 1..<128, using: &random))
            )
            let values = (0..<7).map { _ in Int.random(in: 0...9, using: &random) }
            let floor = Int.random(in: 0...3, using: &random)
            let expected = (floor...9).last { value in
                var reached = MemberSet.empty
                for position in values.indices where values[position] >= value {
                    reached.insert(position)
                }
                return value == floor || quorum.isReached(by: reached)
            }
            let agreed = quorum.agreed(above: floor) { values[$0] }
            guard agreed != expected else { continue }
            Issue.record("\(quorum) over \(values): \(agreed)")
        }
    }
}

@Suite("The log in memory")
struct LogViewTests {
    @Test("terms by runs agree with the entries, through appends, truncations and forgetting")
    func terms() {
        var random = SplitMix64(seed: 8)
        for _ in 0..<300 {
            var view = LogView(.empty)
            var model: [UInt64] = []
            var forgotten = 0
            for _ in 0..<40 {
                switch Int.random(in: 0..<10, using: &random) {
                case ..<7:
                    let term = (model.last ?? 1) + UInt64.random(in: 0...1, using: &random)
                    model.append(term)
                    view.append(entries([term], from: UInt64(model.count))[0])
                case ..<9 where model.count > forgotten:
                    let kept = Int.random(in: forgotten..<model.count, using: &random)
                    model.removeLast(model.count - kept)
                    view.truncate(after: LogIndex(rawValue: UInt64(kept)))
                default:
                    guard forgotten < model.count else { continue }
                    forgotten = Int.random(in: forgotten + 1...model.count, using: &random)
                    view.snapshotTaken(
                        id(model[forgotten - 1], index: UInt64(forgotten)),
                        forgottenThrough: LogIndex(rawValue: UInt64(forgotten))
                    )
                }
                for index in 0...model.count + 1 {
                    let known = index >= max(forgotten, 1) && index <= model.count
                    let expected: UInt64? =
                        known ? model[index - 1] : index == 0 && forgotten == 0 ? 0 : nil
                    let found = view.term(at: LogIndex(rawValue: UInt64(index)))?.rawValue
                    guard found != expected else { continue }
                    Issue.record("term \(String(describing: found)) at \(index) of \(model)")
                }
            }
        }
    }

    @Test("the last possible match is the last entry not after the hint in index and term")
    func lastPossibleMatch() {
        let terms: [UInt64] = [1, 1, 3, 3, 3, 5, 6, 6]
        var view = LogView(.empty)
        for entry in entries(terms) { view.append(entry) }
        for index in UInt64(0)...10 {
            for term in UInt64(0)...7 {
                let expected = terms.indices.last { $0 < Int(index) && terms[$0] <= term }
                let found = view.lastPossibleMatch(id(term, index: index))
                #expect(found == expected.map { id(terms[$0], index: UInt64($0 + 1)) } ?? .zero)
            }
        }
    }

    @Test("writes are handed out once, the cut only for what was handed out")
    func writes() {
        var view = LogView(.empty)
        for entry in entries([1, 1, 1]) { view.append(entry) }
        #expect(view.takeWrites().entries.count == 3)
        #expect(view.takeWrites().entries.isEmpty)
        view.append(entries([1], from: 4)[0])
        view.truncate(after: 3)
        view.append(entries([2], from: 4)[0])
        let first = view.takeWrites()
        #expect(first.cut == nil && first.entries.map(\.id) == [id(2, index: 4)])
        view.truncate(after: 1)
        view.append(entries([3], from: 2)[0])
        let second = view.takeWrites()
        #expect(second.cut == 1 && second.entries.map(\.id) == [id(3, index: 2)])
    }

    @Test("memory never gives up what was not handed out to be written")
    func eviction() {
        var view = LogView(.empty)
        for entry in entries([1, 1, 1]) { view.append(entry) }
        view.evict(through: 3, downTo: 0)
        #expect(view.window.count == 3)
        _ = view.takeWrites()
        view.evict(through: 2, downTo: 0)
        #expect(view.window.count == 1 && view.window.firstIndex == 3)
    }
}
