/// What a read of a range asks for; as general as etcd's.
package struct RangeQuery: Hashable, Sendable {
    /// What the records found are sorted by.
    package enum Field: UInt8, Hashable, Sendable {
        case key = 0
        case version = 1
        case createRevision = 2
        case modRevision = 3
        case value = 4
    }

    /// Which end of the order comes first.
    package enum Direction: UInt8, Hashable, Sendable {
        case ascending = 0
        case descending = 1
    }

    /// What is told of each record.
    package enum Content: UInt8, Hashable, Sendable {
        case records = 0
        /// The records without their values.
        case keys = 1
        /// How many there are, and no record.
        case count = 2
    }

    /// Inclusive bounds of a revision; zero is no bound.
    package struct RevisionBounds: Hashable, Sendable {
        package let min: Revision
        package let max: Revision

        /// Every revision.
        package static let none = RevisionBounds(min: .zero, max: .zero)

        package init(min: Revision, max: Revision) {
            self.min = min
            self.max = max
        }

        /// Whether the revision is within the bounds.
        func contains(_ revision: Revision) -> Bool {
            (min == .zero || revision >= min) && (max == .zero || revision <= max)
        }
    }

    package let range: KeyRange
    /// The most records that are told, the first by the order; zero is no limit.
    package let limit: UInt64
    package let field: Field
    package let direction: Direction
    package let content: Content
    /// Only records whose mod revision is within them; they do not change the count.
    package let modBounds: RevisionBounds
    /// Only records whose create revision is within them; they do not change the count.
    package let createBounds: RevisionBounds
    /// The revision that is read; zero is now.
    package let revision: Revision

    package init(
        _ range: KeyRange,
        limit: UInt64 = 0,
        field: Field = .key,
        direction: Direction = .ascending,
        content: Content = .records,
        modBounds: RevisionBounds = .none,
        createBounds: RevisionBounds = .none,
        revision: Revision = .zero
    ) {
        self.range = range
        self.limit = limit
        self.field = field
        self.direction = direction
        self.content = content
        self.modBounds = modBounds
        self.createBounds = createBounds
        self.revision = revision
    }

    /// The key's record.
    package static func key(_ key: Key) -> RangeQuery { RangeQuery(.key(key)) }

    /// Every record at or below the key, in the order of keys.
    package static func subtree(_ root: Key) -> RangeQuery { RangeQuery(.subtree(root)) }
}

/// What a read of a range found.
package struct RangeResult: Hashable, Sendable {
    /// In the order that was asked for.
    package let records: [KeyRecord]
    /// How many keys of the range have a value, whatever limit and bounds.
    package let count: UInt64
    /// Whether the limit left records out.
    package let hasMore: Bool

    package init(records: [KeyRecord], count: UInt64, hasMore: Bool) {
        self.records = records
        self.count = count
        self.hasMore = hasMore
    }

    /// Every record of a range.
    init(all records: [KeyRecord]) {
        self.init(records: records, count: UInt64(records.count), hasMore: false)
    }

    /// Whether every record of the range is there.
    var isAll: Bool { !hasMore && count == records.count }
}
