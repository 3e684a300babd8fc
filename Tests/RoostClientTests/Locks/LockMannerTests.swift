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

@Suite("Docs/cli.md, locks: what a loss and a sickness lead to")
struct LockMannerTests {
    /// CMD runs; proven at 100 s.
    private static func running(
        _ response: LossResponse = .terminate,
        then sequel: LossSequel = .leave
    ) -> LockSession {
        var session = LockSession(onLoss: response, then: sequel)
        win(&session, at: 100)
        return session
    }

    private static func win(_ session: inout LockSession, at time: Double) {
        let validity = LeaseValidity(
            timeToLiveNanoseconds: 10_000_000_000,
            grantSentAt: seconds(time)
        )
        _ = session.step(.joined(validity), now: seconds(time))
        _ = session.step(.granted, now: seconds(time))
        let actions = session.step(.confirmed(sentAt: seconds(time)), now: seconds(time))
        #expect(actions == [.start(validity)])
    }

    @Test("kill: no request to end comes first, and none is waited for")
    func kill() {
        var unproven = Self.running(.kill)
        #expect(unproven.step(.elapsed, now: seconds(107.4)) == [])
        #expect(unproven.step(.elapsed, now: seconds(107.5)) == [.kill])
        let end = unproven.step(.ended(.killed(signal: 9)), now: seconds(107.6))
        #expect(end == [.leave(.unproven)])
        var lost = Self.running(.kill)
        #expect(lost.step(.lost, now: seconds(101)) == [.kill])
    }

    @Test("continue: CMD goes on, told once, and its end is that of `lock`")
    func goOn() {
        var session = Self.running(.goOn)
        #expect(session.step(.elapsed, now: seconds(107.5)) == [.tell])
        #expect(session.nextDeadline == nil)
        #expect(session.step(.elapsed, now: seconds(200)) == [])
        #expect(session.step(.lost, now: seconds(201)) == [])
        let end = session.step(.ended(.exited(3)), now: seconds(300))
        #expect(end == [.leave(.commandEnded(.exited(3)))])
    }

    @Test("exec: CMD goes on, its end is that of a loss")
    func tell() {
        var session = Self.running(.tell)
        #expect(session.step(.lost, now: seconds(101)) == [.tell])
        #expect(session.step(.ended(.exited(0)), now: seconds(102)) == [.leave(.unproven)])
        var again = Self.running(.tell, then: .again)
        #expect(again.step(.lost, now: seconds(101)) == [.tell])
        let end = again.step(.ended(.exited(0)), now: seconds(102))
        #expect(end == [.withdraw(.lost), .queue])
    }

    @Test("again: after a loss it queues anew and CMD runs again; CMD's own end is the end")
    func again() {
        var session = Self.running(then: .again)
        _ = session.step(.lost, now: seconds(101))
        let lost = session.step(.ended(.killed(signal: 15)), now: seconds(101.1))
        #expect(lost == [.withdraw(.lost), .queue])
        Self.win(&session, at: 102)
        let end = session.step(.ended(.exited(4)), now: seconds(103))
        #expect(end == [.leave(.commandEnded(.exited(4)))])
    }

    @Test(
        "again: whoever asks CMD to end gets an end, whoever has it reload does not",
        arguments: [(15, true), (2, true), (3, true), (1, false), (10, false)] as [(Int32, Bool)]
    )
    func asked(_ signal: Int32, isEnd: Bool) {
        var session = Self.running(then: .again)
        _ = session.step(.signalled(signal), now: seconds(101))
        _ = session.step(.lost, now: seconds(102))
        let actions = session.step(.ended(.killed(signal: 9)), now: seconds(103))
        #expect(actions == (isEnd ? [.leave(.unproven)] : [.withdraw(.lost), .queue]))
    }

    @Test("health: nothing is asked for before it is well, nor while it is sick")
    func sickInQueue() {
        var session = LockSession.sick()
        #expect(session.step(.sick, now: seconds(99)) == [])
        #expect(session.step(.well, now: seconds(100)) == [.queue])
        #expect(session.step(.well, now: seconds(100)) == [])
        _ = session.step(.joined(validity), now: seconds(100))
        #expect(session.step(.sick, now: seconds(101)) == [.withdraw(.sick)])
        #expect(session.step(.granted, now: seconds(101)) == [], "of a place that was given back")
        #expect(session.step(.signalled(2), now: seconds(102)) == [.leave(.signalled(2))])
    }

    @Test("health: a sick leader ends CMD, resigns, and goes back once it is well")
    func sickLeader() {
        var session = Self.running()
        #expect(session.step(.sick, now: seconds(101)) == [.terminate(killAt: seconds(106))])
        #expect(session.step(.elapsed, now: seconds(106)) == [.kill])
        let end = session.step(.ended(.killed(signal: 9)), now: seconds(106.1))
        #expect(end == [.withdraw(.sick)])
        #expect(session.step(.well, now: seconds(110)) == [.queue])
        Self.win(&session, at: 111)
    }

    @Test("health: the time that a sick leader gives CMD never passes the end of its lease")
    func sickLate() {
        var session = Self.running()
        #expect(session.step(.sick, now: seconds(106)) == [.terminate(killAt: seconds(109))])
        #expect(session.step(.lost, now: seconds(106.5)) == [])
        #expect(session.nextDeadline == seconds(107.5), "a second after the loss")
    }

    @Test("a leader that is asked to hand over ends CMD: 75, or again behind the other")
    func handover() {
        var session = Self.running()
        #expect(session.step(.asked, now: seconds(101)) == [.terminate(killAt: seconds(106))])
        let end = session.step(.ended(.exited(0)), now: seconds(102))
        #expect(end == [.leave(.handedOver)])
        #expect(ExitReason.handedOver.exitCode(conflictCode: 6) == 75)
        var again = Self.running(then: .again)
        _ = again.step(.asked, now: seconds(101))
        let next = again.step(.ended(.exited(0)), now: seconds(102))
        #expect(next == [.withdraw(.asked), .queue])
    }
}
