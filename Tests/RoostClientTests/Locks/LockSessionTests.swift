import Bytes
import RoostClient
import Testing

private func seconds(_ value: Double) -> BootTime {
    BootTime(rawValue: UInt64(value * 1_000_000_000))
}

/// A time to live of 10 s, proven at 100 s.
private let validity = LeaseValidity(
    timeToLiveNanoseconds: 10_000_000_000,
    grantSentAt: seconds(100)
)

@Suite("Docs/cli.md, locks: CMD is dead before the lease can end")
struct LockSessionTests {
    @Test(
        "three quarters and nine tenths count from the SEND time of the last confirmed keepalive",
        arguments: [
            (100.0, .proven), (107.4, .proven), (107.5, .doubtful), (108.9, .doubtful),
            (109.0, .over), (1000.0, .over), (50.0, .proven),
        ] as [(Double, LeaseValidity.Standing)]
    )
    func standing(_ now: Double, expected: LeaseValidity.Standing) {
        #expect(validity.standing(at: seconds(now)) == expected)
    }

    @Test("an answer that overtakes a later one takes nothing back")
    func lateConfirmation() {
        var validity = validity
        validity.confirm(sentAt: seconds(105))
        validity.confirm(sentAt: seconds(103))
        #expect(validity.provenAt == seconds(105))
    }

    @Test("a hold of its own time ends CMD before that, however often the lease is confirmed")
    func bounded() {
        var session = LockSession()
        _ = session.step(.joined(validity), now: seconds(100))
        let bound = LockSession.Input.bounded(end: seconds(130), sentAt: seconds(100))
        #expect(session.step(bound, now: seconds(100.5)) == [])
        _ = session.step(.granted, now: seconds(100.5))
        _ = session.step(.confirmed(sentAt: seconds(100.5)), now: seconds(100.6))
        for now in [105.0, 110, 115, 120, 125] {
            let actions = session.step(.confirmed(sentAt: seconds(now)), now: seconds(now))
            #expect(actions.count == 1, "\(now): \(actions)")
        }
        // A quarter of the time to live before the end, and a hundredth of the hold for the clocks.
        #expect(session.nextDeadline == seconds(127.2))
        let ended = session.step(.elapsed, now: seconds(127.2))
        #expect(ended == [.terminate(killAt: BootTime(rawValue: 128_700_000_000))])
    }

    @Test("CMD starts only after a keepalive SENT after the grant's receipt is confirmed")
    func start() {
        var session = LockSession()
        #expect(session.step(.joined(validity), now: seconds(100.1)) == [])
        #expect(session.step(.granted, now: seconds(101)) == [])
        #expect(session.step(.confirmed(sentAt: seconds(100.9)), now: seconds(101.1)) == [])
        var proven = validity
        proven.confirm(sentAt: seconds(101))
        #expect(
            session.step(.confirmed(sentAt: seconds(101)), now: seconds(101.2)) == [.start(proven)]
        )
    }

    @Test("a confirmation that comes when the lease is doubtful starts nothing")
    func lateStart() {
        var session = LockSession()
        _ = session.step(.joined(validity), now: seconds(100))
        _ = session.step(.granted, now: seconds(100))
        #expect(session.step(.confirmed(sentAt: seconds(100)), now: seconds(107.5)) == [])
    }

    /// A session whose CMD runs; proven at 100 s.
    static func running() -> LockSession {
        var session = LockSession()
        _ = session.step(.joined(validity), now: seconds(100))
        _ = session.step(.granted, now: seconds(100))
        _ = session.step(.confirmed(sentAt: seconds(100)), now: seconds(100))
        return session
    }

    @Test("without confirmations CMD is asked at 3/4, killed at 9/10, and the exit is 75")
    func unproven() {
        var session = Self.running()
        #expect(session.nextDeadline == seconds(107.5))
        #expect(session.step(.elapsed, now: seconds(107.4)) == [])
        #expect(session.step(.elapsed, now: seconds(107.5)) == [.terminate(killAt: seconds(109))])
        #expect(session.nextDeadline == seconds(109))
        #expect(session.step(.elapsed, now: seconds(109)) == [.kill])
        #expect(
            session.step(.ended(.exited(0)), now: seconds(109.1)) == [.leave(.unproven)]
        )
        #expect(ExitReason.unproven.exitCode(conflictCode: 6) == 75)
    }

    @Test("a suspension past both deadlines kills at once")
    func suspension() {
        var session = Self.running()
        #expect(session.step(.elapsed, now: seconds(200)) == [.kill])
    }

    @Test("a confirmation past the deadline it should have moved does not take the asking back")
    func tooLate() {
        var session = Self.running()
        let actions = session.step(.confirmed(sentAt: seconds(107)), now: seconds(107.6))
        #expect(actions == [.terminate(killAt: seconds(109))])
        #expect(session.step(.confirmed(sentAt: seconds(107.6)), now: seconds(107.7)) == [])
        #expect(session.step(.elapsed, now: seconds(109)) == [.kill])
    }

    @Test("when the service says that it is lost, CMD is asked at once and killed a second later")
    func lost() {
        var session = Self.running()
        #expect(session.step(.lost, now: seconds(101)) == [.terminate(killAt: seconds(102))])
        #expect(session.step(.elapsed, now: seconds(102)) == [.kill])
    }

    @Test("signals go to CMD while it runs, and leave the queue before")
    func signals() {
        var running = Self.running()
        #expect(running.step(.signalled(15), now: seconds(101)) == [.pass(15)])
        #expect(
            running.step(.ended(.killed(signal: 15)), now: seconds(101))
                == [.leave(.commandSignalled(15))]
        )
        var waiting = LockSession()
        _ = waiting.step(.joined(validity), now: seconds(100))
        #expect(waiting.step(.signalled(2), now: seconds(101)) == [.leave(.signalled(2))])
        #expect(waiting.step(.granted, now: seconds(101)) == [], "what comes later starts nothing")
    }

    @Test(
        "roost dies by what came through it or from the terminal, and by nothing else",
        arguments: [
            (.killed(signal: 15), [15], 15), (.killed(signal: 15), [2], nil),
            (.killed(signal: 9), [], nil), (.interrupted(signal: 2), [], 2),
            (.exited(143), [15], nil),
        ] as [(CommandEnding, [Int32], Int32?)]
    )
    func dyingSignal(_ ending: CommandEnding, passed: [Int32], signal: Int32?) {
        var session = Self.running()
        for number in passed { _ = session.step(.signalled(number), now: seconds(101)) }
        guard case .leave(let exitReason)? = session.step(.ended(ending), now: seconds(101)).first
        else {
            Issue.record("it does not leave")
            return
        }
        #expect(exitReason.dyingSignal == signal)
    }

    @Test("a lease that is lost in the queue is replaced, and CMD starts by the new one")
    func rejoin() {
        var session = LockSession()
        _ = session.step(.joined(validity), now: seconds(100))
        _ = session.step(.granted, now: seconds(100.5))
        #expect(session.step(.lost, now: seconds(101)) == [.rejoin])
        #expect(session.step(.confirmed(sentAt: seconds(101)), now: seconds(101)) == [])
        let next = LeaseValidity(timeToLiveNanoseconds: 10_000_000_000, grantSentAt: seconds(102))
        _ = session.step(.joined(next), now: seconds(102.1))
        _ = session.step(.granted, now: seconds(103))
        let actions = session.step(.confirmed(sentAt: seconds(103)), now: seconds(103.1))
        #expect(actions.count == 1 && session.nextDeadline == seconds(110.5))
    }

    @Test(
        "exit codes (Docs/cli.md)",
        arguments: [
            (.commandEnded(.exited(3)), 3), (.commandEnded(.killed(signal: 9)), 137),
            (.notWon, 42), (.signalled(2), 130), (.commandSignalled(2), 130), (.unproven, 75),
            (.failed(exitCode: 8), 8),
        ] as [(ExitReason, Int32)]
    )
    func exitCode(_ exitReason: ExitReason, code: Int32) {
        #expect(exitReason.exitCode(conflictCode: 42) == code)
    }
}

/// A service, a network and a clock around `LockSession`, by chance.
private struct LockSessionModel {
    /// From when the planted fault counts.
    enum Counting { case fromSending, fromReceipt }

    static let timeToLive: UInt64 = 10_000
    /// Two clocks' rates differ by at most this: the service's runs 1 % fast.
    static let drift = 1.01

    var random: SplitMix64

    /// How many milliseconds CMD outlived its lease at the service; 0 when it never did.
    mutating func overrun(
        _ counting: Counting,
        onLoss response: LossResponse = .terminate
    ) -> UInt64 {
        var session = LockSession(onLoss: response)
        var end = time(0)
        var answers: [(sent: UInt64, received: UInt64)] = []
        let validity = LeaseValidity(
            timeToLiveNanoseconds: Self.timeToLive * 1_000_000,
            grantSentAt: time(0)
        )
        _ = session.step(.joined(validity), now: time(0))
        _ = session.step(.granted, now: time(0))
        _ = session.step(.confirmed(sentAt: time(0)), now: time(0))
        var now: UInt64 = 0
        var worst: UInt64 = 0
        while now < 200_000 {
            now += 50
            if now.isMultiple(of: 1_500), random.next() % 3 > 0 {
                let there = random.next() % 4_000
                let back = random.next() % 4_000
                // A lease that is over is not revived: the keepalive is then never confirmed.
                if time(now + there) <= end {
                    let life = UInt64(Double(Self.timeToLive) / Self.drift)
                    end = max(end, time(now + there + life))
                    answers.append((now, now + there + back))
                }
            }
            if now == 50 { end = time(UInt64(Double(Self.timeToLive) / Self.drift)) }
            var actions = session.step(.elapsed, now: time(now))
            for answer in answers where answer.received == now / 50 * 50 || answer.received <= now {
                let sentAt = counting == .fromSending ? answer.sent : answer.received
                actions += session.step(.confirmed(sentAt: time(sentAt)), now: time(now))
            }
            answers.removeAll { $0.received <= now }
            if actions.contains(.kill) || session.nextDeadline == nil { return worst }
            if time(now) > end { worst = max(worst, now - end.rawValue / 1_000_000) }
        }
        return worst
    }

    private func time(_ milliseconds: UInt64) -> BootTime {
        BootTime(rawValue: milliseconds * 1_000_000)
    }
}

@Suite("LockSession against a service, a network and a clock by chance")
struct LockSessionModelTests {
    @Test("CMD never outlives its lease at the service, the clocks differing by 1 %")
    func exclusion() {
        for seed in UInt64(1)...2_000 {
            var model = LockSessionModel(random: SplitMix64(seed: seed))
            #expect(model.overrun(.fromSending) == 0, "seed \(seed)")
            #expect(model.overrun(.fromSending, onLoss: .kill) == 0, "seed \(seed)")
        }
    }

    @Test("the model finds the fault it exists for: counting from the receipt")
    func mutation() {
        let caught = (UInt64(1)...2_000).contains { seed in
            var model = LockSessionModel(random: SplitMix64(seed: seed))
            return model.overrun(.fromReceipt) > 0
        }
        #expect(caught)
    }
}

@Suite("Keepalives")
struct KeepaliveScheduleTests {
    @Test(
        "two unanswered keepalives fit before CMD is asked to end",
        arguments: [1_000, 3_000, 15_000, 60_000, 2_592_000_000] as [UInt64]
    )
    func room(_ timeToLiveMilliseconds: UInt64) {
        let timeToLive = timeToLiveMilliseconds * 1_000_000
        let schedule = KeepaliveSchedule(timeToLiveNanoseconds: timeToLive)
        let waiting = schedule.patienceNanoseconds + schedule.pauseNanoseconds
        #expect(schedule.intervalNanoseconds + 2 * waiting < timeToLive / 4 * 3)
        #expect(schedule.intervalNanoseconds <= 5_000_000_000, "a loss is noticed within 5 s")
        #expect(schedule.patienceNanoseconds >= 200_000_000, "a busy member has time to answer")
    }
}
