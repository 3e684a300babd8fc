/// What is written of what clients do.
struct AuditPolicy: OptionSet, Hashable, Sendable {
    /// Reads too, and not only writes, administration and what is denied.
    static let reads = AuditPolicy(rawValue: 1)
    /// Writes are refused while nothing can be written of them.
    static let required = AuditPolicy(rawValue: 2)

    let rawValue: UInt8

    /// - Parameter words: as `--audit` has them; nil for one that is none.
    init?(words: [String]) {
        self = []
        for word in words {
            switch word {
            case "reads": insert(.reads)
            case "required": insert(.required)
            default: return nil
            }
        }
    }

    init(rawValue: UInt8) { self.rawValue = rawValue }
}
