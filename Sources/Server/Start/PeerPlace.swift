internal import Platform
internal import Replica

/// Where the other members look for this one, held against where it listens.
struct PeerPlace {
    /// What the cluster was formed with.
    let known: Endpoint
    /// What `--cluster` says now, where it names this member.
    let listed: Endpoint?
    let listening: Endpoint

    /// What an operator has to know: the two differ, as far as can be told without asking what a name
    /// leads to. Nil when they may be the same.
    ///
    /// - Parameter member: this member's name.
    func difference(member: String) -> String? {
        if let listed, listed != known {
            return "--cluster says that member \(member) is found at \(listed), but the other "
                + "members look for it at \(known): the list counts only while a cluster is formed. "
                + "Let it be reached at \(known)"
        }
        guard !mayBeSame else { return nil }
        return "the other members look for member \(member) at \(known), but it listens at "
            + "\(listening): unless something forwards the one to the other, they do not find it. "
            + "Start it with --peer-listen \(known)"
    }

    private var mayBeSame: Bool {
        guard case .internet(_, let knownPort) = known,
            case .internet(let host, let port) = listening
        else { return known == listening }
        guard knownPort == port else { return false }
        if ["*", "0.0.0.0", "::"].contains(host) { return true }
        // A name may lead to the address, and only asking would tell.
        guard let one = known.numericAddress, let other = listening.numericAddress else {
            return true
        }
        return one.endpoint == other.endpoint
    }
}
