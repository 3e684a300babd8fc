import Bytes
import Glibc
import Platform
import Testing

@testable import Server

@Suite("What the service manager is told")
struct SupervisionTests {
    @Test("readiness, the operator's lines and the end go to NOTIFY_SOCKET as they are told")
    func lines() throws {
        let inbox = try Inbox()
        var supervision = Supervision(inbox.supervisor(), startedAt: at(0))
        #expect(supervision.deadline == nil, "nobody waits for signs of life")
        supervision.pass(on: "waiting member=n1", standing: .noLeader, now: at(0))
        supervision.pass(on: "ready member=n1", standing: .ready, now: at(1))
        supervision.end(now: at(2))
        #expect(
            inbox.take() == [
                "STATUS=waiting member=n1", "READY=1\nSTATUS=ready member=n1",
                "STOPPING=1\nSTATUS=stopping",
            ]
        )
    }

    @Test("a sign of life comes at half the time that the manager waits, and never twice")
    func signs() throws {
        let inbox = try Inbox()
        var supervision = Supervision(
            inbox.supervisor(["WATCHDOG_USEC": "10000000"]),
            startedAt: at(0)
        )
        for milliseconds: UInt64 in [0, 1, 4_999, 5_000, 5_001, 12_000, 16_999, 17_000] {
            supervision.renew(now: at(milliseconds))
        }
        #expect(inbox.take() == [String](repeating: "WATCHDOG=1", count: 4))
        #expect(supervision.deadline == at(22_000))
    }

    @Test(
        "the time of another process, or none, is not this one's",
        arguments: [
            ["WATCHDOG_USEC": "10000000", "WATCHDOG_PID": "1"], ["WATCHDOG_USEC": "0"],
            ["WATCHDOG_USEC": "-5"], ["WATCHDOG_USEC": "soon"], ["WATCHDOG_USEC": ""],
        ]
    )
    func others(_ variables: [String: String]) throws {
        let inbox = try Inbox()
        #expect(try #require(inbox.supervisor(variables)).patienceMicroseconds == nil)
        let mine = variables.merging(["WATCHDOG_USEC": "7", "WATCHDOG_PID": "42"]) { $1 }
        #expect(inbox.supervisor(mine)?.patienceMicroseconds == 7)
    }

    @Test("a patience beyond any clock is no overflow")
    func patience() throws {
        let inbox = try Inbox()
        let supervisor = inbox.supervisor(["WATCHDOG_USEC": "\(UInt64.max)"])
        var supervision = Supervision(supervisor, startedAt: at(0))
        supervision.renew(now: at(1))
        #expect(supervision.deadline == MonotonicTime(rawValue: .max))
    }

    @Test("a manager that is behind is told again, the newest alone, and nothing waits for it")
    func behind() throws {
        let inbox = try Inbox()
        var supervision = Supervision(inbox.supervisor(), startedAt: at(0))
        var count = 0
        while supervision.deadline == nil {
            supervision.pass(on: "\(count)", standing: .noLeader, now: at(0))
            count += 1
            try #require(count < 100_000, "a socket's queue is bounded")
        }
        supervision.pass(on: "ready", standing: .ready, now: at(0))
        supervision.renew(now: at(99))
        #expect(supervision.deadline == at(100))
        #expect(inbox.take().count == count - 1)
        supervision.renew(now: at(100))
        #expect(inbox.take() == ["READY=1\nSTATUS=ready"])
        #expect(supervision.deadline == nil)
    }

    @Test("that the member was ready is told, even where the next news overtake it")
    func overtaken() throws {
        let inbox = try Inbox()
        var supervision = Supervision(inbox.supervisor(), startedAt: at(0))
        for count in 0..<100_000 where supervision.deadline == nil {
            supervision.pass(on: "\(count)", standing: .noLeader, now: at(0))
        }
        supervision.pass(on: "ready", standing: .ready, now: at(0))
        supervision.pass(on: "no leader", standing: .noLeader, now: at(1))
        _ = inbox.take()
        supervision.renew(now: at(200))
        supervision.pass(on: "waiting", standing: .noLeader, now: at(201))
        #expect(inbox.take() == ["READY=1\nSTATUS=no leader", "STATUS=waiting"])
    }

    @Test("a name of the abstract namespace is one too; where there is no manager nobody is told")
    func addresses() throws {
        let inbox = try Inbox(isAbstract: true)
        #expect(inbox.supervisor()?.tell(["READY=1"]) == .taken)
        #expect(inbox.take() == ["READY=1"])
        for address in ["", "relative", "vsock:2:1"] {
            #expect(inbox.supervisor(["NOTIFY_SOCKET": address]) == nil)
        }
        let gone = try #require(inbox.supervisor(["NOTIFY_SOCKET": "/nowhere/at/all"]))
        #expect(gone.tell(["READY=1"]) == .failed(SystemError(call: "sendto", code: ENOENT)))
        var supervision = Supervision(nil, startedAt: at(0))
        supervision.pass(on: "ready", standing: .ready, now: at(0))
        supervision.renew(now: at(1))
        #expect(supervision.deadline == nil)
    }

    private func at(_ milliseconds: UInt64) -> MonotonicTime {
        MonotonicTime(rawValue: 0).advanced(byMilliseconds: milliseconds)
    }
}

/// The socket of a service manager, whose messages a test reads.
private final class Inbox {
    private let descriptor: Int32
    private let name: String

    init(isAbstract: Bool = false) throws {
        name =
            (isAbstract ? "@" : "/tmp/") + "roost-notify-" + String(try Entropy.word(), radix: 16)
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(name.utf8)
        if isAbstract { bytes[0] = 0 }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        let count = 2 + bytes.count + (isAbstract ? 0 : 1)
        let result = unsafe withUnsafePointer(to: address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, socklen_t(count))
            }
        }
        try #require(result == 0)
    }

    deinit {
        close(descriptor)
        unsafe unlink(name)
    }

    func supervisor(_ variables: [String: String] = [:]) -> Supervisor? {
        let all = ["NOTIFY_SOCKET": name].merging(variables) { $1 }
        return Supervisor(processID: 42) { all[$0] }
    }

    /// Every message that has come, in order.
    func take() -> [String] {
        var messages: [String] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes {
                unsafe recv(descriptor, $0.baseAddress, $0.count, 0)
            }
            guard count > 0 else { return messages }
            messages.append(String(decoding: buffer.prefix(count), as: UTF8.self))
        }
    }
}
