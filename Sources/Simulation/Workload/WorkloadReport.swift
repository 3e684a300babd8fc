/// What the clients of a run did, and what was checked of it.
package struct WorkloadReport: Hashable, Sendable {
    /// What clients did.
    package var activities = Tally<Activity>()
    /// What was checked.
    package var checks = Tally<Check>()
    /// Attempts of the linearizability search.
    package var searchStepCount = 0
    /// What no order explains, for people.
    package var counterexamples: [Counterexample] = []

    /// Nobody did anything.
    package init() {}

    /// Requests that were answered.
    package var operationCount: Int {
        Activity.allCases.reduce(0) { $0 + ($1.isOperation ? activities[$1] : 0) }
    }

    /// Adds up what several runs did.
    package mutating func add(_ other: WorkloadReport) {
        activities.add(other.activities)
        checks.add(other.checks)
        searchStepCount += other.searchStepCount
        counterexamples += other.counterexamples
    }

    /// Everything that was counted, named for people.
    package var totals: [(name: String, count: Int)] {
        Activity.allCases.map { ("client: \($0.name)", activities[$0]) }
            + Check.allCases.map { ("check: \($0.name)", checks[$0]) }
    }
}
