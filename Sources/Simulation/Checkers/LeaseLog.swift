package import Bytes

/// Leases as their owners see them: while one can rely on it nothing of it is gone; after its end
/// everything is gone soon.
package struct LeaseLog: Sendable {
    fileprivate struct Lease: Sendable {
        let id: UInt64
        /// The time to live as its owner may rely on it, on the observer's clock.
        let reliableNanoseconds: UInt64
        /// The requests that granted it or kept it alive, as far as they were confirmed.
        var touches: [Touch]
        /// When the last request that may have kept it alive was over.
        var lastTouched: MonotonicTime
        /// When its owner first asked for its end.
        var givenUp: MonotonicTime?
        /// When somebody first saw that what it kept is gone.
        var gone: MonotonicTime?
        /// When the first request was sent that may have granted its id again to another; nil while
        /// there is none. What was confirmed later may be another lease's.
        var doubtfulSince: MonotonicTime?
        /// Whether anything was tied to it.
        var keeps = Keeping.nothing
    }

    /// A request that was confirmed.
    fileprivate struct Touch: Sendable {
        let sent: MonotonicTime
        let received: MonotonicTime
    }

    /// A request for a lease of a certain id.
    private struct Choice: Sendable {
        let id: UInt64
        let sent: MonotonicTime
        var end = ChoiceEnd.open
    }

    /// What came of a request for a lease of a certain id.
    package enum ChoiceEnd: Hashable, Sendable {
        /// It may be granted at any time, or was and nobody follows what becomes of it.
        case open
        /// It is one of those that are followed here.
        case granted
        /// The id was called in use, by an answer of that time.
        case refused(MonotonicTime)
        /// It certainly had no effect.
        case denied
    }

    fileprivate enum Keeping: Sendable {
        case nothing
        case something
    }

    private var leases: [Lease] = []
    private var choices: [Choice] = []

    /// Nobody has a lease yet.
    package init() {}

    /// How many leases were granted.
    package var count: Int { leases.count }

    /// How many of them were seen to end by themselves.
    package var expiryCount: Int { leases.count { $0.gone != nil && $0.givenUp == nil } }

    /// A grant was received; returns the record's number.
    ///
    /// - Parameter sent: when the request was sent: the owner counts from there.
    /// - Parameter reliableNanoseconds: the time to live less what two clocks may differ by, as the
    ///   owner's clock counts it, on the observer's clock.
    package mutating func begin(
        id: UInt64,
        reliableNanoseconds: UInt64,
        sent: MonotonicTime,
        received: MonotonicTime
    ) -> Int {
        leases.append(
            Lease(
                id: id,
                reliableNanoseconds: reliableNanoseconds,
                touches: [Touch(sent: sent, received: received)],
                lastTouched: received
            )
        )
        return leases.count - 1
    }

    /// A key is tied to it, its owner knows.
    package mutating func attached(_ lease: Int) { leases[lease].keeps = .something }

    /// A keepalive was confirmed.
    package mutating func touched(_ lease: Int, sent: MonotonicTime, received: MonotonicTime) {
        leases[lease].touches.append(Touch(sent: sent, received: received))
        leases[lease].lastTouched = max(leases[lease].lastTouched, received)
    }

    /// Another's request for the same id may have taken effect: from then on what comes of either
    /// cannot be told apart.
    package mutating func mayBeGrantedAgain(_ lease: Int, sent: MonotonicTime) {
        givenUp(lease, at: sent)
        leases[lease].doubtfulSince = min(leases[lease].doubtfulSince ?? sent, sent)
    }

    /// The same id was granted to another; returns what is wrong with that, if its owner could rely
    /// on it.
    ///
    /// - Parameter sent: when the second request was sent.
    package mutating func grantedAgain(
        _ lease: Int,
        sent: MonotonicTime,
        received: MonotonicTime
    ) -> Finding? {
        let known = leases[lease]
        mayBeGrantedAgain(lease, sent: sent)
        guard known.givenUp == nil, known.gone == nil, known.lastTouched <= sent,
            let last = known.touches.last?.sent,
            received < last.advanced(byNanoseconds: known.reliableNanoseconds)
        else { return nil }
        return .leaseGrantedTwice(lease: known.id)
    }

    /// A keepalive may have reached the cluster until then.
    package mutating func mayHaveTouched(_ lease: Int, until time: MonotonicTime) {
        leases[lease].lastTouched = max(leases[lease].lastTouched, time)
    }

    /// Its owner asked for its end, or untied or deleted what it keeps.
    package mutating func givenUp(_ lease: Int, at time: MonotonicTime) {
        leases[lease].givenUp = min(leases[lease].givenUp ?? time, time)
    }

    /// The place in a queue for which it was made ended for want of a right, as a member showed then:
    /// such a lease ends with its place. One of its owner's own never does.
    package mutating func endedWithPlace(_ lease: Int, at time: MonotonicTime) {
        givenUp(lease, at: time)
    }

    /// Somebody saw that what it kept is gone.
    package mutating func gone(_ lease: Int, at time: MonotonicTime) {
        leases[lease].gone = min(leases[lease].gone ?? time, time)
    }

    /// Somebody asks for a lease of an id of its choice; returns the request's number.
    package mutating func chosen(id: UInt64, sent: MonotonicTime) -> Int {
        choices.append(Choice(id: id, sent: sent))
        return choices.count - 1
    }

    /// What came of the request.
    package mutating func ended(choice: Int, as end: ChoiceEnd) { choices[choice].end = end }

    /// What is wrong with refusals of ids as in use, and how many of them were judged: those of ids
    /// that no request of unknown outcome may have had.
    ///
    /// - Complexity: O(refusals · leases)
    package func checkRefusals() -> (findings: [Finding], count: Int) {
        var findings: [Finding] = []
        var count = 0
        for choice in choices {
            guard case .refused(let received) = choice.end else { continue }
            let isOpen = choices.contains {
                $0.id == choice.id && $0.end == .open && $0.sent <= received
            }
            guard !isOpen else { continue }
            count += 1
            let isUsed = leases.contains { lease in
                lease.id == choice.id && (lease.touches.first.map { $0.sent <= received } ?? false)
                    && (lease.gone.map { $0 >= choice.sent } ?? true)
            }
            if !isUsed { findings.append(.freeLeaseRefused(lease: choice.id)) }
        }
        return (findings, count)
    }

    /// When the owner stops to rely on it, as far as is known.
    package func reliableUntil(_ lease: Int) -> MonotonicTime {
        let lease = leases[lease]
        let last = lease.touches.last?.sent ?? MonotonicTime(rawValue: 0)
        return last.advanced(byNanoseconds: lease.reliableNanoseconds)
    }

    /// - Parameter serving: while the cluster certainly served: what ends before it may take its
    ///   whole time to live once more, for time without a leader does not count.
    /// - Parameter graceMilliseconds: how long an end may take to be seen.
    /// - Complexity: O(touches)
    package func check(
        serving: Range<MonotonicTime>,
        graceMilliseconds: UInt64
    ) -> [Finding] {
        var findings: [Finding] = []
        for lease in leases {
            if let early = lease.earliness { findings.append(early) }
            guard lease.keeps == .something, lease.givenUp == nil else { continue }
            let last = max(lease.lastTouched, serving.lowerBound)
            let due = last.advanced(byNanoseconds: lease.reliableNanoseconds / 100 * 104)
                .advanced(byMilliseconds: graceMilliseconds)
            guard due < serving.upperBound else { continue }
            if lease.gone.map({ $0 > due }) ?? true {
                findings.append(.leaseOverstayed(lease: lease.id))
            }
        }
        return findings
    }
}

extension LeaseLog.Lease {
    /// It was gone while its owner could rely on it, or lived on after it was gone.
    fileprivate var earliness: Finding? {
        guard let gone, givenUp.map({ gone < $0 }) ?? true else { return nil }
        let own = touches.filter { touch in doubtfulSince.map { touch.received < $0 } ?? true }
        guard let last = own.last(where: { $0.sent <= gone }) else { return nil }
        let until = last.sent.advanced(byNanoseconds: reliableNanoseconds)
        if gone < until {
            return .leaseEndedEarly(lease: id, nanoseconds: until.nanoseconds(since: gone))
        }
        guard doubtfulSince == nil else { return nil }
        return touches.contains { $0.sent > gone } ? .leaseRevived(lease: id) : nil
    }
}
