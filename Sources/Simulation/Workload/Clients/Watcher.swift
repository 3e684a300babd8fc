internal import Bytes
internal import Keyspace
internal import Replica

/// A client that watches keys, at one member after another.
final class Watcher: ClientRole {
    let client: SimulatedClient
    private(set) var log: WatchLog?
    private var filter = WatchFilter(ranges: [])
    private var host: HostProcess?
    /// A watch is left after so many events, and a new one begun.
    private var eventCountMax = 0

    init(_ client: SimulatedClient) { self.client = client }

    func act() {
        watch()
        // A client that looks away for long may find history compacted.
        let isAway = !world.isCalm && world.pick(20) == 0
        let pause = isAway ? 4_000_000 : 500 * client.mix.thinkMilliseconds
        client.wake(after: world.random(2_000...pause))
    }

    private func watch() {
        var host = host?.find(in: members)
        if host == nil || world.pick(30) == 0 {
            guard let member = client.reachableMember(), member.state == .running else { return }
            if log != nil { client.count(.watchResumed) }
            self.host = HostProcess(member)
            host = member
        }
        guard let host, host.state == .running, let store = host.replica?.keyspace.store else {
            return
        }
        if (log?.deliveries.count ?? 0) >= eventCountMax { endWatch() }
        if log == nil { beginWatch(store: store) }
        guard var log else { return }
        self.log = nil
        do throws(ReadRefusal) {
            let from = EventID(revision: Revision(rawValue: log.next.revision), sub: log.next.sub)
            let slice = try store.events(
                from: from,
                filter: filter,
                byteCountMax: world.pick(2) == 0 ? 1 : 64 << 10
            )
            for event in slice.events {
                client.count(.watchEvent)
                history.observeAgain(event)
                log.deliver(
                    WatchLog.Delivery(history.change(event), at: Timeline.Position(event.id))
                )
            }
            log.advance(to: Timeline.Position(slice.next))
            client.noteServed()
            self.log = log
        } catch {
            client.count(.watchCompacted)
            history.watches.append(log)
        }
    }

    private func endWatch() {
        guard let log else { return }
        history.watches.append(log)
        self.log = nil
    }

    /// From now on, or from some way back.
    private func beginWatch(store: Store) {
        let subject = subject()
        let newest = store.revision.rawValue
        let back = world.pick(2) == 0 ? 0 : min(newest, world.random(0...200))
        let start = max(store.compactRevision.rawValue, newest + 1 - min(back, newest))
        filter = WatchFilter(ranges: [subject.range])
        eventCountMax = world.pick(1_000) + 20
        self.log = WatchLog(
            watcher: client.number,
            keys: subject.keys,
            start: Timeline.Position(revision: start)
        )
    }

    private func subject() -> (range: KeyRange, keys: ClosedRange<Int>) {
        switch world.pick(7) {
        case 0, 1:
            let key = world.pick(history.keys.registers.count)
            let range = KeyRange.key(history.keys.registers[key])
            return (range, key...key)
        case 2:
            let directory = world.pick(KeySpaces.directoryCount)
            let path = history.keys.directories[directory]
            let range = KeyRange.subtree(path)
            return (range, history.keys.keys(ofDirectory: directory))
        case 3:
            let contest = world.pick(Contests.all.count)
            let path = Contests.all[contest].recordsKey
            let first = KeySpaces.recordBase + contest << 32
            let range = KeyRange.subtree(path)
            return (range, first...(first + 1 << 32 - 1))
        case 4: return (.subtree(.root), history.keys.pathNumbers)
        default: return (.all, KeySpaces.clientKeys)
        }
    }
}

extension Timeline.Position {
    init(_ id: EventID) { self.init(revision: id.revision.rawValue, sub: id.sub) }
}
