package import Consensus

/// A member without a cluster that has asked one for admission.
package struct Newcomer: Hashable, Sendable {
    /// What its directory drew at the first start.
    package let id: MemberID
    /// What it was started with.
    package let name: [UInt8]

    package init(id: MemberID, name: [UInt8]) {
        self.id = id
        self.name = name
    }
}
