internal import Bytes
internal import Keyspace
internal import Replica

/// Somebody who watches keys, at one member after another.
struct Watcher: Sendable {
    var log: WatchLog?
    var filter = WatchFilter(selections: [])
    var member = 0
    var life = 0
    /// A watch is left after so many events, and a new one begun.
    var eventCountMax = 0
}

extension SimulatedCluster {
    func actWatcher(_ place: Int, for client: Int) {
        watch(place, for: client)
        // Who looks away for long may find history compacted.
        let isAway = !isCalm && pick(20) == 0
        let pause = isAway ? 4_000_000 : 500 * workload.mix.thinkMilliseconds
        schedule(.client(client), after: random(2_000...pause))
    }

    private func watch(_ place: Int, for client: Int) {
        let watcher = workload.watchers[place]
        let isAtHome = members[watcher.member].life == watcher.life
        if !isAtHome || members[watcher.member].state == .down || pick(30) == 0 {
            guard let member = reachableMember(), member.state == .running else { return }
            if watcher.log != nil { count(.watchResumed) }
            workload.watchers[place].member = member.number
            workload.watchers[place].life = member.life
        }
        let member = members[workload.watchers[place].member]
        guard member.state == .running, let store = member.replica?.keyspace.store else { return }
        if (watcher.log?.deliveries.count ?? 0) >= watcher.eventCountMax { endWatch(place) }
        if workload.watchers[place].log == nil { beginWatch(place, for: client, store: store) }
        guard var log = workload.watchers[place].log else { return }
        workload.watchers[place].log = nil
        do throws(ReadRefusal) {
            let from = EventID(revision: Revision(rawValue: log.next.revision), sub: log.next.sub)
            let slice = try store.events(
                from: from,
                filter: workload.watchers[place].filter,
                byteCountMax: pick(2) == 0 ? 1 : 64 << 10
            )
            for event in slice.events {
                count(.watchEvent)
                log.deliver(
                    WatchLog.Delivery(workload.change(event), at: Timeline.Position(event.id))
                )
            }
            log.advance(to: Timeline.Position(slice.next))
            noteServed(client)
            workload.watchers[place].log = log
        } catch {
            count(.watchCompacted)
            workload.watches.append(log)
        }
    }

    private func endWatch(_ place: Int) {
        guard let log = workload.watchers[place].log else { return }
        workload.watches.append(log)
        workload.watchers[place].log = nil
    }

    /// From now on, or from some way back.
    private func beginWatch(_ place: Int, for client: Int, store: Store) {
        let subject = subject()
        let now = store.revision.rawValue
        let back = pick(2) == 0 ? 0 : min(now, random(0...200))
        let start = max(store.compactRevision.rawValue, now + 1 - min(back, now))
        workload.watchers[place].filter = WatchFilter(selections: [subject.selection])
        workload.watchers[place].eventCountMax = pick(1_000) + 20
        workload.watchers[place].log = WatchLog(
            watcher: client,
            keys: subject.keys,
            start: Timeline.Position(revision: start)
        )
    }

    private func subject() -> (selection: WatchFilter.Selection, keys: ClosedRange<Int>) {
        switch pick(6) {
        case 0, 1:
            let key = pick(workload.keys.paths.count)
            let selection = WatchFilter.Selection(path: workload.keys.paths[key], extent: .key)
            return (selection, key...key)
        case 2:
            let directory = pick(KeySpaces.directoryCount)
            let path = workload.keys.directories[directory]
            let selection = WatchFilter.Selection(path: path, extent: .subtree)
            return (selection, workload.keys.keys(ofDirectory: directory))
        case 3:
            let contest = pick(Workload.contests.count)
            let path = Workload.contests[contest].recordsKey
            let first = KeySpaces.recordBase + contest << 32
            let selection = WatchFilter.Selection(path: path, extent: .subtree)
            return (selection, first...(first + 1 << 32 - 1))
        default:
            let selection = WatchFilter.Selection(path: .root, extent: .subtree)
            return (selection, KeySpaces.clientKeys)
        }
    }
}

extension Timeline.Position {
    init(_ id: EventID) { self.init(revision: id.revision.rawValue, sub: id.sub) }
}

extension Workload {
    /// The event as checkers know it.
    func change(_ event: StoreEvent) -> Timeline.Change {
        switch event.change {
        case .put(let record):
            Timeline.Change(key: keys.number(of: record.key), value: KeySpaces.decode(record.value))
        case .delete(let path): Timeline.Change(key: keys.number(of: path), value: 0)
        }
    }
}
