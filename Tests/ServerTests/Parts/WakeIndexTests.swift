import API
import Bytes
import Consensus
import Keyspace
import Platform
import Replica
import Testing
import Wire

@testable import Server

@Suite("A call that waits is woken once, by the first thing that it waits for")
struct WakeIndexTests {
    typealias Call = InFlightRequest<ClientConversation>

    private let connection: ClientConnection<ClientConversation>

    init() throws {
        let pair = try SocketPair()
        connection = ClientConnection(
            number: 1,
            channel: pair.takeChannel(),
            client: ClientOrigin(listener: .client),
            account: ClientAccount(.source(.thisMachine)),
            now: Self.time(0)
        )
    }

    private static func time(_ milliseconds: UInt64) -> MonotonicTime {
        MonotonicTime(rawValue: 1_000_000_000).advanced(byMilliseconds: milliseconds)
    }

    private func call(_ number: UInt64) -> Call {
        let item = Backlog.Item.refusal(HTTPResponse(status: 400))
        return Call(
            number: number,
            arrivedAt: MonotonicTime(rawValue: 0),
            reply: HTTPConversation.Reply(to: item, pipelining: .alone),
            exchange: nil,
            connection: connection
        )
    }

    private func entry(
        _ revision: UInt64,
        puts keys: [String] = [],
        contests: [ContestEvent] = [],
        queues: [QueueName] = []
    ) -> AppliedEntry {
        AppliedEntry(
            index: LogIndex(rawValue: revision),
            revision: Revision(rawValue: revision),
            events: keys.enumerated().map { place, key in
                Event(
                    id: EventID(revision: Revision(rawValue: revision), sub: UInt32(place)),
                    change: .delete(Key(unchecked: Array(key.utf8)), .deleted),
                    previous: nil
                )
            },
            contestEvents: contests + queues.map(ContestEvent.available)
        )
    }

    private func ended(_ contest: Contest, _ lease: UInt64) -> ContestEvent {
        .ended(contest, lease: LeaseID(rawValue: lease), because: .expired)
    }

    private func filter(_ key: String) -> WatchFilter {
        WatchFilter(ranges: [
            KeyRange.key(Key(unchecked: Array(key.utf8)))
        ])
    }

    @Test func alarmsComeInTheirOrderAndNotBeforeTheirTime() {
        var wakes = WakeIndex<ClientConversation>()
        let (first, second) = (call(1), call(2))
        wakes.enter(first, wake: Wake(deadline: Self.time(20)))
        wakes.enter(second, wake: Wake(deadline: Self.time(10)))
        wakes.set(connection, deadline: Self.time(15))
        #expect(wakes.nextDeadline == Self.time(10) && wakes.alarmCount == 3)
        #expect(wakes.popAlarm(now: Self.time(9)) == nil)
        var order: [UInt64] = []
        while let alarm = wakes.popAlarm(now: Self.time(20)) {
            switch alarm {
            case .call(let call): order.append(call.number)
            case .connection: order.append(0)
            }
        }
        #expect(order == [2, 0, 1])
        #expect(connection.alarm == nil && first.registration == nil && wakes.alarmCount == 0)
    }

    @Test func oneWaiterIsWokenForEachItemFirstComeFirst() {
        var wakes = WakeIndex<ClientConversation>()
        let (mail, other) = (QueueName(Array("mail".utf8)), QueueName(Array("other".utf8)))
        let wake = Wake(deadline: Self.time(9), turn: .queue(mail))
        let calls = (1...3).map { call($0) }
        for place in [2, 0, 1] { wakes.enter(calls[place], wake: wake) }
        #expect(wakes.awaitsChanges)
        #expect(wakes.takeWoken(by: entry(2, queues: [other])).isEmpty)
        #expect(wakes.takeWoken(by: entry(3, queues: [mail, mail])).map(\.number) == [1, 2])
        // Whoever comes back has its place again.
        wakes.enter(calls[0], wake: wake)
        #expect(wakes.takeWoken(by: entry(4, queues: [mail])).map(\.number) == [1])
        wakes.leave(calls[2])
        #expect(!wakes.awaitsChanges && wakes.alarmCount == 0)
        #expect(wakes.takeWoken(by: entry(5, queues: [mail])).isEmpty)
        wakes.enter(calls[2], wake: wake)
        #expect(wakes.takeAllWaiting().map(\.number) == [3] && !wakes.awaitsChanges)
    }

    @Test func onlyThePlaceThatAGrantConcernsIsWoken() {
        var wakes = WakeIndex<ClientConversation>()
        let contest = Contest(kind: .lock, name: Array("L".utf8))
        func wake(_ lease: UInt64) -> Wake {
            Wake(
                deadline: Self.time(9),
                place: Wake.Place(of: LeaseID(rawValue: lease), in: contest)
            )
        }
        let calls = (1...5).map { call($0) }
        for (place, lease) in [(0, 7), (1, 8), (2, 8), (3, 9)] as [(Int, UInt64)] {
            wakes.enter(calls[place], wake: wake(lease))
        }
        wakes.enter(calls[4], wake: Wake(contest: contest))
        let other = Contest(kind: .election, name: contest.name)
        #expect(wakes.takeWoken(by: entry(2, contests: [ended(other, 8)])).isEmpty)
        // Who looks on is told of everybody's, and both requests of one lease of their place's.
        let woken = wakes.takeWoken(by: entry(3, contests: [ended(contest, 8)]))
        #expect(woken.map(\.number) == [2, 3, 5])
        #expect(wakes.takeWoken(by: entry(4, contests: [ended(contest, 8)])).isEmpty)
        wakes.leave(calls[0])
        #expect(wakes.takeAllWaiting().map(\.number) == [4] && !wakes.awaitsChanges)
    }

    @Test func whoeverIsWokenByOneThingIsNotWokenByAnother() {
        var wakes = WakeIndex<ClientConversation>()
        let waiting = call(1)
        let contest = Contest(kind: .lock, name: Array("L".utf8))
        wakes.enter(
            waiting,
            wake: Wake(
                deadline: Self.time(10),
                contest: contest,
                revision: Revision(rawValue: 5)
            )
        )
        #expect(wakes.takeWoken(by: entry(5, contests: [ended(contest, 1)])).map(\.number) == [1])
        #expect(wakes.takeWoken(by: entry(6, contests: [ended(contest, 1)])).isEmpty)
        #expect(wakes.popAlarm(now: Self.time(99)) == nil)
        #expect(!wakes.awaitsChanges)
    }

    @Test func aRevisionWakesThoseThatWaitForItOrForAnEarlierOne() {
        var wakes = WakeIndex<ClientConversation>()
        for number in 1...4 as ClosedRange<UInt64> {
            wakes.enter(call(number), wake: Wake(revision: Revision(rawValue: number * 10)))
        }
        #expect(wakes.takeWoken(by: entry(9)).isEmpty)
        #expect(wakes.takeWoken(by: entry(30)).map(\.number) == [1, 2, 3])
        #expect(wakes.awaitsChanges)
        #expect(wakes.takeWoken(by: entry(40)).map(\.number) == [4])
    }

    @Test func aWatchIsWokenByItsKeysAloneAndStaysAmongTheWatchers() {
        var wakes = WakeIndex<ClientConversation>()
        let (one, other) = (call(1), call(2))
        wakes.enter(one, wake: Wake(filter: filter("/a")))
        wakes.enter(other, wake: Wake(filter: filter("/b")))
        #expect(wakes.takeWoken(by: entry(1, puts: ["/c", "/a", "/a"])).map(\.number) == [1])
        #expect(wakes.watchCount == 2)
        #expect(wakes.takeWoken(by: entry(2, puts: ["/a"])).isEmpty, "it waits for nothing now")
        wakes.enter(one, wake: Wake(filter: filter("/a")))
        #expect(wakes.takeWoken(by: entry(3, puts: ["/b", "/a"])).map(\.number) == [1, 2])
        wakes.leave(one)
        wakes.leave(other)
        #expect(wakes.watchCount == 0 && !wakes.awaitsChanges)
    }

    @Test func anotherFilterTakesTheFirstOnesPlace() {
        var wakes = WakeIndex<ClientConversation>()
        let watch = call(1)
        wakes.enter(watch, wake: Wake(filter: filter("/a")))
        _ = wakes.takeWoken(by: entry(1, puts: ["/a"]))
        wakes.enter(watch, wake: Wake(filter: filter("/b")))
        #expect(wakes.takeWoken(by: entry(2, puts: ["/a"])).isEmpty)
        #expect(wakes.takeWoken(by: entry(3, puts: ["/b"])).map(\.number) == [1])
    }

    @Test func aCompactionWakesThoseAloneWhoseClientsWouldFallBehind() {
        var wakes = WakeIndex<ClientConversation>()
        for number in 1...3 as ClosedRange<UInt64> {
            let compaction = Revision(rawValue: number * 10)
            wakes.enter(
                call(number),
                wake: Wake(filter: filter("/a"), compaction: compaction)
            )
        }
        #expect(wakes.takeForgotten(before: Revision(rawValue: 10)).isEmpty)
        #expect(wakes.takeForgotten(before: Revision(rawValue: 21)).map(\.number) == [1, 2])
        #expect(wakes.takeForgotten(before: Revision(rawValue: 21)).isEmpty)
        #expect(wakes.takeForgotten(before: Revision(rawValue: 31)).map(\.number) == [3])
        #expect(wakes.watchCount == 3)
    }

    @Test func everyWatcherIsTakenAtOnceAndNobodyElse() {
        var wakes = WakeIndex<ClientConversation>()
        wakes.enter(call(3), wake: Wake(filter: filter("/a")))
        wakes.enter(call(2), wake: Wake(revision: Revision(rawValue: 1_000)))
        wakes.enter(call(1), wake: Wake(filter: filter("/b")))
        #expect(wakes.takeAllWatching().map(\.number) == [1, 3])
        #expect(wakes.takeAllWatching().isEmpty && wakes.watchCount == 2)
        #expect(wakes.takeWoken(by: entry(1_000)).map(\.number) == [2])
    }

    @Test func anotherStoreWakesEverybodyButThoseThatWaitForATime() {
        var wakes = WakeIndex<ClientConversation>()
        let contest = Contest(kind: .election, name: Array("E".utf8))
        wakes.enter(call(4), wake: Wake(revision: Revision(rawValue: 1_000)))
        wakes.enter(call(3), wake: Wake(filter: filter("/a")))
        wakes.enter(call(2), wake: Wake(contest: contest))
        wakes.enter(call(1), wake: Wake(deadline: Self.time(10)))
        #expect(wakes.takeAllWaiting().map(\.number) == [2, 3, 4])
        #expect(wakes.alarmCount == 1)
    }

    @Test func whoLeavesIsWokenByNothing() {
        var wakes = WakeIndex<ClientConversation>()
        let contest = Contest(kind: .lock, name: Array("L".utf8))
        let waiting = call(1)
        wakes.enter(
            waiting,
            wake: Wake(
                deadline: Self.time(1),
                filter: filter("/a"),
                contest: contest,
                revision: Revision(rawValue: 1)
            )
        )
        wakes.leave(waiting)
        wakes.leave(waiting)
        #expect(wakes.popAlarm(now: Self.time(5)) == nil && !wakes.awaitsChanges)
        #expect(wakes.takeWoken(by: entry(1, puts: ["/a"], contests: [ended(contest, 1)])).isEmpty)
    }
}
