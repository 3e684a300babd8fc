package import Bytes

/// One member as the replicated membership names it.
package struct Member: Hashable, Sendable {
    /// The longest name, in bytes.
    package static let nameByteCountMax = 255
    /// The longest peer address, in bytes.
    package static let addressByteCountMax = 512

    package let id: MemberID
    /// UTF-8 as configured; for people.
    package let name: [UInt8]
    /// `HOST:PORT` as configured.
    package let peerAddress: [UInt8]

    package init(id: MemberID, name: [UInt8], peerAddress: [UInt8]) {
        self.id = id
        self.name = name
        self.peerAddress = peerAddress
    }
}

/// Who belongs to the cluster and who decides (dissertation, chapter 4). In force from the moment
/// its entry is appended, on every member.
///
/// While `outgoingVoters` is not empty it is joint: an election, a commit and a read need a
/// majority of `voters` and one of `outgoingVoters`. All lists are sorted by id. A learner
/// receives the log and decides nothing; one that is also outgoing still votes until the joint
/// membership is left.
package struct Membership: Hashable, Sendable {
    /// Positions of members are bits of a 64-bit mask.
    package static let memberCountMax = 64

    /// Everyone who is a voter, an outgoing voter or a learner, and nobody else.
    package let members: [Member]
    package let voters: [MemberID]
    package let outgoingVoters: [MemberID]
    package let learners: [MemberID]
    /// Learners that are to stay so; consensus makes no difference.
    package let observers: [MemberID]

    /// The founding membership: everyone votes.
    ///
    /// - Precondition: 1...64 members with different ids.
    package init(founding members: [Member]) {
        let sorted = members.sorted { $0.id < $1.id }
        self.members = sorted
        voters = sorted.map(\.id)
        outgoingVoters = []
        learners = []
        observers = []
        if let fault { invariant(false, "founding membership: \(fault)") }
    }

    /// A membership of the members that the role lists name.
    ///
    /// - Parameter members: anyone else is left out.
    package init(
        members: [Member],
        voters: [MemberID],
        outgoingVoters: [MemberID] = [],
        learners: [MemberID] = [],
        observers: [MemberID] = []
    ) throws(MembershipFault) {
        let (voters, outgoing, learners) = (
            voters.sorted(), outgoingVoters.sorted(), learners.sorted()
        )
        self.members = members.filter {
            voters.contains($0.id) || outgoing.contains($0.id) || learners.contains($0.id)
        }.sorted { $0.id < $1.id }
        self.voters = voters
        self.outgoingVoters = outgoing
        self.learners = learners
        self.observers = observers.sorted()
        if let fault { throw fault }
    }

    /// Whether two majorities decide.
    package var isJoint: Bool { !outgoingVoters.isEmpty }

    /// Whether that member votes, in either half of a joint membership.
    package func isVoter(_ id: MemberID) -> Bool {
        voters.contains(id) || outgoingVoters.contains(id)
    }

    /// Whether that member is a majority by itself, in either half of a joint membership.
    package func isDecided(by id: MemberID) -> Bool { voters == [id] || outgoingVoters == [id] }

    /// The member of that id.
    package func member(_ id: MemberID) -> Member? { members.first { $0.id == id } }

    /// What follows a committed joint membership: the outgoing voters decide no more, and who is
    /// neither a voter nor a learner belongs to it no more.
    package var leavingJoint: Membership {
        Membership(
            unchecked: members.filter { voters.contains($0.id) || learners.contains($0.id) },
            voters: voters,
            outgoingVoters: [],
            learners: learners,
            observers: observers
        )
    }

    /// The next membership towards these roles: joint when the voters change, direct otherwise.
    ///
    /// - Parameter members: who is to be known from now on; leaving voters are kept until the
    ///   joint membership is left.
    /// - Parameter nextObservers: nil keeps those that are still learners.
    /// - Throws: when this one is joint itself or the roles contradict each other.
    package func changing(
        members next: [Member],
        voters nextVoters: [MemberID],
        learners nextLearners: [MemberID],
        observers nextObservers: [MemberID]? = nil
    ) throws(MembershipFault) -> Membership {
        guard !isJoint else { throw .alreadyJoint }
        let known = next + members.filter { old in !next.contains { $0.id == old.id } }
        return try Membership(
            members: known,
            voters: nextVoters,
            outgoingVoters: nextVoters.sorted() == voters ? [] : voters,
            learners: nextLearners,
            observers: nextObservers ?? observers.filter { nextLearners.contains($0) }
        )
    }

    /// Why `next` can't follow this membership, or nil (dissertation 4.3): voters change only
    /// through a joint membership whose outgoing half they are, and that is only ever left.
    package func fault(of next: Membership) -> MembershipFault? {
        if isJoint { return next == leavingJoint ? nil : .alreadyJoint }
        if next.isJoint { return next.outgoingVoters == voters ? nil : .outgoingVotersDiffer }
        return next.voters == voters ? nil : .votersChangeAtOnce
    }

    private init(
        unchecked members: [Member],
        voters: [MemberID],
        outgoingVoters: [MemberID],
        learners: [MemberID],
        observers: [MemberID]
    ) {
        self.members = members
        self.voters = voters
        self.outgoingVoters = outgoingVoters
        self.learners = learners
        self.observers = observers
    }

    private var fault: MembershipFault? {
        guard members.count <= Self.memberCountMax else { return .tooManyMembers(members.count) }
        guard !voters.isEmpty else { return .noVoters }
        for list in [members.map(\.id), voters, outgoingVoters, learners, observers] {
            for (left, right) in zip(list, list.dropFirst()) where left >= right {
                return .duplicate(right)
            }
        }
        for id in voters + outgoingVoters + learners where member(id) == nil {
            return .unknownMember(id)
        }
        if let both = learners.first(where: { voters.contains($0) }) { return .duplicate(both) }
        if let other = observers.first(where: { !learners.contains($0) }) {
            return .unknownMember(other)
        }
        let tooLong = members.first {
            $0.name.count > Member.nameByteCountMax
                || $0.peerAddress.count > Member.addressByteCountMax
        }
        return tooLong.map { .fieldTooLong($0.id) }
    }
}

/// Why a membership, or a step to it, is impossible.
package enum MembershipFault: Error, Hashable, Sendable {
    case noVoters
    case tooManyMembers(Int)
    /// The id stands twice in one list, or is voter and learner at once.
    case duplicate(MemberID)
    /// A role for somebody whose name and address are not given.
    case unknownMember(MemberID)
    case fieldTooLong(MemberID)
    /// The membership is joint; it can only be left.
    case alreadyJoint
    /// A joint membership whose outgoing half is not the one in force.
    case outgoingVotersDiffer
    /// The voters would change without a joint membership between.
    case votersChangeAtOnce
}

extension Membership {
    private static let voterBit: UInt8 = 1
    private static let outgoingBit: UInt8 = 2
    private static let learnerBit: UInt8 = 4
    private static let observerBit: UInt8 = 8

    /// Appends the canonical encoding: the count of members, then each in order of id as eight
    /// bytes of id, a byte of roles (1 voter, 2 outgoing voter, 4 learner, 8 one that stays so),
    /// name, peer address.
    package func encode(into output: inout [UInt8]) {
        output.append(varint: UInt64(members.count))
        for member in members {
            output.append(littleEndian: member.id.rawValue)
            output.append(roles(of: member.id))
            output.append(lengthPrefixed: member.name)
            output.append(lengthPrefixed: member.peerAddress)
        }
    }

    /// The canonical encoding.
    package var encoded: [UInt8] {
        var output: [UInt8] = []
        encode(into: &output)
        return output
    }

    /// Decodes a whole payload.
    package init(decoding bytes: [UInt8]) throws(DecodingError) {
        var reader = ByteReader(bytes)
        try self.init(from: &reader)
        try reader.expectEnd()
    }

    /// Takes one membership off the reader.
    package init(from reader: inout ByteReader) throws(DecodingError) {
        let start = reader.position
        let count = try reader.readCount(byteCountMin: 11)
        guard count <= Self.memberCountMax else {
            let limit = UInt64(Self.memberCountMax)
            throw .limitExceeded(value: UInt64(count), limit: limit, at: start)
        }
        var members: [Member] = []
        var voters: [MemberID] = []
        var outgoing: [MemberID] = []
        var learners: [MemberID] = []
        var observers: [MemberID] = []
        for _ in 0..<count {
            let id = MemberID(rawValue: try reader.readLittleEndian())
            let at = reader.position
            let roles = try reader.readByte()
            guard (1...14).contains(roles) else { throw .unknownTag(UInt64(roles), at: at) }
            if roles & Self.voterBit != 0 { voters.append(id) }
            if roles & Self.outgoingBit != 0 { outgoing.append(id) }
            if roles & Self.learnerBit != 0 { learners.append(id) }
            if roles & Self.observerBit != 0 { observers.append(id) }
            let name = try reader.readLengthPrefixed(limit: Member.nameByteCountMax)
            let address = try reader.readLengthPrefixed(limit: Member.addressByteCountMax)
            members.append(Member(id: id, name: name, peerAddress: address))
        }
        self.init(
            unchecked: members,
            voters: voters,
            outgoingVoters: outgoing,
            learners: learners,
            observers: observers
        )
        guard fault == nil else { throw .invalidValue(at: start) }
    }

    private func roles(of id: MemberID) -> UInt8 {
        (voters.contains(id) ? Self.voterBit : 0)
            | (outgoingVoters.contains(id) ? Self.outgoingBit : 0)
            | (learners.contains(id) ? Self.learnerBit : 0)
            | (observers.contains(id) ? Self.observerBit : 0)
    }
}
