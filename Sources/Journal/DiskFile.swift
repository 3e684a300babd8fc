package import Consensus

/// A file of the data directory, named by what it is and never by a path.
package enum DiskFile: Hashable, Sendable {
    /// Who this member is, and of which cluster.
    case identity
    /// Written in full beside `identity` and renamed over it.
    case identityDraft
    /// Term and vote.
    case hardState
    /// How far the log was known to be durable.
    case bound
    /// One segment of the log, numbered from 1.
    case segment(UInt64)
    /// A complete snapshot of everything up to an entry.
    case snapshot(EntryID)
    /// The same while it is being written or received.
    case snapshotDraft(EntryID)
}

extension DiskFile {
    /// Whether it is a part of the log or of what stands for it.
    var isOfLog: Bool {
        switch self {
        case .segment, .snapshot: true
        default: false
        }
    }

    /// Whether it is only on its way to another name.
    var isDraft: Bool {
        switch self {
        case .snapshotDraft, .identityDraft: true
        default: false
        }
    }

    /// The number of a segment.
    var segment: UInt64? {
        if case .segment(let number) = self { number } else { nil }
    }
}

extension DiskFile {
    /// The file's path below the data directory, as Docs/Formats names it.
    package var name: String {
        switch self {
        case .identity: "identity"
        case .identityDraft: "identity.part"
        case .hardState: "hardstate"
        case .bound: "bound"
        case .segment(let number): "wal/\(Self.padded(number)).segment"
        case .snapshot(let id): "snapshot-\(id.term.rawValue)-\(id.index.rawValue)"
        case .snapshotDraft(let id): "snapshot-\(id.term.rawValue)-\(id.index.rawValue).part"
        }
    }

    /// The file of that name; nil for a name that is not one of ours to the letter.
    package init?(name: String) {
        guard let file = Self.parse(name), file.name == name else { return nil }
        self = file
    }

    /// Whether a file that begins with these bytes may be what its name says, finished or only begun,
    /// and not somebody else's of the same name.
    ///
    /// - Parameter bytes: the first `headByteCount`, fewer only of a shorter file.
    package func mayHold(_ bytes: [UInt8]) -> Bool {
        switch self {
        case .identity, .identityDraft: Slots.mayBeOurs(bytes, magic: Identity.magic)
        case .hardState: Slots.mayBeOurs(bytes, magic: StoredHardState.magic)
        case .bound: Slots.mayBeOurs(bytes, magic: StoredBound.magic)
        case .segment, .snapshot, .snapshotDraft: true
        }
    }

    /// What `mayHold` looks at, in bytes.
    package static let headByteCount = Slots.fileByteCount

    /// No log comes so far, so adding one to a segment's number can't overflow.
    static let segmentMax: UInt64 = 1 << 62

    private static func parse(_ name: String) -> DiskFile? {
        switch name {
        case "identity": return .identity
        case "identity.part": return .identityDraft
        case "hardstate": return .hardState
        case "bound": return .bound
        default: break
        }
        if name.hasPrefix("wal/"), name.hasSuffix(".segment") {
            guard let number = UInt64(name.dropFirst(4).dropLast(8)), number <= segmentMax else {
                return nil
            }
            return .segment(number)
        }
        guard name.hasPrefix("snapshot-") else { return nil }
        let isDraft = name.hasSuffix(".part")
        let numbers = name.dropFirst(9).dropLast(isDraft ? 5 : 0).split(separator: "-")
        guard numbers.count == 2, let term = UInt64(numbers[0]), let index = UInt64(numbers[1])
        else { return nil }
        let id = EntryID(term: Term(rawValue: term), index: LogIndex(rawValue: index))
        return isDraft ? .snapshotDraft(id) : .snapshot(id)
    }

    /// Ten digits, so that a listing shows segments in order; more when they are needed.
    private static func padded(_ number: UInt64) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 10 - digits.count)) + digits
    }
}
