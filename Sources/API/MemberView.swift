/// What the exchanges of every dialect are told of the member that carries them; the shell keeps one
/// and renews it when a turn changes it.
package struct MemberView: Sendable {
    /// Whether somebody leads as far as the member knows.
    package enum Leadership: UInt8, Sendable {
        case led = 0
        /// There has been no leader for an election timeout.
        case leaderless = 1
    }

    /// As configured.
    package let name: [UInt8]
    /// As configured, for those who are to join: it guards against mistakes and is no secret. Empty
    /// where there is none.
    package var clusterToken: [UInt8] = []
    /// Raft's term; 0 before the cluster is formed.
    package var term: UInt64
    package var leadership = Leadership.led
    /// The wall clock, in Unix seconds: tokens are valid by it.
    package var unixSeconds: UInt64 = 0

    package init(name: [UInt8], term: UInt64) {
        self.name = name
        self.term = term
    }
}
