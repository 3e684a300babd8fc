internal import Bytes

/// What all members share: limits that decide alike on each of them.
package struct ClusterSettings: Hashable, Sendable {
    /// The longest value, in bytes: 1 KiB to 16 MiB, by default 1 MiB.
    package internal(set) var valueByteCountMax: UInt64 = 1 << 20
    /// The most operations of one transaction, nested ones included: 1 to 10,000, by default 512.
    package internal(set) var transactionOperationCountMax: UInt64 = 512
    /// How long history is kept, in milliseconds of the cluster clock: at least 1 s, by default 7 d.
    package internal(set) var historyMilliseconds: UInt64 = 7 * 24 * 3_600_000
    /// How many revisions of history are kept: at least 1,000, by default 1,000,000.
    package internal(set) var historyRevisionCount: UInt64 = 1_000_000
    /// How many bytes of history are kept: at least 1 MiB, by default 256 MiB.
    package internal(set) var historyByteCount: UInt64 = 256 << 20
    /// What all keys and values in force may have together, in bytes, before writes that grow them
    /// are refused: 0, the default, is no bound.
    package internal(set) var quotaByteCount: UInt64 = 0
    /// Whether anybody has set them: the first start of a cluster does so where nobody has.
    package internal(set) var areSet = false

    package init() {}

    /// What every value's length is held against before anything else, in bytes: the greatest that
    /// `valueByteCountMax` may be.
    package static let valueByteCountLimit = 16 << 20

    /// The greatest that `transactionOperationCountMax` may be.
    package static let transactionOperationCountLimit = 10_000
}

/// New values for some of the settings.
package struct SettingsChange: Hashable, Sendable {
    /// A setting, by what it is called in the log. A number is never given another meaning.
    package enum Name: UInt8, Hashable, Sendable, CaseIterable {
        case valueByteCountMax = 1
        case transactionOperationCountMax = 2
        case historyMilliseconds = 3
        case historyRevisionCount = 4
        case historyByteCount = 5
        case quotaByteCount = 6

        /// The values that it may have.
        package var range: ClosedRange<UInt64> {
            switch self {
            case .valueByteCountMax: 1 << 10...UInt64(ClusterSettings.valueByteCountLimit)
            case .transactionOperationCountMax:
                1...UInt64(ClusterSettings.transactionOperationCountLimit)
            case .historyMilliseconds: 1_000...1 << 52
            case .historyRevisionCount: 1_000...1 << 52
            case .historyByteCount: 1 << 20...1 << 52
            case .quotaByteCount: 0...1 << 52
            }
        }
    }

    /// When the change is made.
    package enum Occasion: UInt8, Hashable, Sendable {
        case always = 0
        /// Only while nobody has set anything: what a cluster is first started with.
        case whileUnset = 1
    }

    /// One setting's new value.
    package struct Item: Hashable, Sendable {
        package let name: Name
        package let value: UInt64

        package init(_ name: Name, value: UInt64) {
            self.name = name
            self.value = value
        }
    }

    /// Each name once, in ascending order.
    package let items: [Item]
    /// When it is made.
    package let occasion: Occasion

    package init(_ items: [Item], occasion: Occasion) {
        self.items = items
        self.occasion = occasion
    }
}

extension ClusterSettings {
    /// The setting's value.
    package subscript(name: SettingsChange.Name) -> UInt64 {
        get { self[keyPath: name.path] }
        set { self[keyPath: name.path] = newValue }
    }

    /// The settings that are written and hashed: the quota only where there is one, so that a
    /// cluster without has the bytes and the hash from before there were any.
    var told: [SettingsChange.Name] {
        SettingsChange.Name.allCases.filter { $0 != .quotaByteCount || quotaByteCount > 0 }
    }

    /// The item that the settings are in the state's hash; nil while nobody has set any.
    var stateItem: StableHash? {
        guard areSet else { return nil }
        var item = StableHash(seed: SessionStateHashSeed.settings)
        for name in told { item.combine(self[name]) }
        return item
    }
}

extension SettingsChange.Name {
    fileprivate var path: WritableKeyPath<ClusterSettings, UInt64> {
        switch self {
        case .valueByteCountMax: \.valueByteCountMax
        case .transactionOperationCountMax: \.transactionOperationCountMax
        case .historyMilliseconds: \.historyMilliseconds
        case .historyRevisionCount: \.historyRevisionCount
        case .historyByteCount: \.historyByteCount
        case .quotaByteCount: \.quotaByteCount
        }
    }
}
