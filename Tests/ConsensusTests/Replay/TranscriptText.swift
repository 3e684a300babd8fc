import Bytes
import Consensus

// How a transcript writes what members say, write and become. Everything that a message carries is
// in its line, so that no field of the protocol can change unseen; only the bytes of a snapshot,
// and the names and addresses of members, are left out.

extension MemberID {
    /// n1, n2, ...
    var label: String { "n\(rawValue)" }
}

extension [MemberID] {
    var label: String { map(\.label).joined(separator: " ") }
}

extension EntryID {
    /// Index and term: 10@6 is entry 10, of term 6.
    var label: String { "\(index.rawValue)@\(term.rawValue)" }
}

extension Membership {
    /// Voters; two sets of them while it is joint.
    var label: String {
        (isJoint ? "\(outgoingVoters.label) and \(voters.label)" : voters.label)
            + (learners.isEmpty ? "" : ", learners \(learners.label)")
    }
}

extension Entry {
    var label: String {
        let moment = time > .zero ? " at \(time.rawValue)ms" : ""
        return "\(id.label)\(content)\(moment)"
    }

    private var content: String {
        switch kind {
        case .empty: " empty"
        case .command where payload.isEmpty: ""
        case .command: " \(String(decoding: payload, as: UTF8.self))"
        case .membership:
            " members (\((try? Membership(decoding: payload))?.label ?? "unreadable"))"
        }
    }
}

extension [Entry] {
    var label: String { isEmpty ? "nothing" : map(\.label).joined(separator: ", ") }
}

extension SimulatedDisk.Write {
    var label: String {
        var parts: [String] = []
        if let state = hardState {
            let vote = state.votedFor.map { "vote for \($0.label)" } ?? "no vote"
            parts.append("term \(state.term.rawValue), \(vote)")
        }
        if let cut { parts.append("cut after \(cut.rawValue)") }
        if !entries.isEmpty { parts.append("append \(entries.label)") }
        return parts.joined(separator: "; ")
    }
}

extension Raft.LeadershipChange {
    var label: String {
        switch (role, leader) {
        case (.leader, _): "leads term \(term.rawValue)"
        case (.candidate, _): "is a candidate in term \(term.rawValue)"
        case (.preCandidate, _): "asks for pre-votes in term \(term.rawValue)"
        case (.follower, let leader?): "follows \(leader.label) in term \(term.rawValue)"
        case (.follower, nil): "is a follower in term \(term.rawValue), without a leader"
        }
    }
}

extension ProposalRefusal {
    var label: String {
        switch self {
        case .notLeader(let leader?): "\(leader.label) leads"
        case .notLeader(nil): "nobody is known to lead"
        case .transferring(let target): "leadership goes to \(target.label)"
        case .tooManyInFlight: "too much is in flight"
        case .tooLarge: "too large"
        case .membership(.uncommitted(let index)):
            "entry \(index.rawValue) is not committed"
        case .membership(.noEntryOfOwnTerm): "no entry of the leader's own term is committed"
        case .membership: "these members can't follow"
        }
    }
}

extension Message {
    /// - Parameter question: the number of a read request in this transcript.
    func label(question: (ReadRequest) -> Int) -> String {
        "\(from.label) -> \(to.label): term \(term.rawValue), \(body.label(question: question))"
    }
}

extension Message.Body {
    fileprivate func label(question: (ReadRequest) -> Int) -> String {
        switch self {
        case .preVote(let last): "PreVote, last entry \(last.label)"
        case .preVoteAnswer(let vote, let term):
            "PreVote \(vote.label) for term \(term.rawValue)"
        case .requestVote(let last, .timeout): "RequestVote, last entry \(last.label)"
        case .requestVote(let last, .transfer):
            "RequestVote by transfer, last entry \(last.label)"
        case .vote(let vote): "RequestVote \(vote.label)"
        case .appendEntries(let append): append.label
        case .appendEntriesResponse(.accepted(let match, let verified)):
            "AppendEntries accepted, durable \(match.rawValue), matching \(verified.rawValue)"
        case .appendEntriesResponse(.refused(let previous, let hint)):
            "AppendEntries refused, no such entry \(previous.rawValue), perhaps \(hint.label)"
        case .heartbeat(let beat):
            "Heartbeat \(beat.round.rawValue), committed \(beat.commitIndex.rawValue),"
                + " log ends at \(beat.lastIndex.rawValue)"
        case .heartbeatResponse(let round): "Heartbeat \(round.rawValue) answered"
        case .commit(let index): "Commit \(index.rawValue)"
        case .termIsStale: "your term is over"
        case .installSnapshot(let chunk):
            "InstallSnapshot \(chunk.snapshot.label), bytes \(chunk.offset) to"
                + " \(chunk.offset + UInt64(chunk.bytes.count)) of \(chunk.totalByteCount)"
        case .installSnapshotResponse(let offset):
            "InstallSnapshot \(offset.snapshot.label), \(offset.nextOffset) bytes are here"
        case .timeoutNow: "TimeoutNow"
        case .readIndex(let request): "ReadIndex, question \(question(request))"
        case .readIndexAnswer(let request, let index):
            "ReadIndex, answer \(question(request)): index \(index.rawValue)"
        }
    }
}

extension Message.Vote {
    fileprivate var label: String { self == .granted ? "granted" : "refused" }
}

extension AppendEntries {
    fileprivate var label: String {
        let end = entries.last?.id.index ?? previous.index
        return "AppendEntries after \(previous.label): \(entries.label);"
            + " committed \(commitIndex.rawValue)"
            + (lastIndex == end ? "" : ", log ends at \(lastIndex.rawValue)")
    }
}
