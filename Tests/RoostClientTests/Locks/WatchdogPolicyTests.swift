import Bytes
import RoostClient
import Testing

private func at(_ seconds: UInt64) -> BootTime { BootTime(rawValue: seconds * 1_000_000_000) }

@Suite("The guardian's decisions")
struct WatchdogPolicyTests {
    /// One that guards group 77, to ask at 10 s and kill at 12 s.
    private static func armed() -> WatchdogPolicy {
        var policy = WatchdogPolicy()
        let message = GuardianMessage.believe(terminateAt: at(10), killAt: at(12))
        #expect(policy.step(.message(message), now: at(1)) == [])
        #expect(policy.step(.message(.protect(group: 77)), now: at(1)) == [])
        return policy
    }

    @Test("roost's death ends CMD's group at once")
    func orphaned() {
        var policy = Self.armed()
        #expect(policy.step(.orphaned, now: at(2)) == [.killAndRevoke(group: 77)])
        #expect(policy.step(.elapsed, now: at(20)) == [])
    }

    @Test("roost's death before CMD has a group ends the guardian only")
    func nothingToGuard() {
        var policy = WatchdogPolicy()
        #expect(policy.nextDeadline == nil)
        #expect(policy.step(.orphaned, now: at(2)) == [.exit])
    }

    @Test("a roost that lives but does not act is acted for, at both deadlines")
    func deadlines() {
        var policy = Self.armed()
        #expect(policy.nextDeadline == at(10))
        #expect(policy.step(.elapsed, now: at(9)) == [])
        #expect(policy.step(.elapsed, now: at(10)) == [.terminate(group: 77)])
        #expect(policy.nextDeadline == at(12))
        #expect(policy.step(.elapsed, now: at(12)) == [.kill(group: 77)])
        #expect(policy.nextDeadline == nil)
        #expect(policy.step(.orphaned, now: at(13)) == [.killAndRevoke(group: 77)])
    }

    @Test("a renewal moves both deadlines; one that comes after the asking moves none")
    func renewal() {
        var policy = Self.armed()
        let later = GuardianMessage.believe(terminateAt: at(20), killAt: at(22))
        #expect(policy.step(.message(later), now: at(9)) == [])
        #expect(policy.nextDeadline == at(20))
        #expect(policy.step(.elapsed, now: at(20)) == [.terminate(group: 77)])
        let muchLater = GuardianMessage.believe(terminateAt: at(30), killAt: at(32))
        #expect(policy.step(.message(muchLater), now: at(21)) == [])
        #expect(policy.step(.elapsed, now: at(22)) == [.kill(group: 77)])
    }

    @Test("what roost has asked already is not asked twice, only killed in time")
    func asked() {
        var policy = Self.armed()
        #expect(policy.step(.message(.asked(killAt: at(6))), now: at(5)) == [])
        #expect(policy.step(.elapsed, now: at(6)) == [.kill(group: 77)])
    }

    @Test("a suspension past both deadlines kills at once")
    func suspension() {
        var policy = Self.armed()
        #expect(policy.step(.elapsed, now: at(100)) == [.kill(group: 77)])
    }

    @Test("dismissed, it ends nothing any more")
    func dismissed() {
        var policy = Self.armed()
        #expect(policy.step(.message(.dismissed), now: at(5)) == [.exit])
        #expect(policy.step(.orphaned, now: at(5)) == [])
    }
}

@Suite("What crosses the pipes")
struct GuardianMessageTests {
    static let messages: [GuardianMessage] = [
        .protect(group: 2), .protect(group: .max), .believe(terminateAt: at(1), killAt: at(2)),
        .asked(killAt: at(3)), .dismissed,
    ]

    @Test(arguments: messages)
    func roundTrip(_ message: GuardianMessage) {
        let bytes = message.encoded()
        #expect(bytes.count == GuardianMessage.byteCount)
        #expect(GuardianMessage(decoding: bytes) == message)
    }

    @Test("groups that would mean the guardian's own or everybody are refused; so is what is cut")
    func refused() {
        var bytes = GuardianMessage.protect(group: 2).encoded()
        for group: UInt8 in [0, 1] {
            bytes[1] = group
            #expect(GuardianMessage(decoding: bytes) == nil)
        }
        bytes[0] = 9
        #expect(GuardianMessage(decoding: bytes) == nil)
        for count in 0..<GuardianMessage.byteCount {
            #expect(GuardianMessage(decoding: bytes.prefix(count)) == nil)
        }
    }

    @Test("an order that roost did not finish is none: every prefix is refused")
    func order() throws {
        let order = LaunchOrder(
            arguments: [Array("printf".utf8), [0xFF, 0xFE], []],
            environment: [Array("A=1".utf8), [0x42, 0x3D, 0x80]]
        )
        let bytes = order.encoded()
        #expect(try LaunchOrder(decoding: bytes) == order)
        for count in 0..<bytes.count {
            #expect(throws: DecodingError.self) {
                try LaunchOrder(decoding: Array(bytes.prefix(count)))
            }
        }
        #expect(throws: DecodingError.self) { try LaunchOrder(decoding: bytes + [0]) }
    }
}
