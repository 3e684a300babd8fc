internal import Bytes

/// Names one connection between two members; unique for the life of the process. What arrives on
/// an older link than the current one is dropped.
package struct LinkID: OrderedInteger {
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// Why a connection is no more.
package enum LinkEnd: UInt8, Hashable, Sendable {
    /// Closed, reset or refused by the other side: its process is gone or does not want us.
    case refused = 0
    /// Nothing came back in time: says nothing about the other side.
    case timedOut = 1
}
