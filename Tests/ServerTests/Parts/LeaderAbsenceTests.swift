import API
import Bytes
import Testing

@testable import Server

@Suite("An absence of the leader is told once it lasts an election timeout")
struct LeaderAbsenceTests {
    private static func time(_ milliseconds: UInt64) -> MonotonicTime {
        MonotonicTime(rawValue: 1_000_000_000).advanced(byMilliseconds: milliseconds)
    }

    @Test("a shorter one is an election like any other, and the next begins anew")
    func short() {
        var absence = LeaderAbsence(patienceMilliseconds: 100)
        #expect(absence.look(hasLeader: true, now: Self.time(0)) == .led)
        #expect(absence.deadline == nil)
        #expect(absence.look(hasLeader: false, now: Self.time(10)) == .led)
        #expect(absence.deadline == Self.time(110))
        #expect(absence.look(hasLeader: false, now: Self.time(109)) == .led)
        #expect(absence.deadline == Self.time(110), "it lasts since it began")
        #expect(absence.look(hasLeader: true, now: Self.time(109)) == .led)
        #expect(absence.deadline == nil)
        #expect(absence.look(hasLeader: false, now: Self.time(120)) == .led)
        #expect(absence.deadline == Self.time(220))
    }

    @Test("a longer one is told until there is a leader, and asks for no more looks")
    func long() {
        var absence = LeaderAbsence(patienceMilliseconds: 100)
        _ = absence.look(hasLeader: false, now: Self.time(0))
        #expect(absence.look(hasLeader: false, now: Self.time(100)) == .leaderless)
        #expect(absence.deadline == nil)
        #expect(absence.look(hasLeader: false, now: Self.time(1_000)) == .leaderless)
        #expect(absence.look(hasLeader: true, now: Self.time(1_001)) == .led)
        #expect(absence.look(hasLeader: false, now: Self.time(1_002)) == .led)
        #expect(absence.deadline == Self.time(1_102))
    }
}
