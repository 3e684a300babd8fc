import Bytes
import Consensus
import Keyspace
import Testing

@testable import Replica

@Suite("who hears what about a write (guarantees.md, What a refusal means)")
struct ProposalTests {
    private let now = MonotonicTime(rawValue: 1)

    private func id(_ term: UInt64, index: UInt64) -> EntryID {
        EntryID(term: Term(rawValue: term), index: LogIndex(rawValue: index))
    }

    private func proposal(
        _ ticket: UInt64,
        repeatability: EncodedWrite.Repeatability = .onceOnly
    ) -> WaitingProposal {
        WaitingProposal(
            ticket: Ticket(rawValue: ticket),
            write: EncodedWrite(payload: [1], growth: .grows, repeatability: repeatability)
        )
    }

    @Test("an answer belongs to term and index: another leader's entry answers nobody")
    func displaced() {
        var pending = PendingProposals()
        pending.expect(id(1, index: 5), for: Ticket(rawValue: 1))
        pending.expect(id(1, index: 6), for: Ticket(rawValue: 2))
        pending.expect(id(2, index: 5), for: Ticket(rawValue: 3))
        let due = pending.take(applied: id(2, index: 5))
        #expect(due.answered == Ticket(rawValue: 3))
        #expect(due.displaced == [Ticket(rawValue: 1), Ticket(rawValue: 2)])
        #expect(pending.count == 0)
    }

    @Test("a later term's entry ends the wait for earlier terms' entries behind it (3.5)")
    func overtaken() {
        var pending = PendingProposals()
        pending.expect(id(1, index: 5), for: Ticket(rawValue: 1))
        pending.expect(id(1, index: 9), for: Ticket(rawValue: 2))
        pending.expect(id(2, index: 7), for: Ticket(rawValue: 3))
        #expect(!pending.isDecided(by: id(1, index: 4)) && pending.isDecided(by: id(2, index: 4)))
        #expect(pending.take(applied: id(1, index: 5)).answered == Ticket(rawValue: 1))
        #expect(pending.take(applied: id(2, index: 6)).displaced.isEmpty)
        let due = pending.take(applied: id(2, index: 7))
        #expect(due.answered == Ticket(rawValue: 3))
        #expect(due.displaced == [Ticket(rawValue: 2)])
    }

    @Test("a ticket that runs out of patience: unknown once its write was sent, else not applied")
    func forgotten() {
        let leader = MemberID(rawValue: 4)
        var proposals = Proposals(numberedFrom: 100)
        for ticket in 1...3 as ClosedRange<UInt64> { proposals.wait(proposal(ticket), now: now) }
        let message = proposals.forwardWaiting(to: leader)[0]
        for ticket in 4...6 as ClosedRange<UInt64> { proposals.wait(proposal(ticket), now: now) }
        proposals.pending.expect(id(1, index: 5), for: Ticket(rawValue: 7))
        proposals.pending.expect(id(1, index: 6), for: Ticket(rawValue: 8))
        let failures: [ProposalFailure?] = [
            .unknown, nil, .notApplied(.noLeader), nil, .unknown, nil,
        ]
        for (ticket, failure) in zip([2, 2, 5, 5, 7, 9] as [UInt64], failures) {
            #expect(proposals.forget(Ticket(rawValue: ticket)) == failure)
        }
        // The others' answers still fit: they are told apart by number, not by place.
        let answer = Forwarded(first: message.first, count: 3, verdict: .proposed(id(1, index: 7)))
        let writes = proposals.take(answer, from: leader).writes
        #expect(writes.map(\.offset) == [0, 2])
        #expect(writes.map(\.proposal.ticket.rawValue) == [1, 3])
        #expect(proposals.takeWaiting().map(\.ticket.rawValue) == [4, 6])
        let due = proposals.pending.take(applied: id(1, index: 6))
        #expect(due.answered == Ticket(rawValue: 8) && due.displaced.isEmpty)
    }

    @Test("a broken link: what has a stamp goes again, anything else is unknown")
    func orphans() {
        let leader = MemberID(rawValue: 4)
        var proposals = Proposals(numberedFrom: 100)
        proposals.wait(proposal(1), now: now)
        proposals.wait(proposal(2, repeatability: .repeatable), now: now)
        let messages = proposals.forwardWaiting(to: leader)
        #expect(messages.count == 1 && messages[0].items.count == 2)
        #expect(proposals.orphan(leader) == [Ticket(rawValue: 1)])
        #expect(proposals.takeWaiting().map(\.ticket) == [Ticket(rawValue: 2)])
    }

    @Test("a leader that stands still: what has a stamp goes to the next one, its end is then open")
    func takenBack() {
        let (stopped, next) = (MemberID(rawValue: 4), MemberID(rawValue: 5))
        var proposals = Proposals(numberedFrom: 100)
        proposals.wait(proposal(1), now: now)
        proposals.wait(proposal(2, repeatability: .repeatable), now: now)
        let toStopped = proposals.forwardWaiting(to: stopped)[0]
        proposals.takeBackRepeatable(exceptFrom: stopped)
        #expect(!proposals.isWaiting)
        proposals.takeBackRepeatable(exceptFrom: next)
        #expect(proposals.forwardWaiting(to: next)[0].items.count == 1)
        let late = Forwarded(first: toStopped.first, count: 2, verdict: .proposed(id(1, index: 5)))
        let writes = proposals.take(late, from: stopped).writes
        #expect(writes.map(\.proposal.ticket) == [Ticket(rawValue: 1)])
        #expect(
            proposals.failure(of: Ticket(rawValue: 1), cause: .noLeader) == .notApplied(.noLeader)
        )
        #expect(proposals.failure(of: Ticket(rawValue: 2), cause: .noLeader) == .unknown)
    }

    @Test("a write that was sent before is never said to be not applied while it waits again")
    func exposed() {
        var proposals = Proposals(numberedFrom: 100)
        proposals.wait(proposal(1, repeatability: .repeatable), now: now)
        _ = proposals.forwardWaiting(to: MemberID(rawValue: 4))
        #expect(proposals.orphan(MemberID(rawValue: 4)).isEmpty)
        #expect(proposals.isWaiting)
        #expect(proposals.forget(Ticket(rawValue: 1)) == .unknown)
    }

    @Test("answers of two leaders do not mix; a late one of the first changes nothing")
    func lanes() {
        let (first, second) = (MemberID(rawValue: 4), MemberID(rawValue: 5))
        var proposals = Proposals(numberedFrom: 100)
        proposals.wait(proposal(1), now: now)
        let toFirst = proposals.forwardWaiting(to: first)[0]
        proposals.wait(proposal(2), now: now)
        let toSecond = proposals.forwardWaiting(to: second)[0]
        let answer = Forwarded(first: toSecond.first, count: 1, verdict: .proposed(id(2, index: 9)))
        let answered = proposals.take(answer, from: second)
        #expect(answered.writes.map(\.proposal.ticket) == [Ticket(rawValue: 2)])
        #expect(answered.passed.unknown.isEmpty)
        let late = Forwarded(first: toFirst.first, count: 1, verdict: .refused(.noLeader))
        #expect(
            proposals.take(late, from: first).writes.map(\.proposal.ticket) == [
                Ticket(rawValue: 1)
            ]
        )
        #expect(proposals.take(late, from: first).writes.isEmpty)
    }

    @Test("forgetting withdraws what waits, and says unknown of what has left")
    func forgetting() {
        var proposals = Proposals(numberedFrom: 100)
        proposals.wait(proposal(1), now: now)
        #expect(proposals.forget(Ticket(rawValue: 1)) == .notApplied(.noLeader))
        #expect(!proposals.isWaiting)
        proposals.wait(proposal(2), now: now)
        _ = proposals.forwardWaiting(to: MemberID(rawValue: 4))
        #expect(proposals.forget(Ticket(rawValue: 2)) == .unknown)
        #expect(proposals.orphan(MemberID(rawValue: 4)).isEmpty)
        proposals.pending.expect(id(1, index: 1), for: Ticket(rawValue: 3))
        #expect(proposals.forget(Ticket(rawValue: 3)) == .unknown)
        #expect(proposals.pending.take(applied: id(1, index: 1)).answered == nil)
        #expect(proposals.forget(Ticket(rawValue: 9)) == nil)
    }

    @Test("hashes: the newest comparison decides, a majority settles it")
    func verdicts() {
        let ids = (1...3).map { MemberID(rawValue: $0) }
        func report(_ index: UInt64, hash: UInt128) -> StateHashReport {
            StateHashReport(index: LogIndex(rawValue: index), hash: StateHash(rawValue: hash))
        }
        var hashes = StateHashes()
        hashes.record(report(1024, hash: 7), of: ids[0])
        #expect(hashes.verdict(for: ids[0], voters: ids) == .sound)
        hashes.record(report(1024, hash: 8), of: ids[1])
        let at = LogIndex(rawValue: 1024)
        #expect(hashes.verdict(for: ids[0], voters: ids) == .undecided(at: at))
        hashes.record(report(1024, hash: 8), of: ids[2])
        #expect(hashes.verdict(for: ids[0], voters: ids) == .differs(at: at))
        #expect(hashes.verdict(for: ids[1], voters: ids) == .sound)
        hashes.forget(ids[0])
        #expect(hashes.verdict(for: ids[0], voters: ids) == .sound)
    }
}
