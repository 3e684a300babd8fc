import TestCluster

/// One row of the table: what is done to real processes, and what must come of it.
struct FaultRow: Sendable {
    /// Where it strikes.
    enum Course: Sendable {
        /// Three members with clients; afterwards everything recorded is checked.
        case underLoad(@Sendable (Trial) throws -> Void)
        /// A cluster of its own, and checks of its own.
        case alone(@Sendable (inout Outcome, inout Chance) throws -> Void)
    }

    /// What it came to, each time that it was injected.
    struct Outcome: Sendable {
        /// How often the fault was injected.
        var count = 0
        /// Seconds until it was mended, as the row says from when.
        var recoveries: [Double] = []
        var violations: [String] = []

        mutating func expect(_ holds: Bool, what: @autoclosure () -> String) {
            if !holds { violations.append(what()) }
        }
    }

    let name: String
    /// Between which moments the recovery is measured.
    let measure: String
    /// Without these it cannot be injected here.
    var needs: [Tool] = []
    let course: Course

    /// Under load.
    init(
        _ name: String,
        measure: String,
        needs: [Tool] = [],
        _ body: @escaping @Sendable (Trial) throws -> Void
    ) {
        self.name = name
        self.measure = measure
        self.needs = needs
        course = .underLoad(body)
    }

    /// On a cluster of its own.
    init(
        alone name: String,
        measure: String,
        needs: [Tool] = [],
        _ body: @escaping @Sendable (inout Outcome, inout Chance) throws -> Void
    ) {
        self.name = name
        self.measure = measure
        self.needs = needs
        course = .alone(body)
    }
}

extension FaultRow {
    /// The whole matrix.
    static let all: [FaultRow] =
        ofProcesses + ofNetworks + ofDisks + ofDirectories + ofResources + ofClients + ofCrowds
        + ofFootprints + ofStorms
}
