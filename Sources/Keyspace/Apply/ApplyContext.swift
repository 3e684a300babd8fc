internal import Bytes

/// One entry's application: what it knows, and what it gathers for those who wait.
struct ApplyContext {
    /// The most grants of one entry: each takes a revision, and thousands of shared waiters may
    /// wait for one exclusive holder. The rest follow with the next entries.
    private static let grantCountMax = 1_024

    /// The entry's log index; the id of a lease that it grants, unless that is taken, and the arrival
    /// of a waiter that it queues.
    let index: UInt64
    let time: ClusterTime
    /// What its changes are told to be from.
    let wallTime: WallTime
    /// Who wrote the request, and what was noted; nil where the time alone changes something.
    var marks: VersionMarks?
    /// Who asks, as what is made for the request remembers it; nobody below the third level.
    var caller = Caller.nobody
    /// Whose a lease is that the request makes.
    var creator = LeaseCreator.nobody
    /// How many keys and places of others' leases may still be looked at for it.
    var leaseLooks = Keyspace.leaseLookCountMax
    /// The lease to which it tied something last: it may tie more to it.
    var tied: LeaseID?
    /// Whether the changes of keys are to be gathered.
    let audience: Store.Audience
    var events: [Event] = []
    var contestEvents: [ContestEvent] = []
    /// What those took; they decide nothing.
    var contestSpans: [ContestSpan] = []
    var grantsLeft = Self.grantCountMax
    /// Leases of keys' own from which the open change set untied a key.
    var loosened: [LeaseID] = []

    init(index: UInt64, time: ClusterTime, wallTime: WallTime, audience: Store.Audience) {
        self.index = index
        self.time = time
        self.wallTime = wallTime
        self.audience = audience
    }

    /// Takes a change set's events; most entries have one change set.
    mutating func gather(_ changes: [Event]) {
        assert(
            events.last.map { last in changes.allSatisfy { last.id < $0.id } } ?? true,
            KeyspaceRule.eventsRise.rawValue
        )
        if events.isEmpty { events = changes } else { events += changes }
    }

    /// What the request's own changes are marked with.
    var stamp: ChangeStamp {
        ChangeStamp(time: time, wallTime: wallTime, marks: marks)
    }

    /// What changes that follow by themselves are marked with.
    var systemStamp: ChangeStamp { ChangeStamp(time: time, wallTime: wallTime) }
}
