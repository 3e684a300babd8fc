import API
import Bytes
import Platform
import Testing

@testable import Server

@Suite("Accounts of clients (operations.md, Limits of one client)")
struct ClientLedgerTests {
    private let start = MonotonicTime(rawValue: 77_000_000_000)
    private let limits: ClientLimits

    init() {
        var limits = ClientLimits.none
        limits.connectionCount = 2
        limits.underWayCount = 3
        limits.requestsPerSecond = 4
        limits.bytesPerSecond = 1000
        self.limits = limits
    }

    private func source(_ host: String) throws -> ClientSource {
        ClientSource(try Endpoint(parsing: "\(host):1").numericAddress)
    }

    @Test(
        "whose address is whose",
        arguments: [
            ("10.0.0.1", "10.0.0.1", true),
            ("10.0.0.1", "10.0.0.2", false),
            ("[2001:db8::1]", "[2001:db8::ffff:2]", true),
            ("[2001:db8:0:1::1]", "[2001:db8:0:2::1]", false),
            ("[::ffff:10.0.0.1]", "10.0.0.1", true),
            ("[::ffff:10.0.0.1]", "[::ffff:10.0.0.2]", false),
            ("[::1]", "127.0.0.1", false),
        ]
    )
    func sources(_ one: String, _ other: String, _ isSame: Bool) throws {
        #expect((try source(one) == source(other)) == isSame)
    }

    @Test("unix sockets are one client")
    func unixSockets() throws {
        let one = try Endpoint(parsing: "unix:/tmp/one").numericAddress
        #expect(ClientSource(one) == .thisMachine && ClientSource(nil) == .thisMachine)
        #expect(try source("127.0.0.1") != .thisMachine)
    }

    @Test("connections beyond the limit are refused until one is gone; others are not concerned")
    func connections() throws {
        let desk = Desk(limits)
        let (one, other) = (try source("10.0.0.1"), try source("10.0.0.2"))
        let account = try #require(desk.open(one, now: start))
        #expect(desk.open(one, now: start) === account)
        #expect(desk.open(one, now: start) == nil)
        #expect(desk.open(other, now: start) != nil)
        desk.close(account, now: start)
        #expect(desk.open(one, now: start) === account)
    }

    @Test("a client without connections is forgotten, but not what it has used up")
    func forgetting() throws {
        let desk = Desk(limits)
        let one = try source("10.0.0.1")
        let idle = try #require(desk.open(one, now: start))
        desk.close(idle, now: start)
        #expect(desk.ledger.count == 0)
        let busy = try #require(desk.open(one, now: start))
        busy.admitted(10, limits: limits, turn: 1, now: start)
        desk.close(busy, now: start)
        #expect(desk.open(one, now: start)?.excess(over: limits, now: start) != nil)
    }

    @Test("a user has one account, wherever it comes from; nobody in particular has none")
    func users() throws {
        let desk = Desk(ClientLimits())
        #expect(desk.account(ofUser: "ann", now: start) == nil, "nothing is limited")
        desk.ledger.limits.underWayCount = 2
        let ann = try #require(desk.account(ofUser: "ann", now: start))
        #expect(desk.account(ofUser: "ann", now: start) === ann)
        #expect(desk.account(ofUser: "bob", now: start) !== ann)
        #expect(desk.account(ofUser: "", now: start) == nil)
        // A name that is not proven is held to what there is, and makes nothing.
        #expect(desk.ledger.user(Array("ann".utf8)) === ann)
        let userCount = desk.ledger.userCount
        #expect(desk.ledger.user(Array("claimed".utf8)) == nil)
        #expect(desk.ledger.userCount == userCount)
        ann.begun(2)
        #expect(ann.excess(over: desk.ledger.limits, now: start)?.owner == .user)
        for number in 0..<10_000 {
            #expect(desk.account(ofUser: "user \(number)", now: start) != nil)
        }
        #expect(desk.ledger.userCount < 3000, "\(desk.ledger.userCount) accounts")
        #expect(desk.account(ofUser: "ann", now: start) === ann, "its requests are under way")
    }

    @Test("accounts without connections do not add up")
    func bound() throws {
        let desk = Desk(limits)
        var most = 0
        for number in 0..<UInt64(20_000) {
            let address = "10.\(number >> 16).\(number >> 8 & 255).\(number & 255)"
            let now = start.advanced(byMilliseconds: number)
            let account = try #require(desk.open(try source(address), now: now))
            account.admitted(4, limits: limits, turn: number, now: now)
            desk.close(account, now: now)
            most = max(most, desk.ledger.count)
        }
        #expect(most < 3000, "\(most) accounts")
    }

    @Test("nor do those of clients whom a proxy names, however many it names")
    func forwardedBound() throws {
        let desk = Desk(limits)
        for number in 0..<UInt64(20_000) {
            let address = "10.\(number >> 16).\(number >> 8 & 255).\(number & 255)"
            let now = start.advanced(byMilliseconds: number)
            let account = desk.account(of: try source(address), now: now)
            #expect(desk.account(of: try source(address), now: now) === account)
            account.admitted(4, limits: limits, turn: number, now: now)
        }
        #expect(desk.ledger.count < 3500, "\(desk.ledger.count) accounts")
        let unlimited = Desk(.none)
        _ = unlimited.account(of: try source("10.0.0.1"), now: start)
        #expect(unlimited.ledger.count == 0)
    }

    @Test("what a client takes too much of is told by name, and ends")
    func excess() throws {
        let desk = Desk(limits)
        let account = try #require(desk.open(try source("10.0.0.1"), now: start))
        #expect(account.excess(over: limits, now: start) == nil)
        account.begun(3)
        #expect(account.excess(over: limits, now: start)?.limit == .underWay)
        account.ended(1)
        #expect(account.excess(over: limits, now: start) == nil)
        account.received(2500, limits: limits, now: start)
        #expect(
            account.excess(over: limits, now: start)
                == ClientExcess(.bytes, most: 1000, retryAfterSeconds: 2)
        )
        account.admitted(4, limits: limits, turn: 1, now: start)
        #expect(account.excess(over: limits, now: start)?.limit == .requests)
        let later = start.advanced(byMilliseconds: 2600)
        #expect(account.excess(over: limits, now: later) == nil)
    }

    @Test("one client alone has the whole turn; of two active ones each has its share")
    func shares() throws {
        let desk = Desk(.none)
        let flood = try #require(desk.open(try source("10.0.0.1"), now: start))
        let other = try #require(desk.open(try source("10.0.0.2"), now: start))
        func begin(_ count: Int, turn: UInt64, now: MonotonicTime) {
            flood.admitted(count, limits: .none, turn: turn, now: now)
        }
        #expect(desk.mayReceive(from: flood, in: 1, now: start))
        begin(10 * ClientLedger.turnShare, turn: 1, now: start)
        #expect(desk.mayReceive(from: flood, in: 1, now: start), "nobody else is there")

        #expect(desk.mayReceive(from: other, in: 1, now: start))
        #expect(!desk.mayReceive(from: flood, in: 1, now: start))
        #expect(desk.mayReceive(from: other, in: 1, now: start), "the other had no share yet")

        #expect(desk.mayReceive(from: flood, in: 2, now: start))
        begin(ClientLedger.turnShare - 1, turn: 2, now: start)
        #expect(desk.mayReceive(from: flood, in: 2, now: start))
        begin(1, turn: 2, now: start)
        #expect(!desk.mayReceive(from: flood, in: 2, now: start))

        let later = start.advanced(byMilliseconds: ClientLedger.activeMilliseconds + 1)
        begin(ClientLedger.turnShare, turn: 3, now: later)
        #expect(desk.mayReceive(from: flood, in: 3, now: later), "the other fell silent")
    }
}

/// A ledger whose calls stand within expectations.
private final class Desk {
    var ledger: ClientLedger

    init(_ limits: ClientLimits) { ledger = ClientLedger(limits: limits) }

    func open(_ source: ClientSource, now: MonotonicTime) -> ClientAccount? {
        ledger.open(source, as: .client, now: now)
    }

    func account(of source: ClientSource, now: MonotonicTime) -> ClientAccount {
        ledger.account(of: source, now: now)
    }

    func account(ofUser name: String, now: MonotonicTime) -> ClientAccount? {
        ledger.account(ofUser: Array(name.utf8), now: now)
    }

    func close(_ account: ClientAccount, now: MonotonicTime) { ledger.close(account, now: now) }

    func mayReceive(from account: ClientAccount, in turn: UInt64, now: MonotonicTime) -> Bool {
        ledger.mayReceive(from: account, in: turn, now: now)
    }
}
