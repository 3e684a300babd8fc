package import Consensus

/// A member without a cluster that has asked one for admission.
package struct Newcomer: Hashable, Sendable {
    /// What its directory drew at the first start.
    package let id: MemberID
    /// What it was started with.
    package let name: [UInt8]

    /// Where it says that peers reach it; nil where the member that was asked speaks version 5.
    package let address: PeerAddress?

    package init(id: MemberID, name: [UInt8], address: PeerAddress?) {
        self.id = id
        self.name = name
        self.address = address
    }
}
