internal import Bytes

/// How often a key was put since it was created, and when it was created and put last.
struct KeyLife: Hashable, Sendable {
    /// Zero after a deletion.
    var version: UInt64
    /// Unknown after a deletion, as is `modified`.
    var created: WallTime
    var modified: WallTime
}

/// The same in two words, as every key has it. More than four thousand million puts and times after
/// the year 10,889 do not fit: they are kept whole, elsewhere.
struct PackedLife: Sendable {
    private static let timeBitCount: UInt64 = 48
    private static let timeMask: UInt64 = 1 << timeBitCount - 1
    /// Stands for a life that does not fit.
    private static let elsewhere = UInt64(UInt32.max)

    /// When it was created; in the upper bits the lower half of the version.
    private let first: UInt64
    /// When it was put last; in the upper bits the upper half of the version.
    private let second: UInt64

    init(_ life: KeyLife) {
        let times = life.created.rawValue | life.modified.rawValue
        guard times <= Self.timeMask, life.version < Self.elsewhere else {
            first = ~Self.timeMask
            second = ~Self.timeMask
            return
        }
        first = life.created.rawValue | life.version << Self.timeBitCount
        second = life.modified.rawValue | (life.version >> 16) << Self.timeBitCount
    }

    /// nil for a life that does not fit.
    @inline(__always)
    var version: UInt64? {
        let version = first >> Self.timeBitCount | (second >> Self.timeBitCount) << 16
        return version == Self.elsewhere ? nil : version
    }

    /// nil for a life that does not fit.
    @inline(__always)
    var life: KeyLife? {
        guard let version else { return nil }
        return KeyLife(
            version: version,
            created: WallTime(rawValue: first & Self.timeMask),
            modified: WallTime(rawValue: second & Self.timeMask)
        )
    }
}
