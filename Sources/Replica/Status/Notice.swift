/// What an operator has to know although the member goes on; each is told once, until it changes.
package enum Notice: Hashable, Sendable {
    /// The member at that address speaks another version of the peer protocol: no link to it
    /// opens before both are of one version.
    case otherProtocol(peer: PeerAddress, version: ProtocolVersion)
    /// The member at that address would not have this one.
    case refused(peer: PeerAddress, HelloRefusal)
    /// The member at that address was asked for admission by another start of this one, beside
    /// this one, and has put it off.
    case startedTwice(peer: PeerAddress)
    /// The member at that address remembers that this one held more than its directory does.
    case voteLost(peer: PeerAddress)
}
