import Bytes
import Testing

@testable import Consensus

@Suite("Each rule that a turn leaves true finds the state that breaks it")
struct RaftRuleTests {
    /// A state that breaks one rule, made by hand.
    struct Breach: CustomTestStringConvertible {
        let rule: RaftRule
        var start: Beginning = .leader
        let commit: @Sendable (RaftHarness) -> Void

        enum Beginning { case follower, leader }

        var testDescription: String { rule.rawValue }

        func bench() -> RaftHarness {
            let bench = RaftHarness(term: 2, log: entries([1, 2]))
            if start == .leader { bench.lead() }
            return bench
        }
    }

    @Test("a sound member breaks none", arguments: [Breach.Beginning.follower, .leader])
    func sound(start: Breach.Beginning) {
        let bench = Breach(rule: .logIsOrdered, start: start) { _ in }.bench()
        #expect(bench.raft.brokenRule == nil)
        #expect(bench.raft.brokenScanRule == nil)
    }

    @Test("a broken state is found", arguments: everyBreach)
    func found(breach: Breach) {
        let bench = breach.bench()
        breach.commit(bench)
        let found = [bench.raft.brokenRule, bench.raft.brokenScanRule]
        #expect(found.contains(breach.rule), "\(found)")
    }

    @Test("every rule has its breach")
    func complete() {
        #expect(Set(RaftRule.allCases) == Set(Self.everyBreach.map(\.rule)))
    }

    static var everyBreach: [Breach] {
        roleBreaches + leaderBreaches + logBreaches + peerBreaches + readBreaches
    }

    static var roleBreaches: [Breach] {
        [
            Breach(rule: .leaderVotedForItself) { bench in
                bench.raft.hardState = HardState(term: bench.raft.term, votedFor: nil)
            },
            Breach(rule: .ownVoteIsDurable, start: .follower) { bench in
                bench.raft.hardState = HardState(term: 3, votedFor: 1)
                var campaign = Campaign(kind: .election)
                campaign.count(.granted, at: 0)
                bench.raft.roleState = .candidate(campaign)
            },
            Breach(rule: .votesAreOfMembers, start: .follower) { bench in
                var campaign = Campaign(kind: .preVote)
                campaign.count(.refused, at: 3)
                bench.raft.roleState = .candidate(campaign)
            },
            Breach(rule: .reseedingOnlyFollows) { $0.raft.recovery = .awaitingContact },
            Breach(rule: .installingOnlyFollows) {
                $0.raft.reception = .installing(id(2, index: 9))
            },
            Breach(rule: .verifiedIsBounded, start: .follower) {
                $0.raft.roleState = .follower(FollowerState(verified: 3))
            },
            Breach(rule: .ledIsOwn) { bench in
                bench.raft.roleState = .leader(
                    Leadership(
                        firstIndex: 4,
                        clock: ClusterClock(from: .zero, now: bench.now, timing: Timing()),
                        appendedAt: bench.now,
                        heartbeatDeadline: bench.now,
                        quorumDeadline: bench.now
                    )
                )
            },
        ]
    }

    static var leaderBreaches: [Breach] {
        [
            Breach(rule: .heardLeaderIsOther, start: .follower) { bench in
                bench.raft.roleState.updateFollower { $0.leader = 2 }
            },
            Breach(rule: .heardLeaderIsOther, start: .follower) { bench in
                bench.raft.roleState.updateFollower {
                    $0.leader = 1
                    $0.heardAt = bench.now
                }
            },
            Breach(rule: .campaignsToDecide, start: .follower) { bench in
                let record = MembershipRecord(index: 0, membership: founding([2, 3]))
                bench.raft.memberships = MembershipHistory(base: record, later: [])
                bench.raft.tracker.adopt(founding([2, 3]), next: 3, now: bench.now)
                bench.raft.roleState = .candidate(Campaign(kind: .preVote))
            },
            Breach(rule: .leaderWaitsForNone) { $0.raft.election.fast = FastElection() },
            Breach(rule: .endsInOwnTerm) {
                $0.raft.hardState = HardState(term: 4, votedFor: 1)
            },
            Breach(rule: .ledTermIsOwn) {
                $0.raft.tracker.resetProgress(next: 4, term: 2, now: $0.now)
            },
            Breach(rule: .clockFollowsLog) { bench in
                let late = ClusterTime(rawValue: 1_000_000)
                let entry = Entry(id: id(3, index: 4), time: late, kind: .empty, payload: [])
                bench.raft.log.append(entry)
            },
            Breach(rule: .transferIsToVoter) { bench in
                bench.raft.roleState.updateLeader {
                    $0.transfer = Transfer(target: 1, deadline: bench.now)
                }
            },
            Breach(rule: .transferIsToVoter) { bench in
                bench.raft.roleState.updateLeader {
                    $0.transfer = Transfer(target: 9, deadline: bench.now)
                }
            },
        ]
    }

    static var logBreaches: [Breach] {
        [
            Breach(rule: .durableStateIsPast) { bench in
                let state = HardState(term: 9, votedFor: nil)
                bench.raft.durability = Durability(hardState: state, index: 3)
            },
            Breach(rule: .cutIsUnsettled) { bench in
                let old = HardState(term: 1, votedFor: nil)
                bench.raft.durability = Durability(hardState: old, index: 3)
                bench.raft.durability.truncated(after: 2, in: 2)
                let next = HardState(term: 9, votedFor: nil)
                bench.raft.durability.persisted(bench.raft.hardState, current: next)
            },
            Breach(rule: .withheldIsNotDurable) { bench in
                let next = HardState(term: 9, votedFor: nil)
                let message = Message(from: 1, to: 2, term: 9, body: .vote(.granted))
                bench.raft.outbox.send(
                    message,
                    hardState: next,
                    durability: bench.raft.durability
                )
                bench.raft.durability = Durability(hardState: next, index: 3)
            },
            Breach(rule: .logIsOrdered, start: .follower) { bench in
                bench.raft.log.snapshotTaken(id(2, index: 2), forgottenThrough: 0)
                bench.raft.log.truncate(after: 1)
            },
            Breach(rule: .windowEndsAtLast, start: .follower) { bench in
                var log = recovered(entries([1, 2]))
                log.tail = [log.tail[1], log.tail[1]]
                bench.raft.log = LogView(log)
            },
            Breach(rule: .runsCoverLog, start: .follower) { bench in
                var log = RecoveredLog.empty
                log.last = id(1, index: 0)
                bench.raft.log = LogView(log)
            },
            Breach(rule: .windowIsCounted, start: .follower) { $0.raft.log.window.byteCount = 1 },
            Breach(rule: .snapshotIsCommitted) {
                $0.raft.log.snapshotTaken(id(2, index: 2), forgottenThrough: 0)
            },
            Breach(rule: .appliedIsCommitted) { $0.raft.appliedIndex = 1 },
            Breach(rule: .durableWasWritten) { bench in
                bench.raft.log.append(entries([3], from: 4)[0])
                bench.raft.durability.persisted(id(3, index: 4))
            },
            Breach(rule: .membershipIsInLog) {
                $0.raft.memberships.append(
                    MembershipRecord(index: 4, membership: founding([1, 2, 3]))
                )
            },
            Breach(rule: .firstMembershipAlone) { bench in
                bench.raft.memberships.append(
                    MembershipRecord(index: 3, membership: founding([1, 2, 3]))
                )
                bench.raft.commitIndex = 3
            },
        ]
    }

    static var peerBreaches: [Breach] {
        [
            Breach(rule: .trackerFollowsMembership) { bench in
                bench.raft.tracker.adopt(founding([1, 2]), next: 4, now: bench.now)
            },
            Breach(rule: .nextIsAfterMatch) { bench in
                bench.raft.tracker[1].match = bench.raft.tracker[1].next
            },
            Breach(rule: .matchIsInLog) { $0.raft.tracker[1].next = 5 },
            Breach(rule: .flightIsBounded) {
                $0.raft.tracker[1].inFlight.add(last: 9, byteCount: 1)
            },
            Breach(rule: .toldIsKnown) { $0.raft.tracker[1].round = 9 },
            Breach(rule: .acknowledgedIsInLog) { $0.raft.tracker[1].acknowledged = 9 },
            Breach(rule: .acknowledgedIsInLog) {
                $0.raft.tracker[1].next = 3
                $0.raft.tracker[1].match = 2
            },
            Breach(rule: .heartbeatMatchIsPast) { $0.raft.tracker[1].matchAtHeartbeat = 1 },
            Breach(rule: .sentSnapshotIsOurs) { bench in
                bench.raft.tracker[1].sending = .snapshot(
                    SnapshotTransfer(snapshot: id(2, index: 2), nextOffset: 0, deadline: bench.now)
                )
            },
            Breach(rule: .shownTermIsPast) { $0.raft.tracker[1].shownTerm = 9 },
            Breach(rule: .heardIsPast) {
                $0.raft.tracker[1].heardAt = $0.now.advanced(byMilliseconds: 1)
            },
            Breach(rule: .heardIsPast, start: .follower) { bench in
                bench.raft.roleState.updateFollower {
                    $0.leader = 2
                    $0.heardAt = bench.now.advanced(byMilliseconds: 1)
                }
            },
        ]
    }

    static var readBreaches: [Breach] {
        [
            Breach(rule: .roundsRise) { bench in
                bench.raft.reads.open(2, at: 0)
                bench.raft.reads.open(1, at: 0)
            },
            Breach(rule: .roundsAreLed, start: .follower) { $0.raft.reads.open(1, at: 0) },
            Breach(rule: .readsAreCounted) { $0.raft.reads.count = 1 },
            Breach(rule: .questionHasDeadline, start: .follower) {
                $0.raft.reads.retryDeadline = $0.now
            },
            Breach(rule: .readsAreBounded) { bench in
                for number in 0...Limits().waitingReadCountMax {
                    bench.raft.reads.add(.own(ReadID(rawValue: UInt64(number))))
                }
            },
            Breach(rule: .roundsAreSent) { $0.raft.reads.open(999, at: 0) },
            Breach(rule: .roundsAreSent) { $0.raft.reads.open(0, at: 9) },
            Breach(rule: .questionsRise, start: .follower) { bench in
                _ = bench.raft.reads.ask(retryAt: bench.now)
                bench.raft.reads.questions += bench.raft.reads.questions
            },
            Breach(rule: .peersAskLeaders, start: .follower) {
                $0.raft.reads.add(.peer(2, ReadRequest(rawValue: 1)))
            },
        ]
    }
}
