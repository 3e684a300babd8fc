/// What the keys at and below a path may be together.
package struct SubtreeQuota: Hashable, Sendable {
    /// The most quotas of a cluster: each key is counted for all that cover it.
    package static let countMax = 1_024

    /// The greatest bound.
    package static let bound: UInt64 = 1 << 52

    /// How many keys; nil for any number. At most `bound`, as the other.
    package let keyCountMax: UInt64?
    /// How many bytes of keys and values; nil for any number.
    package let byteCountMax: UInt64?

    package init(keyCountMax: UInt64?, byteCountMax: UInt64?) {
        self.keyCountMax = keyCountMax
        self.byteCountMax = byteCountMax
    }

    /// Whether it bounds something, as far as anything may be bounded.
    var isWellFormed: Bool {
        keyCountMax ?? byteCountMax != nil
            && max(keyCountMax ?? 0, byteCountMax ?? 0) <= Self.bound
    }

    /// What a subtree of that size would have too much of if it grew so; nil where it may. What does
    /// not grow may always, also where the quota was set below what there is.
    func excess(of size: SubtreeSize, growing growth: SubtreeSize) -> Excess? {
        if growth.keyCount > 0, let most = keyCountMax,
            UInt64(size.keyCount + growth.keyCount) > most
        {
            return Excess(of: .keys, used: UInt64(size.keyCount), quota: most)
        }
        if growth.byteCount > 0, let most = byteCountMax,
            UInt64(size.byteCount + growth.byteCount) > most
        {
            return Excess(of: .bytes, used: UInt64(size.byteCount), quota: most)
        }
        return nil
    }

    /// What a quota leaves no room for.
    package struct Excess: Hashable, Sendable {
        /// What is counted.
        package enum Measure: UInt8, Hashable, Sendable {
            case keys = 0
            case bytes = 1
        }

        package let measure: Measure
        /// What there is.
        package let used: UInt64
        /// What there may be.
        package let quota: UInt64

        package init(of measure: Measure, used: UInt64, quota: UInt64) {
            self.measure = measure
            self.used = used
            self.quota = quota
        }
    }
}

/// How many keys there are and what they take, or how both change.
package struct SubtreeSize: Hashable, Sendable {
    package var keyCount: Int
    /// Of keys and values.
    package var byteCount: Int

    static let none = SubtreeSize(keyCount: 0, byteCount: 0)

    package init(keyCount: Int, byteCount: Int) {
        self.keyCount = keyCount
        self.byteCount = byteCount
    }

    static func += (left: inout SubtreeSize, right: SubtreeSize) {
        left.keyCount += right.keyCount
        left.byteCount += right.byteCount
    }

    static func - (left: SubtreeSize, right: SubtreeSize) -> SubtreeSize {
        SubtreeSize(
            keyCount: left.keyCount - right.keyCount,
            byteCount: left.byteCount - right.byteCount
        )
    }
}

/// A quota, and what there is under it.
package struct QuotaStanding: Hashable, Sendable {
    package let path: Key
    package let quota: SubtreeQuota
    package let used: SubtreeSize

    package init(path: Key, quota: SubtreeQuota, used: SubtreeSize) {
        self.path = path
        self.quota = quota
        self.used = used
    }
}

/// A change of quotas.
package enum QuotaChange: Hashable, Sendable {
    /// A path outside of the service's own records; what there is already may be more.
    case set(Key, SubtreeQuota)
    case remove(Key)

    /// Whether every member would accept it from the log.
    var isWellFormed: Bool {
        switch self {
        case .set(let path, let quota):
            path.isPath && !path.isReserved && quota.isWellFormed
        case .remove(let path): path.isPath
        }
    }
}
