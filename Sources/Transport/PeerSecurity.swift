internal import Replica
package import TLS

/// What links of members have to keep where they speak TLS.
package struct PeerSecurity {
    let context: TLSContext
    let pattern: MemberNamePattern

    /// - Parameters:
    ///   - context: of the role of peers.
    ///   - pattern: which name a member's certificate carries.
    package init(context: TLSContext, pattern: MemberNamePattern) {
        self.context = context
        self.pattern = pattern
    }

    /// Whether the first frame of a link tells another member's name than the certificate does. One
    /// that is no greeting tells none: the member refuses it.
    func contradiction(
        of frame: [UInt8],
        on link: Link,
        to certificate: CertificateFacts?
    ) -> LinkNotice? {
        guard let name = Self.name(in: frame, of: link) else { return nil }
        let expected = pattern.host(of: name)
        if certificate?.hosts.contains(expected) == true { return nil }
        return LinkNotice(
            place: link.place,
            reason: .otherName(
                Self.text(name),
                expected: Self.text(expected),
                hosts: (certificate?.hosts ?? []).map(Self.text)
            )
        )
    }

    private static func name(in frame: [UInt8], of link: Link) -> [UInt8]? {
        do throws(GreetingError) {
            return link.wasAccepted
                ? try Hello(decoding: frame).sender.name
                : try HelloAnswer(decoding: frame).responder.name
        } catch { return nil }
    }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}

/// Why a link was not believed, for the operator.
package struct LinkNotice: Hashable, Sendable {
    /// What was wrong.
    package enum Reason: Hashable, Sendable {
        case tls(TLSFault)
        /// The other side is connected to and ends the connection before TLS is agreed on.
        case endedEarly
        /// The other side connects and speaks no TLS.
        case plain
        /// The other side connects with TLS, and there is none here.
        case unexpectedTLS
        case otherName(String, expected: String, hosts: [String])
    }

    /// The address of the other side.
    package let place: String
    package let reason: Reason

    /// One sentence: what, why, and what to do.
    package var sentence: String {
        switch reason {
        case .tls(let fault): "the link with the member at \(place) is not secure: \(fault)"
        case .endedEarly:
            "the member at \(place) ended the connection before TLS was agreed on: it may have no "
                + "--peer-tls-cert, or not accept this member's certificate; its own log says which"
        case .plain:
            "somebody at \(place) connected to --peer-listen without TLS and was refused: if it is a "
                + "member, give it --peer-tls-cert, --peer-tls-key and --peer-tls-ca"
        case .unexpectedTLS:
            "somebody at \(place) connected to --peer-listen with TLS, and this member has none: give "
                + "it --peer-tls-cert, --peer-tls-key and --peer-tls-ca"
        case .otherName(let name, let expected, let hosts):
            "whoever is at \(place) says that it is member \(name), but its certificate does not carry "
                + "the DNS name \(expected)\(Self.list(hosts)); it was refused. 'roost certs issue member "
                + "\(name)' makes one that does"
        }
    }

    private static func list(_ hosts: [String]) -> String {
        hosts.isEmpty ? "" : " (it carries \(hosts.prefix(8).joined(separator: ", ")))"
    }
}
