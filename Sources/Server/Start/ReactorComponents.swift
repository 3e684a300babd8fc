internal import API
internal import Platform
internal import Replica
internal import Storage
internal import Transport

/// What a reactor is made of, each opened and ready.
struct ReactorComponents: ~Copyable {
    var poller: Poller
    var transport: PeerTransport
    var replica: Replica
    let disk: FileDisk
    let frontend: Frontend<ClientConversation>
    let gate: Gatekeeper
    let outsideTrust: OutsideTrust?
    let signals: SignalSource
    let listeners: [Listener]
    let view: MemberView
    let site: HTTPSite
    let ownAddresses: OwnPeerAddresses
    let absence: LeaderAbsence
    let backups: BackupPlan?
    /// Nil where nobody wants to be told.
    let supervisor: Supervisor?
    let log: OperatorLog
    let slowNanoseconds: UInt64
    /// Nil where there is nothing to be read anew.
    let reloading: ConfigurationReload?
    let tls: TLSSources
}

/// Where the other members may be told to find this one.
struct OwnPeerAddresses {
    /// What `--cluster` says.
    let listed: PeerAddress?
    /// `--peer-listen`, with the port that was taken.
    let listening: Endpoint
}
