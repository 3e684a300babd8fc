internal import API
internal import Platform
internal import TLS
internal import Transport

/// What TLS shows and trusts for one kind of connection, read again when its files change. A
/// connection keeps what it began with.
final class TLSSource {
    /// What looking came to.
    enum Look {
        case same
        case renewed
        /// What was in force stays.
        case failed(ConfigurationError)
    }

    let files: TLSFiles
    private let make: (TLSFiles) throws(ConfigurationError) -> TLSContext
    private(set) var context: TLSContext
    /// Of the files whose content was taken, or refused, last.
    private var known: [FileStamp?]
    /// Of the files when last looked at.
    private var seen: [FileStamp?]

    /// - Parameter make: a context of the files, if they are good.
    init(
        _ files: TLSFiles,
        make: @escaping (TLSFiles) throws(ConfigurationError) -> TLSContext
    ) throws(ConfigurationError) {
        self.files = files
        self.make = make
        // Before the reading: what is written meanwhile is seen as a change.
        known = files.stamps
        seen = known
        context = try make(files)
    }

    /// Looks whether files have changed. They are read when they have not for one look: a
    /// certificate and its key are two files.
    func look() -> Look {
        let stamps = files.stamps
        defer { seen = stamps }
        guard stamps != known, stamps == seen else { return .same }
        return renew(stamps)
    }

    /// Reads the files, whether they have changed or not.
    func renew() -> Look { renew(files.stamps) }

    private func renew(_ stamps: [FileStamp?]) -> Look {
        known = stamps
        seen = stamps
        guard files.areRegular || stamps.contains(nil) else { return .same }
        do throws(ConfigurationError) {
            context = try make(files)
            return .renewed
        } catch { return .failed(error) }
    }
}

/// The sources of a member's TLS.
struct TLSSources {
    let clients: TLSSource?
    let user: CertificateUser
    let peers: TLSSource?
    private let peerRules: PeerRules?

    /// Reads all files that the plan names.
    ///
    /// - Parameters:
    ///   - member: this member's name.
    ///   - company: whether there are other members, or may be.
    init(
        _ plan: TLSPlan,
        member: [UInt8],
        company: Company
    ) throws(ConfigurationError) {
        user = plan.clients?.user ?? .commonName
        clients =
            if let clients = plan.clients {
                try TLSSource(clients.files) { files throws(ConfigurationError) in
                    try files.context(.listener(clients.certificates))
                }
            } else {
                nil
            }
        guard let peers = plan.peers else {
            self.peers = nil
            peerRules = nil
            return
        }
        let rules = PeerRules(member: member, pattern: peers.pattern)
        do throws(ConfigurationError) {
            self.peers = try TLSSource(peers.files) { files throws(ConfigurationError) in
                let context = try files.context(.peer)
                _ = try rules.pattern(of: context.certificate, in: files)
                return context
            }
            peerRules = rules
        } catch {
            // Files that are the clients' do not have to do for members where there are none.
            guard peers.origin == .clients, peers.pattern == nil, company == .none else {
                throw error
            }
            self.peers = nil
            peerRules = nil
        }
    }

    /// Under what terms a client listener speaks TLS; nil where it does not. A Unix socket is
    /// guarded by the file system, and one for health calls has nothing to hide: it takes both.
    func security(of listener: ListenerKind) -> ChannelSecurity? {
        guard let clients, listener.reach != .file else { return nil }
        return ChannelSecurity(
            context: clients.context,
            plainText: listener.calls == .health ? .taken : .refused
        )
    }

    /// Whether there are other members, or may be.
    enum Company: Hashable {
        /// It is alone, and only its own machine reaches the peer listener.
        case none
        case others
    }

    /// What the links of members have to keep; nil where they are plain.
    var peerSecurity: PeerSecurity? {
        guard let peers, let peerRules else { return nil }
        do throws(ConfigurationError) {
            let pattern = try peerRules.pattern(of: peers.context.certificate, in: peers.files)
            return PeerSecurity(context: peers.context, pattern: pattern)
        } catch { return nil }
    }
}

/// Who may be a member, by certificates.
private struct PeerRules {
    let member: [UInt8]
    let pattern: MemberNamePattern?

    /// The names of members' certificates; the own one has to keep to it.
    func pattern(
        of certificate: CertificateFacts?,
        in files: TLSFiles
    ) throws(ConfigurationError) -> MemberNamePattern {
        let hosts = certificate?.hosts ?? []
        let name = String(decoding: member, as: UTF8.self)
        let file = files.certificate
        if let pattern {
            let host = pattern.host(of: member)
            guard hosts.contains(host) else {
                let text = String(decoding: host, as: UTF8.self)
                throw ConfigurationError(
                    "--peer-name",
                    reason:
                        "the certificate \(file.path) does not carry the DNS name \(text), which "
                        + "the other members will ask of member \(name)"
                )
            }
            return pattern
        }
        guard let pattern = MemberNamePattern(cluster: hosts, of: member) else {
            throw ConfigurationError(
                file.flag,
                reason:
                    "\(file.path) is not the certificate of member \(name): it carries no DNS name "
                    + "\(name).CLUSTER.roost. 'roost certs issue member \(name)' makes one; for "
                    + "certificates of another authority say --peer-name"
            )
        }
        return pattern
    }
}
