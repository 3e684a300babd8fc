internal import API

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

    /// Whether what was asked, and how it was answered, belongs in the file.
    func covers(_ subject: CallSubject, status: UInt16?) -> Bool {
        contains(.reads) || subject.isAudited || status == 401 || status == 403
    }

    /// Whether such a request is refused while nothing can be written down. How the member is may be
    /// asked always.
    func holdsUp(_ subject: CallSubject) -> Bool {
        contains(.required) && !subject.isHealth && covers(subject, status: nil)
    }
}
