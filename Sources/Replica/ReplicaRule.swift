internal import Bytes
internal import Consensus
internal import Journal

/// What every turn leaves true of a member's state, where the parts that it joins have to agree.
enum ReplicaRule: String, Sendable {
    case oneIncarnation = "the parts of the member differ in whom it is"
    case clusterIsJoined = "a cluster is durable, and the member is not part of it"
    case nothingSaidEarly = "something was said before what was found is durable"
    case oneCompletion = "a ticket was completed twice"

    // MARK: A formed member
    case appliedIsCommitted = "an entry was applied before it was committed"
    case pendingIsUndecided = "a write waits for an entry that was passed"
    case readsAreTold = "a read waits for an entry that is applied"
    case readsAreRefused = "a read waits at a member that does not serve"
    case repairIsOne = "the store is being replaced by another snapshot than the one that comes"
    case draftIsBegun = "a snapshot is written that was not begun last"
    case earlyIsBounded = "too many requests wait for a cluster"

    // MARK: Links
    case peersDiffer = "two peers are the same member"
    case connectionsDiffer = "one connection stands in two places"
    case outboxIsOpen = "messages wait for a link that is not open"
    case redialIsBounded = "a pause before dialling is out of range"
    case contenderIsOther = "a start is contested by itself"
    case muteEnds = "the member is mute without end"
    case unidentifiedInOrder = "connections without a name are too many, or out of order"
    case unconfirmedDiffer = "one member waits twice to be confirmed"

    // MARK: Requests
    case pendingInOrder = "writes in the log are out of order"
    case waitingIsCounted = "the bytes of the writes that wait are miscounted"
    case lanesDiffer = "two lanes lead to one leader"
    case sentInOrder = "writes that were sent are out of order, or numbered from the future"
    case repeatableIsNoted = "a write that may be repeated was sent, and is not noted"
    case readsInOrder = "reads are out of order"
    case roundsDiffer = "rounds of reads are too many, or numbered alike"

    // MARK: Stores
    case samplesInOrder = "samples of the stores are too many, or out of order"
    case samplesAreOnTime = "a sample is of no entry that is compared"
    case reportersDiffer = "one member reported twice of one entry"
}

extension Replica {
    /// Ends the process when a rule is broken, where assertions are checked. Called at the end of
    /// each turn.
    func verify() { assert(brokenRule == nil, "replica: \(brokenRule?.rawValue ?? "")") }

    /// The first broken rule; nil while the state agrees with itself.
    ///
    /// - Complexity: O(*n*) in what the member holds for its clients, O(*m*²) in the peers.
    var brokenRule: ReplicaRule? {
        if case .done = opening {
        } else if !context.effects.frames.isEmpty {
            return .nothingSaidEarly
        }
        if let rule = life.brokenRule(identity: identity) ?? context.links.brokenRule {
            return rule
        }
        var tickets: Set<Ticket> = []
        for reply in context.effects.replies where !tickets.insert(reply.ticket).inserted {
            return .oneCompletion
        }
        return nil
    }
}

extension Replica.Life {
    func brokenRule(identity: Identity) -> ReplicaRule? {
        switch self {
        case .forming(let forming):
            if forming.journal.identity.member != identity.member { return .oneIncarnation }
            if forming.journal.identity.cluster != .unformed { return .clusterIsJoined }
            return forming.brokenRule
        case .formed(let formed):
            guard formed.member.id == identity.member,
                formed.member.journal.identity.member == identity.member
            else { return .oneIncarnation }
            if formed.member.journal.identity.cluster != identity.cluster {
                return .clusterIsJoined
            }
            return formed.member.brokenRule
        }
    }
}

extension FormedMember {
    /// The first broken rule of this member and of what it holds.
    var brokenRule: ReplicaRule? {
        mutating get {
            if machine.applied.index > raft.commitIndex { return .appliedIsCommitted }
            if let first = proposals.pending.first, first.index <= machine.applied.index {
                return .pendingIsUndecided
            }
            if let due = reads.nextReadable, due <= machine.applied.index { return .readsAreTold }
            if !isServing, reads.count > 0 { return .readsAreRefused }
            if case .differs(let repair) = storeIntegrity {
                if repair.snapshot != snapshots.repairing?.state.id { return .repairIsOne }
            } else if snapshots.repairing != nil {
                return .repairIsOne
            }
            if let writing = snapshots.writing, writing.id.index != snapshots.begunThrough {
                return .draftIsBegun
            }
            return proposals.brokenRule ?? reads.brokenRule ?? hashes.brokenRule
        }
    }
}
