internal import API
internal import Bytes
internal import Keyspace
internal import Replica

/// What calls wait for: times, changes of keys, locks and elections, revisions.
///
/// A waiting call is entered in all the places that its `Wake` names. Whatever wakes it takes it
/// out of all but one: it stays among the watchers, since a stream goes on to watch the same keys.
struct WakeIndex<Spoken: Conversation> {
    typealias Call = InFlightRequest<Spoken>

    /// Whose deadline it is.
    enum Alarm {
        case call(Call)
        case connection(ClientConnection<Spoken>)
    }

    /// Where one waiting call is entered.
    struct Registration {
        fileprivate var deadline: IndexedHeap<Alarm>.Handle?
        fileprivate var revision: IndexedHeap<Call>.Handle?
        fileprivate var contest: Contest?
        fileprivate var place: Wake.Place?
        fileprivate var queue: Place?
        fileprivate var barrier: BarrierGeneration?
        fileprivate var compaction: IndexedHeap<Call>.Handle?

        /// A place among those who wait for an item.
        fileprivate struct Place {
            let queue: QueueName
            let handle: IndexedHeap<Call>.Handle
        }

        /// Whether it has an alarm.
        var hasDeadline: Bool { deadline != nil }
    }

    private var alarms = IndexedHeap<Alarm>()
    private var revisions = IndexedHeap<Call>()
    private var contests: [Contest: [UInt64: Call]] = [:]
    /// Several where one lease asks several times.
    private var places: [Wake.Place: [UInt64: Call]] = [:]
    /// Who waits for an item of each queue, by when it came.
    private var queues: [QueueName: IndexedHeap<Call>] = [:]
    /// Who waits for others at barriers.
    private var barriers: [BarrierGeneration: [UInt64: Call]] = [:]
    private var watches = WatchIndex()
    private var watchers: [WatcherID: Call] = [:]
    /// Watchers have been told of every event up to here, or do not want it.
    private var toldRevision = Revision.zero
    /// Watchers by the revision whose compaction they wait for.
    private var compactions = IndexedHeap<Call>()

    /// How many calls follow keys.
    var watchCount: Int { watchers.count }

    /// How many alarms are set.
    var alarmCount: Int { alarms.count }

    /// Whether anybody waits for anything but a time.
    var awaitsChanges: Bool {
        !watchers.isEmpty || !contests.isEmpty || !places.isEmpty || !queues.isEmpty
            || !barriers.isEmpty
            || revisions.firstKey != nil
    }

    /// When the next alarm is due.
    var nextDeadline: MonotonicTime? { alarms.firstKey.map(MonotonicTime.init(rawValue:)) }

    // MARK: - Entering and leaving

    /// Enters a call that does not wait.
    mutating func enter(_ call: Call, wake: Wake) {
        invariant(call.registration == nil, "a call waits twice")
        var registration = Registration()
        if let deadline = wake.deadline {
            registration.deadline = alarms.insert(.call(call), key: deadline.rawValue)
        }
        if let revision = wake.revision {
            registration.revision = revisions.insert(call, key: revision.rawValue)
        }
        if let contest = wake.contest {
            contests[contest, default: [:]][call.number] = call
            registration.contest = contest
        }
        if let place = wake.place {
            places[place, default: [:]][call.number] = call
            registration.place = place
        }
        switch wake.turn {
        case .queue(let queue):
            let handle = queues[queue, default: IndexedHeap()].insert(call, key: call.number)
            registration.queue = .init(queue: queue, handle: handle)
        case .barrier(let generation):
            barriers[generation, default: [:]][call.number] = call
            registration.barrier = generation
        case nil: break
        }
        if wake.filter != nil, let compaction = wake.compaction {
            registration.compaction = compactions.insert(call, key: compaction.rawValue)
        }
        call.registration = registration
        if wake.filter != call.watchedFilter { watch(call, filter: wake.filter) }
    }

    /// Takes a call out of every place; nothing happens if it is in none.
    mutating func leave(_ call: Call) {
        stopWaiting(call)
        if call.watchedFilter != nil { watch(call, filter: nil) }
    }

    /// Takes a call out of every place but the watchers.
    private mutating func stopWaiting(_ call: Call) {
        guard let registration = call.registration else { return }
        call.registration = nil
        if let handle = registration.deadline { alarms.remove(handle) }
        if let handle = registration.revision { revisions.remove(handle) }
        if let handle = registration.compaction { compactions.remove(handle) }
        if let place = registration.queue {
            queues[place.queue]?.remove(place.handle)
            if queues[place.queue]?.count == 0 { queues.removeValue(forKey: place.queue) }
        }
        if let generation = registration.barrier {
            barriers[generation]?.removeValue(forKey: call.number)
            if barriers[generation]?.isEmpty == true { barriers.removeValue(forKey: generation) }
        }
        if let contest = registration.contest {
            contests[contest]?.removeValue(forKey: call.number)
            if contests[contest]?.isEmpty == true { contests.removeValue(forKey: contest) }
        }
        if let place = registration.place {
            places[place]?.removeValue(forKey: call.number)
            if places[place]?.isEmpty == true { places.removeValue(forKey: place) }
        }
    }

    private mutating func watch(_ call: Call, filter: WatchFilter?) {
        let watcher = WatcherID(rawValue: call.number)
        call.watchedFilter = filter
        if let filter {
            watches.insert(watcher, filter: filter)
            watchers[watcher] = call
        } else {
            watches.remove(watcher)
            watchers.removeValue(forKey: watcher)
        }
    }

    /// Sets the time at which a connection is looked at.
    mutating func set(_ connection: ClientConnection<Spoken>, deadline: MonotonicTime) {
        clear(connection)
        connection.alarm = alarms.insert(.connection(connection), key: deadline.rawValue)
    }

    mutating func clear(_ connection: ClientConnection<Spoken>) {
        if let handle = connection.alarm { alarms.remove(handle) }
        connection.alarm = nil
    }

    // MARK: - Waking

    /// The next alarm that is due; whose it is waits no longer.
    mutating func popAlarm(now: MonotonicTime) -> Alarm? {
        guard let alarm = alarms.popFirst(through: now.rawValue) else { return nil }
        switch alarm {
        case .call(let call):
            call.registration?.deadline = nil
            stopWaiting(call)
            passOverTold(call)
        case .connection(let connection): connection.alarm = nil
        }
        return alarm
    }

    /// Everyone who waits for what an applied entry brought, each once, in the order of arrival;
    /// they wait no longer.
    mutating func takeWoken(by entry: AppliedEntry) -> [Call] {
        var woken = takeWatchers(of: entry.events)
        for event in entry.contestEvents {
            switch event {
            case .available(let queue):
                if let call = takeFirst(of: queue) { woken.append(call) }
            case .granted(let grant):
                woken += takeWaiting(for: grant.contest, lease: grant.lease)
            case .ended(let contest, let lease, _):
                woken += takeWaiting(for: contest, lease: lease)
            case .proclaimed(let grant):
                woken += takeWaiting(for: grant.contest, lease: nil)
            case .turned(let generation):
                if let waiting = barriers[generation] { woken += takeOut(Array(waiting.values)) }
            }
        }
        toldRevision = entry.revision
        return woken.sorted { $0.number < $1.number } + takeWoken(through: entry.revision)
    }

    /// Those who look on, and those who wait in the place of the lease; they wait no longer. What
    /// became of one place wakes nobody in another, so that a grant costs the same however many wait.
    private mutating func takeWaiting(for contest: Contest, lease: LeaseID?) -> [Call] {
        guard !contests.isEmpty || !places.isEmpty else { return [] }
        var waiting = contests[contest].map { Array($0.values) } ?? []
        if let lease, let calls = places[Wake.Place(of: lease, in: contest)] {
            waiting += calls.values
        }
        return takeOut(waiting)
    }

    /// Who came first of those who wait for an item of that queue; it waits no longer.
    private mutating func takeFirst(of queue: QueueName) -> Call? {
        guard let call = queues[queue]?.popFirst(through: .max) else { return nil }
        if queues[queue]?.count == 0 { queues.removeValue(forKey: queue) }
        call.registration?.queue = nil
        stopWaiting(call)
        return call
    }

    /// Those whose keys changed. What came before the first of their events while they waited
    /// concerns none of them: without being told so, each would read all of it.
    private mutating func takeWatchers(of events: [Event]) -> [Call] {
        guard !watchers.isEmpty else { return [] }
        var woken: [Call] = []
        for event in events {
            for watcher in watches.watchers(of: event.key) {
                guard let call = watchers[watcher], call.registration != nil else { continue }
                stopWaiting(call)
                call.exchange?.passOver(before: event.id)
                woken.append(call)
            }
        }
        return woken
    }

    /// Nothing that came while the call waited concerns it.
    private func passOverTold(_ call: Call) {
        call.exchange?.passOver(before: EventID(revision: toldRevision.next, sub: 0))
    }

    /// Watchers that wait for the compaction of a revision before this one; they wait no longer.
    ///
    /// - Complexity: O(1) while there are none, else O(log watchers) for each
    mutating func takeForgotten(before oldest: Revision) -> [Call] {
        guard oldest > .zero else { return [] }
        var taken: [Call] = []
        while let call = compactions.popFirst(through: oldest.rawValue - 1) {
            call.registration?.compaction = nil
            stopWaiting(call)
            passOverTold(call)
            taken.append(call)
        }
        return taken.sorted { $0.number < $1.number }
    }

    /// Every watcher that waits; they wait no longer.
    mutating func takeAllWatching() -> [Call] {
        let taken = takeOut(Array(watchers.values))
        for call in taken { passOverTold(call) }
        return taken.sorted { $0.number < $1.number }
    }

    /// Everyone who waits for anything but a time; they wait no longer.
    mutating func takeAllWaiting() -> [Call] {
        var woken = Array(watchers.values)
        for waiting in contests.values { woken.append(contentsOf: waiting.values) }
        for waiting in places.values { woken.append(contentsOf: waiting.values) }
        for waiting in barriers.values { woken.append(contentsOf: waiting.values) }
        woken = takeOut(woken)
        for queue in Array(queues.keys) {
            while let call = takeFirst(of: queue) { woken.append(call) }
        }
        return woken.sorted { $0.number < $1.number }
            + takeWoken(through: Revision(rawValue: .max))
    }

    /// Everyone who waits for the store to have reached this revision.
    private mutating func takeWoken(through revision: Revision) -> [Call] {
        var woken: [Call] = []
        while let call = revisions.popFirst(through: revision.rawValue) {
            call.registration?.revision = nil
            stopWaiting(call)
            woken.append(call)
        }
        return woken
    }

    private mutating func takeOut(_ calls: [Call]) -> [Call] {
        var taken: [Call] = []
        for call in calls where call.registration != nil {
            stopWaiting(call)
            taken.append(call)
        }
        return taken
    }
}
