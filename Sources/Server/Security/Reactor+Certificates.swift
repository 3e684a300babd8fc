internal import Platform
internal import TLS
internal import Transport
internal import Wire

/// Certificates that change while the member runs. Connections that run keep theirs, as long as the
/// other side's is believed.
extension Reactor {
    /// A certificate that ends within so many seconds is told of once a day: two weeks.
    private static let noticeSeconds: Int64 = 14 * 86_400

    /// Tells who was refused, looks whether files have changed, and which certificates end soon; once a second.
    func lookAtCertificates() {
        tellRefusals()
        if let clients = tls.clients { take(clients.look(), of: clients, for: "clients") }
        if let peers = tls.peers { take(peers.look(), of: peers, for: "peers") }
        dropDistrusted(clients: nil, peers: nil)
        let day = Clock.wallSeconds() / 86_400
        guard day != certificateDay else { return }
        certificateDay = day
        tellEnds()
    }

    /// Reads the files anew, whether they have changed or not.
    func renewCertificates() {
        if let clients = tls.clients { take(clients.renew(), of: clients, for: "clients") }
        if let peers = tls.peers { take(peers.renew(), of: peers, for: "peers") }
    }

    private func take(_ look: TLSSource.Look, of source: TLSSource, for whom: String) {
        switch look {
        case .same: return
        case .renewed:
            transport.security = tls.peerSecurity
            dropDistrusted(
                clients: source === tls.clients ? source.context : nil,
                peers: source === tls.peers ? source.context : nil
            )
            let path = source.files.certificate.path
            say(
                .notice,
                name: "certificates",
                line: "certificates read anew member=\(memberName) for=\(whom) file=\(path)"
                    + (Self.end(of: source).map { " until=\($0)" } ?? "")
            )
            tellEnds()
        case .failed(let error):
            say(
                .error,
                name: "certificates-not-read",
                line:
                    "roost: the certificates for \(whom) were not read anew, those before stay in "
                    + "force: \(error)"
            )
        }
    }

    /// Ends what goes on with certificates that are over or, where trust has changed, are not believed
    /// any more: who is shut out does not choose when.
    private func dropDistrusted(clients: TLSContext?, peers: TLSContext?) {
        let now = Clock.wallSeconds()
        if tls.clients != nil {
            frontend.dropDistrusted(under: clients, at: now, in: context())
        }
        if tls.peers != nil { transport.endDistrusted(under: peers, at: now, into: &inputs) }
    }

    private func tellEnds() {
        let now = Clock.wallSeconds()
        for source in [tls.clients, tls.peers].compactMap({ $0 }) {
            guard let end = source.context.certificate?.endsAtUnixSeconds,
                end - now < Self.noticeSeconds, let text = Self.end(of: source)
            else { continue }
            let verb = end < now ? "ended" : "ends"
            say(
                .warning,
                name: "certificate-ends",
                line: "roost: warning: the certificate \(source.files.certificate.path) \(verb) at "
                    + "\(text): replace the file, which is read anew at once"
            )
        }
    }

    private static func end(of source: TLSSource) -> String? {
        guard let end = source.context.certificate?.endsAtUnixSeconds else { return nil }
        let (milliseconds, overflowed) = UInt64(max(0, end)).multipliedReportingOverflow(by: 1000)
        guard !overflowed else { return nil }
        var text: [UInt8] = []
        text.append(unixMilliseconds: milliseconds)
        return String(decoding: text, as: UTF8.self)
    }

    /// Tells why connections were not believed.
    private func tellRefusals() {
        for notice in transport.takeNotices() {
            say(.warning, name: "peer-not-secure", line: "roost: \(notice.sentence)")
        }
        guard !frontend.tlsFaults.isEmpty else { return }
        for fault in frontend.tlsFaults {
            say(
                .notice,
                name: "client-not-secure",
                line: "roost: a client's connection was refused: \(fault)"
            )
        }
        frontend.tlsFaults = []
    }
}
