internal import Bytes

extension Keyspace {
    /// Chooses who leads next, and lets the leader lead for so much longer at most. When it resigns,
    /// or its time is up, the chosen one is granted in the same entry: nobody sees a vacancy.
    ///
    /// - Parameter successor: the lease of a candidate; nil is the first in turn.
    mutating func handOver(
        _ election: [UInt8],
        token: FencingToken,
        to successor: LeaseID?,
        withinMilliseconds milliseconds: UInt64,
        in context: inout ApplyContext
    ) throws(Refusal) -> Outcome {
        let contest = Contest(kind: .election, name: election)
        guard holder(of: contest, token: token, at: context.time) != nil else {
            throw .notHolder(contest, holders: holders(of: contest))
        }
        guard let turn = successorTurn(successor, in: contest, at: context.time),
            let waiter = contests[contest]?.waiters[turn]
        else { throw .noSuccessor(contest) }
        contests.choose(turn, in: contest)
        contests.bound(
            holder: token,
            in: contest,
            by: context.time.advanced(byMilliseconds: milliseconds)
        )
        return .successorChosen(lease: waiter.lease, owner: waiter.owner)
    }

    /// The turn of the candidate, or of the first whose lease lives.
    private func successorTurn(
        _ successor: LeaseID?,
        in contest: Contest,
        at time: ClusterTime
    ) -> Turn? {
        guard let successor else {
            return contests[contest]?.waiters.elements.first {
                leases.live($0.value.lease, at: time) != nil
            }?.key
        }
        guard leases.live(successor, at: time) != nil,
            case .waiting(let turn) = contests.standing(of: successor, in: contest)
        else { return nil }
        return turn
    }

    /// Whether a candidate of higher priority than the leader's, the first in turn, asks it to hand
    /// over.
    package func isAskedToHandOver(_ contest: Contest) -> Bool {
        guard let queue = contests[contest], let leader = queue.holders.first?.value,
            let first = queue.waiters.first?.value
        else { return false }
        return first.terms.preemption == .asks && first.terms.priority > leader.terms.priority
    }
}
