internal import Keyspace
internal import Wire

// What a cluster's settings are, and how much history is kept under them.

extension JSONWriter {
    /// Every setting: bytes and counts as whole numbers, times in seconds.
    mutating func settings(_ settings: ClusterSettings, level: FeatureLevel? = nil) {
        beginObject()
        for name in SettingsChange.Name.allCases { setting(name, of: settings) }
        if let level { featureLevel(level) }
        endObject()
    }

    /// A member with what the cluster's members share of later releases.
    mutating func featureLevel(_ level: FeatureLevel) {
        name("feature_level")
        beginObject()
        member("level", number: level.number)
        member("newest", number: FeatureLevel.newest)
        name("held")
        bool(level.hold == .held)
        endObject()
    }

    private mutating func setting(_ name: SettingsChange.Name, of settings: ClusterSettings) {
        switch name.unit {
        case .bytes, .count: member(name.field, number: settings[name])
        case .milliseconds: member(name.field, milliseconds: settings[name])
        }
    }

    /// The history that is kept, and what bounds it; whichever bound is reached first counts.
    mutating func history(of keyspace: borrowing Keyspace) {
        beginObject()
        member("revisions", number: keyspace.historyRevisionCount)
        member("bytes", number: UInt64(keyspace.store.historyByteCount))
        member("age", milliseconds: keyspace.historyAgeMilliseconds)
        historyLimits(of: keyspace.settings)
        endObject()
    }

    /// A member with the bounds alone.
    mutating func historyLimits(of settings: ClusterSettings) {
        name("limits")
        beginObject()
        member("revisions", number: settings.historyRevisionCount)
        member("bytes", number: settings.historyByteCount)
        member("age", milliseconds: settings.historyMilliseconds)
        endObject()
    }
}
