internal import Platform
internal import TLS
internal import Wire

/// When the certificates that a member shows end.
extension Reactor {
    /// One sample a file; none where the member shows no certificate.
    func appendCertificates(to page: inout MetricsPage) {
        let now = Clock.wallSeconds()
        var samples: [(labels: [MetricsPage.Label], value: UInt64)] = []
        var files: Set<String> = []
        for source in [tls.clients, tls.peers].compactMap({ $0 }) {
            let path = source.files.certificate.path
            guard let end = source.context.certificate?.endsAtUnixSeconds,
                files.insert(path).inserted
            else { continue }
            let left = UInt64(max(0, end.subtractingReportingOverflow(now).partialValue))
            samples.append((MetricsPage.labels("file", value: Array(path.utf8)), left))
        }
        guard !samples.isEmpty else { return }
        page.gauges(
            "roost_certificate_expiry_seconds",
            help: "Until the certificate ends; 0 once it has.",
            of: samples
        )
    }
}
