internal import API
internal import Bytes

/// How long the member has known no leader: an absence of an election timeout is told to those who
/// follow keys, a shorter one is an election like any other.
struct LeaderAbsence {
    private let patienceMilliseconds: UInt64
    private var since: MonotonicTime?
    private var isTold = false

    init(patienceMilliseconds: UInt64) { self.patienceMilliseconds = patienceMilliseconds }

    /// When an absence that goes on is to be told; nil while there is none, or it was told.
    var deadline: MonotonicTime? {
        isTold ? nil : since?.advanced(byMilliseconds: patienceMilliseconds)
    }

    /// Takes in whether the member knows a leader now.
    mutating func look(hasLeader: Bool, now: MonotonicTime) -> MemberView.Leadership {
        guard !hasLeader else {
            since = nil
            isTold = false
            return .led
        }
        since = since ?? now
        if let deadline, deadline <= now { isTold = true }
        return isTold ? .leaderless : .led
    }
}
