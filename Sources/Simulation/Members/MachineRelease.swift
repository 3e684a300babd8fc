internal import Keyspace

/// Which release a member's machine has.
enum MachineRelease: UInt8, Hashable, Sendable {
    /// The one before.
    case previous = 0
    case present = 1
    /// The one before again: it was upgraded, and the operator has gone back.
    case takenBack = 2

    /// What a member of it knows.
    var featureLevelMax: UInt64 {
        switch self {
        case .previous, .takenBack: FeatureLevel.newest - 1
        case .present: FeatureLevel.newest
        }
    }
}
