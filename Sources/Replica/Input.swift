internal import Bytes

package import Journal
package import Keyspace
package import Consensus

/// Everything that can happen to a member. Time comes with each step.
package enum Input: Sendable {
    /// Nothing happened but time.
    case tick
    /// A write. Answered by `Completion.applied` or `Completion.unproposed`; while no leader is known it
    /// waits, and the shell's patience ends it with `forget`.
    case propose(Ticket, EncodedWrite)
    /// A linearizable read. Answered by `Completion.readable`: the store then holds at least what was
    /// acknowledged when this came; or by `Completion.unreadable`.
    case read(Ticket)
    /// The shell waits no longer for a ticket that has no reply yet. A write that no log and no
    /// link has seen is withdrawn and replied to as `.notApplied`; any other goes on and is replied
    /// to as `.unknown`; a read is replied to as unreadable. That reply is the ticket's only one.
    case forget(Ticket)
    case disk(DiskCompletion)
    /// A snapshot draft was written whole and made durable.
    case snapshotWritten(EntryID, byteCount: UInt64)
    /// Our dialled connection to the member of that address is open, nothing was sent on it yet.
    case linkOpened(LinkID, to: PeerAddress)
    /// Somebody connected to our peer address, and has not said yet who it is.
    case linkAccepted(LinkID)
    /// One whole frame, without its length prefix; hostile until decoded.
    case frame(LinkID, [UInt8])
    /// The other side or the system closed it; never said of one that `Effects.linksToClose` named.
    case linkClosed(LinkID, LinkEnd)
    /// Dialling failed: nobody listens, or it timed out.
    case dialFailed(PeerAddress, LinkEnd)
    /// Bytes free on the data directory's file system.
    case diskSpace(freeByteCount: UInt64)
    /// Writes that grow the data are refused from now on while less than this is free, as the next
    /// look at the disk finds it.
    case diskReserve(byteCount: UInt64)
    /// What this host's wall clock shows; milliseconds since 1970. Only a leader makes use of it.
    case wallClock(milliseconds: UInt64)
    /// The operator changes who belongs to the cluster; asked of the leader. Answered by
    /// `Completion.membershipChanged` or `Completion.unproposed`.
    case changeMembership(Ticket, MembershipChange)
    /// Whether anybody follows changes of keys from now on, as is taken for granted at the start:
    /// `Effects.applied` tells them only then.
    case audience(Store.Audience)
    /// The operator wants that voter, or any, to lead; nothing happens where nobody leads here.
    case transferLeadership(to: MemberID?)
    /// The operator ends this member: leadership is handed over where that is possible.
    case stop
}
