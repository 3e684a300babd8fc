package import Consensus
package import Journal
package import Keyspace

/// Names one request of this member's shell; unique for the life of the process.
package struct Ticket: RawRepresentable, Hashable, Comparable, Sendable {
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }

    package static func < (left: Ticket, right: Ticket) -> Bool { left.rawValue < right.rawValue }
}

/// Names one connection between two members; unique for the life of the process. What arrives on
/// an older link than the current one is dropped.
package struct LinkID: RawRepresentable, Hashable, Comparable, Sendable {
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }

    package static func < (left: LinkID, right: LinkID) -> Bool { left.rawValue < right.rawValue }
}

/// Everything that can happen to a member. Time comes with each step.
package enum Input: Sendable {
    /// Nothing happened but time.
    case tick
    /// A write. Answered by `Reply.applied` or `Reply.unproposed`.
    case propose(Ticket, Request)
    /// A linearizable read. Answered by `Reply.readable`: the store then holds at least what was
    /// acknowledged when this came; or by `Reply.unreadable`.
    case read(Ticket)
    /// The shell no longer waits; a write goes on, its reply is dropped.
    case forget(Ticket)
    case disk(DiskCompletion)
    /// A snapshot draft was written whole and made durable.
    case snapshotWritten(EntryID, byteCount: UInt64)
    /// Our dialled connection to the member of that address is open, nothing was sent on it yet.
    case linkOpened(LinkID, to: PeerAddress)
    /// A stranger's connection to our peer address is open.
    case linkAccepted(LinkID)
    /// One whole frame, without its length prefix; hostile until decoded.
    case frame(LinkID, [UInt8])
    case linkClosed(LinkID, LinkEnd)
    /// Dialling failed: nobody listens, or it timed out.
    case dialFailed(PeerAddress, LinkEnd)
    /// Bytes free on the data directory's file system.
    case diskSpace(freeByteCount: UInt64)
    /// The operator ends this member: leadership is handed over where that is possible.
    case stop
}

/// Why a connection is no more.
package enum LinkEnd: UInt8, Hashable, Sendable {
    /// Closed, reset or refused by the other side: its process is gone or does not want us.
    case refused = 0
    /// Nothing came back in time: says nothing about the other side.
    case timedOut = 1
}

/// A peer's address as configured: `HOST:PORT`.
package struct PeerAddress: Hashable, Sendable {
    package let text: [UInt8]

    package init(text: [UInt8]) { self.text = text }
}

/// What a step owes the world. The shell carries out all of it; order matters within a list.
package struct Effects: Sendable {
    package var disk: [DiskBatch] = []
    /// Frames without length prefix, to be sent in order on their links.
    package var frames: [Frame] = []
    package var linksToClose: [LinkID] = []
    /// Addresses to be dialled now.
    package var dials: [PeerAddress] = []
    package var replies: [Reply] = []
    /// What was applied, in order, for watches and waiters.
    package var applied: [AppliedEntry] = []
    /// A frozen view to be written as a snapshot in the background.
    package var snapshot: SnapshotTask?
    /// The member cannot go on; the process ends with this.
    package var stop: StopReason?

    package init() {}
}

/// One frame for one peer.
package struct Frame: Sendable {
    package let link: LinkID
    package let bytes: [UInt8]

    package init(link: LinkID, bytes: [UInt8]) {
        self.link = link
        self.bytes = bytes
    }
}

/// What happened to a ticket; each gets exactly one.
package enum Reply: Sendable {
    case applied(Ticket, Answer)
    case unproposed(Ticket, ProposalFailure)
    case readable(Ticket)
    case unreadable(Ticket)
}

/// Why a write has no answer.
package enum ProposalFailure: Hashable, Sendable {
    /// It never entered any log, or another entry is committed at its index.
    case notApplied(Cause)
    /// It may be applied or not.
    case unknown

    package enum Cause: UInt8, Hashable, Sendable {
        case noLeader = 0
        /// The bound on proposals in flight is reached.
        case tooManyInFlight = 1
        /// The disk reserve is used up.
        case noSpace = 2
        /// This member's store is not sound, or not formed yet.
        case notServing = 3
        case lostLeadership = 4
    }
}

/// One applied entry, as watches and waiters see it.
package struct AppliedEntry: Sendable {
    package let index: LogIndex
    package let revision: Revision
    package let events: [Event]
    package let contestEvents: [ContestEvent]

    package init(
        index: LogIndex,
        revision: Revision,
        events: [Event],
        contestEvents: [ContestEvent]
    ) {
        self.index = index
        self.revision = revision
        self.events = events
        self.contestEvents = contestEvents
    }
}

/// Why a member ends itself.
package enum StopReason: Hashable, Sendable {
    /// This directory may not join: exit 78.
    case mayNotJoin(MembershipFault)
    /// The data is damaged and nobody can mend it: exit 65.
    case damaged(evidence: String)
    /// `stop` was carried out.
    case orderly
}

/// Why a directory may not join its cluster.
package enum MembershipFault: Hashable, Sendable {
    /// Empty, while its peers have a cluster that does not know this incarnation.
    case emptyBesideFormedCluster(peer: PeerAddress)
    /// Another copy of this directory has run since.
    case copiedDirectory(peer: PeerAddress)
    /// The directory belongs to another cluster.
    case otherCluster(peer: PeerAddress)
    /// The member was removed from the cluster.
    case removed
    /// The list given does not name this member.
    case notInList
}
