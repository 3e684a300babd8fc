import Bytes
import Consensus

/// One member alone: the test plays its disk and all its peers.
final class RaftHarness {
    var raft: Raft
    private(set) var now: MonotonicTime
    private var unwritten: (hardState: HardState?, last: EntryID?) = (nil, nil)

    init(
        id: MemberID = 1,
        voters: [MemberID] = [1, 2, 3],
        membership: Membership? = nil,
        term: Term = 0,
        votedFor: MemberID? = nil,
        log: [Entry] = [],
        recovered recoveredLog: RecoveredLog? = nil,
        logIntegrity: LogIntegrity = .intact,
        caution: Caution = .none,
        limits: Limits = Limits(),
        seed: UInt64 = 1
    ) {
        now = .milliseconds(1_000)
        let start = Raft.Start(
            id: id,
            limits: limits,
            seed: seed,
            hardState: HardState(term: term, votedFor: votedFor),
            log: recoveredLog ?? recovered(log),
            membership: membership ?? founding(voters),
            logIntegrity: logIntegrity,
            caution: caution
        )
        raft = Raft(start, now: now)
    }

    /// Steps one input and takes what it leads to; nothing becomes durable by itself.
    @discardableResult
    func step(_ input: Raft.Input) -> Raft.Ready {
        raft.step(input, now: now)
        return take()
    }

    @discardableResult
    func take() -> Raft.Ready {
        let ready = raft.takeReady()
        if let state = ready.hardState { unwritten.hardState = state }
        if let last = ready.entries.last { unwritten.last = last.id }
        return ready
    }

    @discardableResult
    func receive(_ body: Message.Body, from peer: MemberID, term: Term) -> Raft.Ready {
        step(.received(Message(from: peer, to: raft.id, term: term, body: body)))
    }

    /// The disk finishes everything that was handed out.
    @discardableResult
    func persist() -> Raft.Ready {
        if let state = unwritten.hardState { raft.step(.hardStatePersisted(state), now: now) }
        if let last = unwritten.last { raft.step(.entriesPersisted(last), now: now) }
        unwritten = (nil, nil)
        return take()
    }

    @discardableResult
    func propose(_ texts: String...) throws -> Raft.Ready {
        _ = try raft.propose(texts.map(command), now: now)
        return take()
    }

    /// Time passes; everything that falls due meanwhile happens.
    @discardableResult
    func pass(milliseconds: UInt64) -> [Raft.Ready] {
        let end = now.advanced(byMilliseconds: milliseconds)
        var all: [Raft.Ready] = []
        while raft.nextDeadline <= end {
            now = max(now, raft.nextDeadline)
            all.append(step(.tick))
        }
        now = end
        return all
    }

    /// Time passes while the process stands still.
    func stand(milliseconds: UInt64) { now = now.advanced(byMilliseconds: milliseconds) }

    /// Makes the member lead: campaigns, persists, and lets `voters` grant everything. Its first
    /// entry is durable here and nowhere else. What it sent meanwhile is returned.
    @discardableResult
    func lead(votesOf voters: [MemberID] = [2, 3]) -> [Message] {
        now = raft.nextDeadline
        var sent = step(.tick).messages
        let term = raft.term
        let next = Term(rawValue: term.rawValue + 1)
        for voter in voters where raft.role == .preCandidate {
            let answer = Message.Body.preVoteAnswer(.granted, campaignTerm: next)
            sent += receive(answer, from: voter, term: term).messages
        }
        sent += persist().messages
        for voter in voters where raft.role == .candidate {
            sent += receive(.vote(.granted), from: voter, term: next).messages
        }
        return sent + persist().messages
    }

    /// A peer acknowledges everything through `index`.
    @discardableResult
    func acknowledge(_ index: LogIndex, from peer: MemberID) -> Raft.Ready {
        receive(
            .appendEntriesResponse(.accepted(match: index, verified: index)),
            from: peer,
            term: raft.term
        )
    }

    /// An append of the leader of `term` whose log ends with these entries.
    func append(
        _ entries: [Entry],
        after previous: EntryID,
        commit: LogIndex = 0
    ) -> Message.Body {
        .appendEntries(
            AppendEntries(
                previous: previous,
                entries: entries,
                commitIndex: commit,
                lastIndex: entries.last?.id.index ?? max(previous.index, commit)
            )
        )
    }

    func heartbeat(commit: LogIndex = 0, last: LogIndex = 0, round: ReadRound = 0) -> Message.Body {
        .heartbeat(Heartbeat(commitIndex: commit, lastIndex: max(last, commit), round: round))
    }
}

extension [Message] {
    /// What goes to one member.
    func to(_ peer: MemberID) -> [Message.Body] { filter { $0.to == peer }.map(\.body) }

    /// The appends to one member.
    func appends(to peer: MemberID) -> [AppendEntries] {
        to(peer).compactMap { if case .appendEntries(let append) = $0 { append } else { nil } }
    }
}
