/// Everything an operator may set, validated together before anything starts.
package struct Configuration: Hashable, Sendable {
    /// This member's name in `--cluster`.
    package var name = "default"
    /// `HOST:PORT` or `unix:PATH`, at least one.
    package var listen = ["127.0.0.1:2379"]
    package var peerListen = "127.0.0.1:2380"
    package var healthListen: String?
    /// Nil means `./NAME.roost`.
    package var dataDirectory: String?
    /// Names and peer addresses of the founding members; used on the first start only.
    package var cluster: [FoundingMember] = []
    /// What `/v1/cluster` shows as `client`; nil means the first address listened on.
    package var advertise: String?
    package var heartbeatMilliseconds: UInt64 = 50
    /// The lower bound of the random election timeout; the upper is twice that.
    package var electionTimeoutMilliseconds: UInt64 = 300
    /// Writes are refused while less than this is free on the disk.
    package var diskReserveByteCount: UInt64 = 256 << 20
    /// Hosts answered besides IP addresses and `localhost`; empty means every host.
    package var allowedHosts: [String] = []

    package init() {}

    /// One `NAME=HOST:PORT` of `--cluster`.
    package struct FoundingMember: Hashable, Sendable {
        package let name: String
        package let peerAddress: String

        package init(name: String, peerAddress: String) {
            self.name = name
            self.peerAddress = peerAddress
        }
    }
}
