/// Something about a cluster that is not as it should be, and what to do about it.
package struct Ailment: Hashable, Sendable {
    /// What happened, with the figures.
    package let what: String
    /// What to do.
    package let advice: String

    package init(_ what: String, advice: String) {
        self.what = what
        self.advice = advice
    }
}

/// One thing that was looked at: what was measured, and what is wrong with it.
package struct Checkup: Sendable {
    /// In the order in which they are told: what makes others moot comes first.
    package enum Subject: String, CaseIterable, Sendable {
        case members
        case leader
        case voters
        case addresses
        case clocks
        case disks
        case probe
        case roundTrips = "round-trips"
        case lag
        case versions
        case limits
        case certificates
        case backups
    }

    package let subject: Subject
    /// One line.
    package let measured: String
    package let findings: [Ailment]

    package init(_ subject: Subject, measured: String, findings: [Ailment]) {
        self.subject = subject
        self.measured = measured
        self.findings = findings
    }
}
