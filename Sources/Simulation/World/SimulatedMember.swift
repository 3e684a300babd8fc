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

    /// What a lane of the disk has to do, one after another.
    enum Work: Sendable {
        case batch(DiskBatch)
        case snapshot(SnapshotTask)
    }

    let number: Int
    var disk: SimulatedDisk
    var state = State.down
    /// Counts the starts: what was meant for an earlier life reaches nobody.
    var life = 0
    var replica: Replica?
    /// As this life's process reads it.
    var clock: SimulatedClock
    /// When the next turn is scheduled; another one that comes is stale.
    var turnAt: MonotonicTime?
    var logWork: [DiskBatch] = []
    var backgroundWork: [Work] = []
    var nextLink: UInt64 = 0
    var nextTicket: UInt64 = 0
    /// Which client waits for which ticket.
    var waiting: [(ticket: Ticket, client: Int)] = []
    /// Inputs that came while it was paused.
    var held: [Input] = []

    init(number: Int, disk: SimulatedDisk, clock: SimulatedClock) {
        self.number = number
        self.disk = disk
        self.clock = clock
    }

    func makeLink() -> LinkID {
        nextLink += 1
        return LinkID(rawValue: nextLink)
    }

    func makeTicket(for client: Int) -> Ticket {
        nextTicket += 1
        let ticket = Ticket(rawValue: nextTicket)
        waiting.append((ticket, client))
        return ticket
    }

    func takeClient(of ticket: Ticket) -> Int? {
        guard let place = waiting.firstIndex(where: { $0.ticket == ticket }) else { return nil }
        return waiting.remove(at: place).client
    }
}
