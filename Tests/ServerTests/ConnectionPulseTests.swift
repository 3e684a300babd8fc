import Bytes
import Testing

@testable import Server

@Suite("How long a connection may go on without a sign of life")
struct ConnectionPulseTests {
    private static let start = MonotonicTime(rawValue: 1_000_000_000)

    private static func after(_ milliseconds: UInt64) -> MonotonicTime {
        start.advanced(byMilliseconds: milliseconds)
    }

    @Test func anIdleOneIsGivenUpAfterFiveMinutesOfSilence() {
        var pulse = ConnectionPulse(openedAt: Self.start)
        #expect(pulse.deadline(owes: .nothing) == Self.after(300_000))
        pulse.received(Self.after(10))
        pulse.sent(Self.after(20_000))
        #expect(pulse.deadline(owes: .nothing) == Self.after(320_000))
    }

    @Test func aRequestThatDribblesIsGivenUpThirtySecondsAfterItsFirstByte() {
        var pulse = ConnectionPulse(openedAt: Self.start)
        for second in 0..<29 as Range<UInt64> {
            pulse.received(Self.after(1_000 * second))
            pulse.note(isWithinRequest: true, now: Self.after(1_000 * second))
        }
        #expect(pulse.deadline(owes: .nothing) == Self.after(30_000))
        pulse.note(isWithinRequest: false, now: Self.after(29_000))
        #expect(pulse.deadline(owes: .nothing) == Self.after(328_000))
    }

    @Test func aClientThatTakesNothingIsGivenUpAfterAMinute() {
        var pulse = ConnectionPulse(openedAt: Self.start)
        pulse.sent(Self.after(5))
        #expect(pulse.deadline(owes: .output) == Self.after(60_005))
    }

    @Test func whileAnAnswerIsWorkedOutNothingRuns() {
        #expect(ConnectionPulse(openedAt: Self.start).deadline(owes: .answers) == nil)
    }
}
