/// A byte of the log: where the next record stands or would stand.
package struct LogPosition: Hashable, Comparable, Sendable {
    /// Before the first segment.
    package static let start = LogPosition(segment: 0, offset: 0)

    package let segment: UInt64
    /// From the segment file's start.
    package let offset: Int

    package init(segment: UInt64, offset: Int) {
        self.segment = segment
        self.offset = offset
    }

    package static func < (left: LogPosition, right: LogPosition) -> Bool {
        (left.segment, left.offset) < (right.segment, right.offset)
    }
}
