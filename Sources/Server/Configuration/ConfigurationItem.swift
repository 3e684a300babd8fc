/// One setting as an operator wrote it, and where.
package struct ConfigurationItem: Hashable, Sendable {
    /// Where a setting was written; what comes first wins over what comes later.
    package enum Place: Hashable, Sendable {
        case commandLine
        /// The variable's name.
        case environment(String)
        /// A line counts from 1.
        case file(String, line: Int)
    }

    /// The flag's name, without dashes.
    package let name: String
    package let value: String
    package let place: Place

    package init(_ name: String, value: String, place: Place = .commandLine) {
        self.name = name
        self.value = value
        self.place = place
    }
}

extension ConfigurationItem.Place: CustomStringConvertible {
    package var description: String {
        switch self {
        case .commandLine: "command line"
        case .environment(let variable): variable
        case .file(let path, let line): "\(path):\(line)"
        }
    }
}

/// One setting that exists, as the command line describes it.
package struct ConfigurationName: Hashable, Sendable {
    package let name: String
    /// Whether it may be written several times in one place.
    package let isRepeatable: Bool

    package init(_ name: String, isRepeatable: Bool) {
        self.name = name
        self.isRepeatable = isRepeatable
    }

    /// The environment's name for it: `ROOST_ELECTION_TIMEOUT`.
    package var variable: String {
        "ROOST_" + name.uppercased().split(separator: "-").joined(separator: "_")
    }
}
