/// A point on the cluster clock, in milliseconds since the cluster was formed.
///
/// Every log entry carries one, stamped by its leader; it never goes back along the log, and it is
/// no wall clock: time without a leader does not count.
public struct ClusterTime: OrderedInteger {
    /// The clock of a cluster that has not applied anything.
    public static let zero = ClusterTime(rawValue: 0)

    /// Milliseconds since formation.
    public let rawValue: UInt64

    /// A point `rawValue` milliseconds after formation.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// The point `milliseconds` later; stops at the clock's end instead of wrapping.
    public func advanced(byMilliseconds milliseconds: UInt64) -> ClusterTime {
        let (sum, overflowed) = rawValue.addingReportingOverflow(milliseconds)
        return ClusterTime(rawValue: overflowed ? .max : sum)
    }
}
