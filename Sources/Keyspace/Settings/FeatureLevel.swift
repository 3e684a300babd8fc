internal import Bytes

/// What `apply` means to a cluster: a release that gives commands or the state a new form has a new
/// number, and nothing of it is used before every member can.
package struct FeatureLevel: Hashable, Sendable {
    /// Whether the number may rise.
    package enum Hold: UInt8, Hashable, Sendable {
        case free = 0
        /// An operator holds it where it is.
        case held = 1
    }

    /// From 1 on; it never falls.
    package internal(set) var number: UInt64 = 1
    package internal(set) var hold = Hold.free

    package init() {}

    /// The newest that this version knows.
    ///
    /// - 1: what members of peer protocol 5 know.
    /// - 2: the quota, and holding the level.
    /// - 3: who asks, and who may do what.
    /// - 4: what coordination and quotas of subtrees need.
    package static let newest: UInt64 = 4

    /// The first that knows a quota and can be held.
    package static let second: UInt64 = 2

    /// The first that knows users, roles and callers.
    package static let third: UInt64 = 3

    /// The first that knows what coordination and quotas of subtrees need.
    package static let fourth: UInt64 = 4

    /// No level comes near it.
    static let limit: UInt64 = 1 << 32

    /// The form in which a cluster of that level writes its snapshots.
    var snapshotFormat: SnapshotFormat {
        if number < Self.second { return .third }
        if number < Self.third { return .fourth }
        return number < Self.fourth ? .fifth : .sixth
    }
}

extension Command {
    /// The first level whose members know the command.
    package var featureLevel: UInt64 {
        switch self {
        case .holdFeatureLevel: FeatureLevel.second
        case .changeAccess: FeatureLevel.third
        case .changeQuota, .changeGuard, .count, .handOver, .queue, .barrier:
            FeatureLevel.fourth
        case .acquire(let acquisition): acquisition.terms == .none ? 1 : FeatureLevel.fourth
        case .changeSettings(let change): change.featureLevel
        default: 1
        }
    }
}

extension FeatureLevel {
    /// To which level the entry with those bytes raises the cluster's, if it is applied and nobody
    /// holds it; nil of any other.
    ///
    /// - Complexity: O(1)
    package static func raised(by command: [UInt8]) -> UInt64? {
        guard (3...13).contains(command.count),
            command[1] == CommandTag.raiseFeatureLevel.rawValue,
            case .raiseFeatureLevel(let number)? = (try? Request(decoding: command))?.command
        else { return nil }
        return number
    }
}

extension SettingsChange {
    /// The first level whose members know all of its settings.
    package var featureLevel: UInt64 {
        items.contains { $0.name == .quotaByteCount } ? FeatureLevel.second : 1
    }
}

extension ByteReader {
    /// Reads the level that the position of a snapshot names.
    mutating func readFeatureLevel(
        _ format: SnapshotFormat
    ) throws(DecodingError) -> FeatureLevel {
        let start = position
        var level = FeatureLevel()
        level.number = try readNumber()
        if format >= .fourth { level.hold = try readCase() }
        let isWritten = level.snapshotFormat == max(format, .third)
        guard level.number > 0, isWritten, level.number <= FeatureLevel.limit
        else { throw .invalidValue(at: start) }
        return level
    }

    /// Reads the level that an answer tells.
    mutating func readFeatureLevel() throws(DecodingError) -> FeatureLevel {
        let start = position
        var level = FeatureLevel()
        level.number = try readVarint()
        level.hold = try readCase()
        guard (1...FeatureLevel.limit).contains(level.number) else {
            throw .invalidValue(at: start)
        }
        return level
    }
}

extension Keyspace {
    /// Raises the level; one that is held, or that high already, stays as it is.
    mutating func raiseFeatureLevel(to number: UInt64) -> Outcome {
        if featureLevel.hold == .free {
            featureLevel.number = max(featureLevel.number, number)
        }
        return .featureLevel(featureLevel)
    }

    mutating func holdFeatureLevel(_ hold: FeatureLevel.Hold) -> Outcome {
        featureLevel.hold = hold
        return .featureLevel(featureLevel)
    }
}
