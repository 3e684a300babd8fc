package import Bytes
package import Wire

/// What `roost top` sees at one time: the members, and who holds and waits for what.
package struct TopSample: Sendable {
    package let look: ClusterLook
    /// When it was seen, by this machine's clocks.
    package let takenAt: MonotonicTime
    package let time: PointInTime
    /// A page of the locks that are held, as `/v1/locks` lists them; empty while nobody leads.
    package let locks: [JSONValue]
    /// The same of elections.
    package let elections: [JSONValue]

    package init(
        _ look: ClusterLook,
        takenAt: MonotonicTime,
        time: PointInTime,
        locks: [JSONValue] = [],
        elections: [JSONValue] = []
    ) {
        self.look = look
        self.takenAt = takenAt
        self.time = time
        self.locks = locks
        self.elections = elections
    }
}
