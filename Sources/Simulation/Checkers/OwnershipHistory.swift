package import Bytes

/// Who could prove to hold which lock or leadership when, and what was done with the tokens.
package struct OwnershipHistory: Sendable {
    /// Whether others may hold, too.
    package enum Mode: UInt8, Hashable, Sendable {
        case exclusive = 0
        case shared = 1
    }

    /// A grant as a member applied it, or as a client was told.
    package struct Grant: Hashable, Sendable {
        package let contest: Int
        /// The revision of the grant.
        package let token: UInt64
        package let mode: Mode
        /// 0 when the recording does not say.
        package let lease: UInt64
        /// How many may hold at a time, 0 for any number of those who share.
        package let permitCount: Int

        /// Ownership, from the revision `token` on.
        package init(
            contest: Int,
            token: UInt64,
            mode: Mode,
            lease: UInt64 = 0,
            permitCount: Int = 0
        ) {
            self.contest = contest
            self.token = token
            self.mode = mode
            self.lease = lease
            self.permitCount = permitCount
        }
    }

    /// A time in which somebody could prove that it held.
    private struct Ownership: Sendable {
        let grant: Grant
        let asked: MonotonicTime
        let from: MonotonicTime
        var until: MonotonicTime
    }

    private struct GuardedChange: Sendable {
        let contest: Int
        let token: UInt64
        let revision: UInt64
    }

    private struct Sighting: Sendable {
        let contest: Int
        /// 0 is nobody.
        let token: UInt64
        let begin: MonotonicTime
        let end: MonotonicTime
    }

    private var tenures: [Ownership] = []
    private var grants: [Grant] = []
    private var known: Set<Grant> = []
    private var guardedChanges: [GuardedChange] = []
    private var sightings: [Sighting] = []
    private var leaseEnds: [UInt64: UInt64] = [:]
    /// Whether `grants` is everything that was ever granted.
    private var knowsEveryGrant = Knowledge.partial

    private enum Knowledge: Sendable {
        case partial
        case full
    }

    /// Nobody has held anything yet.
    package init() {}

    /// How many tenures there were.
    package var count: Int { tenures.count }
    /// How many changes carried a token.
    package var guardedChangeCount: Int { guardedChanges.count }
    /// How often somebody looked who holds.
    package var sightingCount: Int { sightings.count }
    /// How many grants are known.
    package var grantCount: Int { grants.count }

    /// A member applied a grant; every member that applies it says the same.
    package mutating func applied(_ grant: Grant) {
        knowsEveryGrant = .full
        if known.insert(grant).inserted { grants.append(grant) }
    }

    /// A client was told that it holds, and can prove it until then.
    ///
    /// - Parameter asked: when it first asked under this lease.
    package mutating func begin(
        _ grant: Grant,
        asked: MonotonicTime,
        from: MonotonicTime,
        until: MonotonicTime
    ) -> Int {
        tenures.append(Ownership(grant: grant, asked: asked, from: from, until: until))
        if knowsEveryGrant == .partial, known.insert(grant).inserted { grants.append(grant) }
        return tenures.count - 1
    }

    /// The holder can prove it for longer; only said before the end that was known.
    package mutating func extend(_ tenure: Int, until time: MonotonicTime) {
        tenures[tenure].until = max(tenures[tenure].until, time)
    }

    /// The holder gives up: it claims nothing any more from here on.
    package mutating func end(_ tenure: Int, at time: MonotonicTime) {
        tenures[tenure].until = min(tenures[tenure].until, time)
    }

    /// When the proof ends, as far as is known.
    package func until(_ tenure: Int) -> MonotonicTime { tenures[tenure].until }

    /// A write guarded by that token is in history at that revision.
    package mutating func changed(contest: Int, token: UInt64, at revision: UInt64) {
        guardedChanges.append(GuardedChange(contest: contest, token: token, revision: revision))
    }

    /// Somebody asked who holds and was told, 0 for nobody.
    package mutating func saw(
        contest: Int,
        token: UInt64,
        begin: MonotonicTime,
        end: MonotonicTime
    ) {
        sightings.append(Sighting(contest: contest, token: token, begin: begin, end: end))
    }

    /// The lease was over at that revision, and all that it kept.
    package mutating func leaseEnded(_ lease: UInt64, at revision: UInt64) {
        leaseEnds[lease] = min(leaseEnds[lease] ?? revision, revision)
    }

    /// Every rule, over everything.
    ///
    /// - Complexity: O(*n* log *n*), and as much for each sighting as there are tenures around it.
    package func check() -> [Finding] {
        var findings: [Finding] = []
        for grant in grants {
            guard let end = leaseEnds[grant.lease], grant.lease != 0, grant.token > end else {
                continue
            }
            findings.append(
                .grantedWithoutLease(contest: grant.contest, token: grant.token, leaseEnd: end)
            )
        }
        let contestCount =
            1 + (tenures.map(\.grant.contest) + grants.map(\.contest)).reduce(-1, max)
        for contest in 0..<contestCount {
            let tenures = tenures.filter { $0.grant.contest == contest }
            checkExclusion(tenures, into: &findings)
            checkPermits(tenures, into: &findings)
            checkOrder(tenures, into: &findings)
            checkTokens(tenures, into: &findings)
            checkGuards(of: contest, into: &findings)
            checkSightings(of: contest, tenures: tenures, into: &findings)
        }
        return findings
    }
}

extension OwnershipHistory {
    /// Nobody proves what another's proof excludes; and of two such, the later one's token is
    /// higher.
    private func checkExclusion(_ tenures: [Ownership], into findings: inout [Finding]) {
        let inOrder = tenures.filter { $0.from < $0.until }.sorted { $0.from < $1.from }
        // Those that reach furthest, and those of the highest token.
        var (exclusive, shared): (Ownership?, Ownership?)
        var (exclusiveToken, sharedToken): (UInt64, UInt64) = (0, 0)
        for tenure in inOrder {
            let isExclusive = tenure.grant.mode == .exclusive
            for other in [exclusive, isExclusive ? shared : nil] {
                guard let other, other.grant.token != tenure.grant.token, tenure.from < other.until
                else { continue }
                findings.append(tenure.grant.holds(beside: other.grant))
            }
            let highest = isExclusive ? max(exclusiveToken, sharedToken) : exclusiveToken
            if tenure.grant.token < highest {
                findings.append(tenure.grant.did(notGrowAfter: highest))
            }
            if isExclusive {
                if tenure.until > exclusive?.until ?? tenure.from { exclusive = tenure }
                exclusiveToken = max(exclusiveToken, tenure.grant.token)
            } else {
                if tenure.until > shared?.until ?? tenure.from { shared = tenure }
                sharedToken = max(sharedToken, tenure.grant.token)
            }
        }
    }

    /// No more prove at one moment that they hold a semaphore than it has permits.
    private func checkPermits(_ tenures: [Ownership], into findings: inout [Finding]) {
        var held: [Ownership] = []
        for tenure in tenures.sorted(by: { $0.from < $1.from })
        where tenure.grant.permitCount > 0 && tenure.from < tenure.until {
            held.removeAll { $0.until <= tenure.from || $0.grant.token == tenure.grant.token }
            held.append(tenure)
            guard held.count > tenure.grant.permitCount else { continue }
            findings.append(
                .tooManyHolders(
                    contest: tenure.grant.contest,
                    token: tenure.grant.token,
                    count: held.count,
                    permits: tenure.grant.permitCount
                )
            )
        }
    }

    /// Who first asked after another was told its token gets a higher one.
    private func checkOrder(_ tenures: [Ownership], into findings: inout [Finding]) {
        let told = tenures.sorted { $0.from < $1.from }
        var highest: UInt64 = 0
        var next = 0
        for tenure in tenures.sorted(by: { $0.asked < $1.asked }) {
            while next < told.count, told[next].from < tenure.asked {
                highest = max(highest, told[next].grant.token)
                next += 1
            }
            if tenure.grant.token <= highest {
                findings.append(tenure.grant.did(notGrowAfter: highest))
            }
        }
    }

    private func checkTokens(_ tenures: [Ownership], into findings: inout [Finding]) {
        guard knowsEveryGrant == .full else { return }
        for tenure in tenures where !known.contains(tenure.grant) {
            let grant = tenure.grant
            findings.append(.tokenWithoutGrant(contest: grant.contest, token: grant.token))
        }
    }

    /// No write of an older token comes after a grant that excludes it.
    private func checkGuards(of contest: Int, into findings: inout [Finding]) {
        let inOrder = grants.filter { $0.contest == contest }.sorted { $0.token < $1.token }
        for change in guardedChanges where change.contest == contest {
            let mode = inOrder.first { $0.token == change.token }?.mode ?? .exclusive
            let newer = inOrder.first { grant in
                grant.token > change.token && (mode == .exclusive || grant.mode == .exclusive)
            }
            guard let newer, newer.token <= change.revision else { continue }
            findings.append(
                .oldTokenWrote(
                    contest: contest,
                    token: change.token,
                    at: change.revision,
                    after: newer.token
                )
            )
        }
    }

    /// Who could prove itself all the while somebody looked was seen.
    private func checkSightings(
        of contest: Int,
        tenures: [Ownership],
        into findings: inout [Finding]
    ) {
        let proven = tenures.filter { $0.grant.mode == .exclusive }.sorted { $0.from < $1.from }
        for sighting in sightings where sighting.contest == contest {
            for tenure in proven
            where tenure.from <= sighting.begin && sighting.end < tenure.until
                && tenure.grant.token != sighting.token
            {
                findings.append(
                    .wrongHolderSeen(
                        contest: contest,
                        token: sighting.token,
                        instead: tenure.grant.token
                    )
                )
            }
        }
    }
}

extension OwnershipHistory.Grant {
    fileprivate func holds(beside other: Self) -> Finding {
        .twoHolders(contest: contest, token: other.token, other: token)
    }

    fileprivate func did(notGrowAfter highest: UInt64) -> Finding {
        .tokenDidNotGrow(contest: contest, token: token, after: highest)
    }
}
