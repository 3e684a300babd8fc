internal import Bytes
internal import Consensus
internal import Journal
internal import Replica

/// One machine: a process that comes and goes, and a disk that stays.
final class SimulatedMember {
    /// What the process is doing.
    enum State: UInt8, Hashable, Sendable {
        case down = 0
        case running = 1
        /// Stopped by a signal: its disk and the network go on.
        case paused = 2
    }

    enum Power: UInt8, Hashable, Sendable {
        /// Without it not even a refusal comes back.
        case off = 0
        case on = 1
    }

    /// What waits for the process.
    enum Doom: UInt8, Hashable, Sendable {
        case none = 0
        /// It is killed between two effects of its next turn.
        case withinTurn = 1
        /// The disk refuses the next write or sync.
        case ioError = 2
    }

    /// How the disk is.
    struct DiskHealth {
        enum Space: UInt8, Hashable, Sendable {
            case ample = 0
            /// The reserve is used up.
            case short = 1
            /// No file can be created.
            case none = 2
        }

        var space = Space.ample
        /// Everything takes so many times as long.
        var slowness: UInt64 = 1
        /// The next batch stands still for so long.
        var stallMicroseconds: UInt64 = 0
    }

    /// What a lane of the disk has to do, one after another.
    enum Work {
        case batch(DiskBatch)
        case snapshot(SnapshotTask)
    }

    let number: Int
    /// What its directory was to become when it was empty.
    let arrival: Replica.Arrival
    var standing: Standing
    /// As its own directory has it, once it has run.
    var id: MemberID?
    /// It has been told that it was removed.
    var isAware = false
    var disk: SimulatedDisk
    var health = DiskHealth()
    var state = State.down
    var power = Power.on
    /// Counts the starts: what was meant for an earlier life reaches nobody.
    var life = 0
    var replica: Replica?
    /// As this life's process reads it.
    var clock: SimulatedClock
    var doom = Doom.none
    /// The operator has told it to stop.
    var isLeaving = false
    /// So many of the next changes of names belong to a snapshot that is received.
    var receivedNamingCount = 0
    var logWork: [DiskBatch] = []
    var backgroundWork: [Work] = []
    /// The connections of this life that are open on its side.
    var links: [(link: LinkID, connection: SimulatedConnection, side: SimulatedConnection.Side)] =
        []
    private var nextLink: UInt64 = 0
    private var nextTicket: UInt64 = 0
    /// Which client waits for which ticket.
    var waiting: [(ticket: Ticket, client: Int)] = []
    /// Inputs that came while it was paused.
    var held: [Input] = []
    /// Turns in a row of which nothing came although the next was due at once.
    var vainTurnCount = 0
    /// Of the protocol's laws: what this member showed so far.
    var witness = ObservedState()
    var directory = StartDirectory.own
    /// Set from the moment when stored bytes changed until all is well again.
    var damage: StorageDamage? {
        didSet { if damage != nil { hasRotted = true } }
    }
    /// Whether stored bytes ever changed: what is read seldom may be found damaged much later.
    private(set) var hasRotted = false
    /// A copy of the directory of the process that runs, and its boot.
    var runningCopy: (disk: SimulatedDisk, boot: UInt64)?
    /// From the start on a copy of the same boot until the member knows what it lacks.
    var setBack: SetBack?
    /// A copy of the directory, and the boot that it was made in.
    var formerCopy: (disk: SimulatedDisk, boot: UInt64)?

    init(
        number: Int,
        disk: SimulatedDisk,
        clock: SimulatedClock,
        arrival: Replica.Arrival
    ) {
        self.number = number
        self.arrival = arrival
        standing = arrival == .joining ? .newcomer : .member
        self.disk = disk
        self.clock = clock
    }

    func makeLink() -> LinkID {
        nextLink += 1
        return LinkID(rawValue: nextLink)
    }

    func makeTicket() -> Ticket {
        nextTicket += 1
        return Ticket(rawValue: nextTicket)
    }

    func makeTicket(for client: Int) -> Ticket {
        let ticket = makeTicket()
        waiting.append((ticket, client))
        return ticket
    }

    func takeClient(of ticket: Ticket) -> Int? {
        guard let place = waiting.firstIndex(where: { $0.ticket == ticket }) else { return nil }
        return waiting.remove(at: place).client
    }
}
