import Consensus
import Testing

@testable import Journal

@Suite("What ends the process before it reaches the disk")
struct InvariantTests {
    private static let member = MemberID(rawValue: 1)

    private static func state(term: UInt64, for candidate: UInt64) -> HardState {
        HardState(term: Term(rawValue: term), votedFor: MemberID(rawValue: candidate))
    }

    @Test("a second vote of one term")
    func secondVote() async {
        await #expect(processExitsWith: .failure) {
            var stored = StoredHardState(initialFor: InvariantTests.member)
            _ = stored.creation()
            _ = stored.write(InvariantTests.state(term: 3, for: 1))
            _ = stored.write(InvariantTests.state(term: 3, for: 2))
        }
    }

    @Test("a term that goes back")
    func earlierTerm() async {
        await #expect(processExitsWith: .failure) {
            var stored = StoredHardState(initialFor: InvariantTests.member)
            _ = stored.creation()
            _ = stored.write(InvariantTests.state(term: 3, for: 1))
            _ = stored.write(InvariantTests.state(term: 2, for: 1))
        }
    }

    @Test("a bound that goes back")
    func earlierBound() async {
        await #expect(processExitsWith: .failure) {
            var bound = StoredBound(beforeSegment: 2, member: InvariantTests.member)
            _ = bound.write(LogPosition(segment: 1, offset: 128), batch: 1)
        }
    }

    @Test("a segment after a later one")
    func segmentOrder() async {
        await #expect(processExitsWith: .failure) {
            var map = LogMap(base: .zero)
            map.open(segment: 2, after: .start)
            map.open(segment: 2, after: .start)
        }
    }

    @Test("what honest writers do ends nothing")
    func honest() {
        var stored = StoredHardState(initialFor: Self.member)
        _ = stored.creation()
        for term in 1...3 as ClosedRange<UInt64> {
            #expect(stored.write(Self.state(term: term, for: term)).count == 2)
            #expect(stored.write(Self.state(term: term, for: term)).count == 2)
        }
        var bound = StoredBound(beforeSegment: 1, member: Self.member)
        for batch in 1...3 as ClosedRange<UInt64> {
            _ = bound.write(LogPosition(segment: batch, offset: 128), batch: batch)
        }
        #expect(bound.batch == 3)
    }
}
