internal import Wire

/// What a member is to those who ask over HTTP in one term: the names under which it answers, the
/// pages that may ask, and what every answer says of it.
package final class HTTPSite: Sendable {
    /// Hosts answered besides IP addresses and `localhost`, in lower case; empty means every host,
    /// but none at a loopback address.
    let allowedHosts: [[UInt8]]
    /// Names that the member listens at or tells others, answered in any case; in lower case,
    /// without a dot at the end.
    let ownHosts: [[UInt8]]
    /// Origins whose pages may read and write, as browsers write them; beside the member's own.
    let allowedOrigins: [[UInt8]]
    /// Whether calls remember the trace that they belong to.
    package enum Traces: UInt8, Hashable, Sendable {
        case ignored = 0
        case kept = 1
    }

    let traces: Traces
    private let name: [UInt8]
    private let term: UInt64
    /// The header fields of every answer that stay the same through a term.
    let fields: HeaderFields

    package init(
        of member: MemberView,
        allowedHosts: [[UInt8]] = [],
        ownHosts: [[UInt8]] = [],
        allowedOrigins: [[UInt8]] = [],
        traces: Traces = .ignored
    ) {
        self.traces = traces
        self.allowedHosts = allowedHosts
        self.ownHosts = ownHosts
        self.allowedOrigins = allowedOrigins
        name = member.name
        term = member.term
        var fields = HeaderFields()
        fields.append("Roost-Term", number: member.term)
        fields.append("Roost-Member", value: member.name)
        fields.append("X-Content-Type-Options", value: "nosniff")
        // Where one page may read what another may not, a cache has to keep them apart.
        if !allowedOrigins.isEmpty { fields.append("Vary", value: "Origin") }
        self.fields = fields
    }

    /// The same for other names and pages.
    package func admitting(
        hosts: [[UInt8]],
        origins: [[UInt8]],
        member: borrowing MemberView
    ) -> HTTPSite {
        HTTPSite(
            of: copy member,
            allowedHosts: hosts,
            ownHosts: ownHosts,
            allowedOrigins: origins,
            traces: traces
        )
    }

    /// The same in the member's present term.
    package func renewed(for member: borrowing MemberView) -> HTTPSite {
        guard member.term != term else { return self }
        return HTTPSite(
            of: copy member,
            allowedHosts: allowedHosts,
            ownHosts: ownHosts,
            allowedOrigins: allowedOrigins,
            traces: traces
        )
    }
}
