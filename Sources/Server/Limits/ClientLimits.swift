/// What one client may take of a member, told by its address; 0 sets no limit.
package struct ClientLimits: Hashable, Sendable {
    package static let none = ClientLimits()

    /// Connections at a time.
    package var connectionCount: UInt64 = 0
    /// Requests under way at a time: watches, and waits for locks and changes, are such too.
    package var underWayCount: UInt64 = 0
    /// Requests a second, with a second's worth at once.
    package var requestsPerSecond: UInt64 = 0
    /// Received bytes a second, with a second's worth at once.
    package var bytesPerSecond: UInt64 = 0

    package init() {}
}
