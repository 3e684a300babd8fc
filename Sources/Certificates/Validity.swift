/// From when until when a certificate holds, in seconds since 1970.
package struct Validity: Hashable, Sendable {
    /// The first second.
    package let from: Int64
    /// The last second.
    package let until: Int64

    package init(from: Int64, until: Int64) {
        self.from = from
        self.until = until
    }

    /// That many days from now, 1 to 36,500; it begins five minutes ago, so that a machine whose
    /// clock is behind accepts it at once.
    package init(days: Int, now: Int64) {
        let days = Int64(min(max(days, 1), 36_500))
        from = now.subtractingReportingOverflow(300).partialValue
        until = now.addingReportingOverflow(days * 86_400).partialValue
    }

    /// 31 December 9999, 23:59:59: the last time that a certificate can name (RFC 5280, 4.1.2.5).
    static let latest: Int64 = 253_402_300_799

    var isFit: Bool { from >= 0 && from < until && until <= Self.latest }

    /// As far as another one reaches.
    func clipped(to other: Validity) throws(CertificateFault) -> Validity {
        let clipped = Validity(from: max(from, other.from), until: min(until, other.until))
        guard clipped.from < clipped.until else { throw .authorityEnded(at: other.until) }
        return clipped
    }
}
