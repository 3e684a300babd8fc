internal import Platform

/// A listener that other machines reach has TLS, or its operator says that it has not.
enum ListenerReach {
    /// - Parameter address: a client listener's, as it was written or as it was taken.
    static func refusal(ofClients address: some CustomStringConvertible) -> ConfigurationError {
        ConfigurationError(
            "--listen",
            reason:
                "\(address) is reached from other machines, and without TLS everybody on the way "
                + "reads and changes what is said there. Give --tls-cert and --tls-key ('roost certs "
                + "init' and 'roost certs issue member' make them), listen at 127.0.0.1 or unix:PATH, "
                + "or say --insecure if the network is guarded otherwise"
        )
    }

    /// - Parameter address: the peer listener's.
    static func refusal(ofPeers address: some CustomStringConvertible) -> ConfigurationError {
        ConfigurationError(
            "--peer-listen",
            reason: "\(address) is reached from other machines, and without TLS whoever reaches it "
                + "passes for a member. Give --peer-tls-cert, --peer-tls-key and --peer-tls-ca, or "
                + "--tls-cert, --tls-key and --tls-ca for both ('roost certs init' and 'roost certs "
                + "issue member' make them), or say --insecure if the network is guarded otherwise"
        )
    }
}

extension TLSPlan {
    /// Refuses listeners that other machines reach for sure and that have no TLS. Names are looked
    /// up later.
    func checkReach(clients: [Endpoint], peers: Endpoint) throws(ConfigurationError) {
        guard !isInsecure else { return }
        if self.clients == nil, let open = clients.first(where: \.isOpenForSure) {
            throw ListenerReach.refusal(ofClients: open)
        }
        if self.peers == nil, peers.isOpenForSure { throw ListenerReach.refusal(ofPeers: peers) }
    }
}

extension TLSSources {
    /// Refuses listeners that other machines reach and that have no TLS.
    func checkReach(
        clients: [SocketAddress],
        peers: [SocketAddress]
    ) throws(ConfigurationError) {
        if self.clients == nil, let open = clients.first(where: \.isOpen) {
            throw ListenerReach.refusal(ofClients: open.endpoint)
        }
        if self.peers == nil, let open = peers.first(where: \.isOpen) {
            throw ListenerReach.refusal(ofPeers: open.endpoint)
        }
    }
}

extension Endpoint {
    /// Whether other machines reach a listener here, as far as that is known before a name is
    /// looked up.
    var isOpenForSure: Bool {
        guard case .internet(let host, _) = self else { return false }
        if host == "*" { return true }
        guard let address = numericAddress else { return false }
        return !address.isLoopback
    }
}

extension SocketAddress {
    /// Whether other machines reach it.
    var isOpen: Bool {
        guard case .internet = endpoint else { return false }
        return !isLoopback
    }
}
