internal import Bytes
internal import Replica

/// Something that is to happen at a time of its own.
enum SimulatedEvent {
    case input(member: Int, life: Int, Input)
    case frame(SimulatedConnection, SimulatedConnection.Side, SimulatedConnection.Frame)
    /// A frame that left its place among the others.
    case stray(SimulatedConnection, [UInt8])
    case dial(member: Int, life: Int, PeerAddress)
    case client(Int)
    /// Whoever waits for the ticket has lost patience.
    case patience(member: Int, life: Int, Ticket)
    case start(Int)
    case absence(Int, until: MonotonicTime)
    case resume(Int)
    case incident
    case operatorAction
    /// The operator goes on with what was begun.
    case orders
    case eviction(Int)
    /// The machine is set up at another address.
    case relocation(Int, PeerAddress)
    case isolation
    case heal(Int)
    case flap(NetworkWays, timesLeft: Int)
    case hurry(NetworkWays)
    case recoverDisk(Int)
    case calm
    /// A member is to be set back to the copy that was made in this boot of it.
    case setBack(Int, boot: UInt64)
    /// A copy that was started beside its original has to have ended.
    case copyDue(Int, life: Int)
    /// The operator backs the cluster up.
    case backup
    /// A restored cluster is written to.
    case probe
    /// Has everybody recovered?
    case roundOfCalm
}
