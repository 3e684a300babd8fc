internal import Bytes

/// Names one request of this member's shell; unique for the life of the process, rising.
package struct Ticket: OrderedInteger {
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }
}
