/// How long this side may believe that its lease lives.
///
/// The service counts a time to live from the moment at which it carries a keepalive out, which is
/// never before the keepalive was sent. Counting from the SEND time of the last one that it
/// confirmed is therefore never too long, whatever the network did to the answer. The two clocks'
/// rates may differ by 1 %; the last tenth of the time to live is never used.
package struct LeaseValidity: Hashable, Sendable {
    /// What may be done in the name of the lease.
    package enum Standing: Hashable, Sendable {
        /// Less than three quarters of the time to live are gone.
        case proven
        /// Three quarters are gone: what runs in the lease's name is asked to end.
        case doubtful
        /// Nine tenths are gone: what still runs is killed.
        case over
    }

    package let timeToLiveNanoseconds: UInt64
    /// When the latest confirmed message, grant or keepalive, was sent.
    package private(set) var provenAt: BootTime
    /// When the hold ends by its own time, however long the lease lives; nil where it has none.
    package private(set) var holdEnd: BootTime?
    /// How far the two clocks may come apart during the hold.
    private var driftNanoseconds: UInt64 = 0

    /// - Parameter grantSentAt: when the grant's request was FIRST sent; a repeated request may
    ///   have been carried out the first time.
    package init(timeToLiveNanoseconds: UInt64, grantSentAt: BootTime) {
        self.timeToLiveNanoseconds = timeToLiveNanoseconds
        provenAt = grantSentAt
    }

    /// Counts a confirmed keepalive; one that was sent earlier than the latest known changes
    /// nothing.
    package mutating func confirm(sentAt: BootTime) { provenAt = max(provenAt, sentAt) }

    /// Bounds what may be believed by the end of a hold.
    ///
    /// - Parameter end: as the service said it in the answer to a request that was sent at `sentAt`.
    package mutating func bound(by end: BootTime, sentAt: BootTime) {
        holdEnd = end
        driftNanoseconds = end.nanoseconds(since: sentAt) / 100
    }

    /// The earlier one of what the lease and what the hold's own end leave.
    private func bounded(_ time: BootTime, reserveNanoseconds: UInt64) -> BootTime {
        guard let holdEnd else { return time }
        let (reserve, overflows) = reserveNanoseconds.addingReportingOverflow(driftNanoseconds)
        return min(time, holdEnd.earlier(byNanoseconds: overflows ? .max : reserve))
    }

    /// When three quarters of the time to live are gone, or as much is left of the hold as then of the
    /// lease.
    package var terminateAt: BootTime {
        bounded(
            provenAt.advanced(byNanoseconds: timeToLiveNanoseconds / 4 * 3),
            reserveNanoseconds: timeToLiveNanoseconds / 4
        )
    }

    /// When nine tenths of the time to live are gone, or a tenth of it is left of the hold.
    package var killAt: BootTime {
        bounded(
            provenAt.advanced(byNanoseconds: timeToLiveNanoseconds / 10 * 9),
            reserveNanoseconds: timeToLiveNanoseconds / 10
        )
    }

    /// When a guardian asks CMD to end, should roost not have done so: a little after roost's own
    /// turn, so that two processes do not ask twice.
    package var guardianAsksAt: BootTime {
        terminateAt.advanced(byNanoseconds: timeToLiveNanoseconds / 40)
    }

    /// What may be done in the name of the lease now.
    package func standing(at now: BootTime) -> Standing {
        if now >= killAt { return .over }
        return now >= terminateAt ? .doubtful : .proven
    }
}
