internal import Bytes
internal import Keyspace

/// The store's, where a recording or the world has one of that name, too.
typealias StoreAnswer = Answer
typealias StoreEvent = Event

/// Everybody who uses the cluster in a run, and what they did and saw.
struct Workload: Sendable {
    /// What a client is, and which of those.
    enum Role: Sendable {
        case keyUser(Int)
        case leaseHolder(Int)
        case contender(Int)
        case waiter(Int)
        case watcher(Int)
    }

    /// What everybody has, whatever it does.
    struct Client: Sendable {
        let role: Role
        /// How much faster its clock runs than the world's.
        let driftPartsPerMillion: Int64
        var valueCount: UInt64 = 0
        /// Whether anything was answered since all faults ended.
        var isServedInCalm = false
    }

    let mix: Mix
    let clocks: SimulatedClock.Rates
    let keys: KeySpaces
    var clients: [Client] = []
    var keyUsers: [KeyUser] = []
    var leaseHolders: [LeaseHolder] = []
    var contenders: [LockUser] = []
    var waiters: [Waiter] = []
    var watchers: [Watcher] = []

    var recording = Recording()
    var timeline = Timeline()
    var staleReads: [HistoryCheck.StaleRead] = []
    var watches: [WatchLog] = []
    var tenures = OwnershipHistory()
    var places = PlaceLog()
    var leases = LeaseLog()
    var sequences = SequenceLog()
    /// In `leases`, by lease.
    var leaseNumbers: [LeaseID: Int] = [:]
    /// The token under which each guarded value was sent.
    var guards: [UInt64: Guard] = [:]
    var calmSince: MonotonicTime?
    var report = WorkloadReport()

    struct Guard: Sendable {
        let contest: Int
        let token: UInt64
    }

    init(_ mix: Mix, clocks: SimulatedClock.Rates, with chance: inout SplitMix64) {
        self.mix = mix
        self.clocks = clocks
        keys = KeySpaces(lonelyCount: mix.lonelyKeyCount)
        for place in 0..<mix.keyUserCount {
            join(.keyUser(place), with: &chance)
            keyUsers.append(KeyUser(knowing: keys.paths.count))
        }
        for place in 0..<mix.leaseHolderCount {
            join(.leaseHolder(place), with: &chance)
            leaseHolders.append(LeaseHolder())
        }
        for place in 0..<mix.contenderCount {
            join(.contender(place), with: &chance)
            contenders.append(LockUser())
        }
        for place in 0..<mix.waiterCount {
            join(.waiter(place), with: &chance)
            waiters.append(Waiter())
        }
        for place in 0..<mix.watcherCount {
            join(.watcher(place), with: &chance)
            watchers.append(Watcher())
        }
    }

    private mutating func join(_ role: Role, with chance: inout SplitMix64) {
        let drift = clocks.draw(&chance)
        clients.append(Client(role: role, driftPartsPerMillion: drift))
    }

    /// The contender at that place, among all clients.
    func client(ofContender place: Int) -> Int {
        mix.keyUserCount + mix.leaseHolderCount + place
    }

    /// The waiter at that place, among all clients.
    func client(ofWaiter place: Int) -> Int { client(ofContender: mix.contenderCount + place) }

    /// No other write of the run writes it.
    mutating func nextValue(of client: Int) -> UInt64 {
        clients[client].valueCount += 1
        return UInt64(client + 1) << 32 | clients[client].valueCount
    }

    /// One whose bytes are few: an owner's name may not be long.
    mutating func nextShortValue(of client: Int) -> UInt64 {
        let value = nextValue(of: client)
        return value % 16 == 0 ? nextValue(of: client) : value
    }

    /// How long, in the world's time, an owner may rely on a lease of that length: 1 % less, for
    /// two clocks may differ by as much, as its own clock counts it; to the nanosecond where all
    /// clocks run alike.
    func reliableNanoseconds(timeToLiveMilliseconds: UInt64, of client: Int) -> UInt64 {
        if clocks == .alike { return timeToLiveMilliseconds * 1_000_000 }
        let own = timeToLiveMilliseconds * 990_000
        let rate = UInt64(1_000_000 + clients[client].driftPartsPerMillion)
        return own * 1_000_000 / rate
    }

    // MARK: Contests

    static let contests: [Contest] = [
        Contest(kind: .lock, name: Array("lock-0".utf8)),
        Contest(kind: .lock, name: Array("lock-1".utf8)),
        Contest(kind: .election, name: Array("election-2".utf8)),
    ]

    static func number(of contest: Contest) -> Int { contests.firstIndex(of: contest) ?? -1 }

    static func grant(_ grant: Grant) -> OwnershipHistory.Grant {
        OwnershipHistory.Grant(
            contest: number(of: grant.contest),
            token: grant.token.rawValue,
            mode: grant.mode == .shared ? .shared : .exclusive,
            lease: grant.lease.rawValue
        )
    }
}

/// What became of a client's request.
enum Tidings {
    case answered(Answer)
    /// It may read the member's store now.
    case readable(SimulatedMember)
    /// It certainly had no effect.
    case denied
    case unknown
}
