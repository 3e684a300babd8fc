internal import Bytes
internal import Consensus

/// How a cluster comes to be: every member of the list has drawn its incarnation and said that it
/// is empty; then the one with the smallest name draws the cluster's id and tells the others.
struct Formation: Sendable {
    private let name: [UInt8]
    private let id: MemberID
    let founders: [Replica.Founder]
    let arrival: Replica.Arrival
    /// Each founder's incarnation, in the order of `founders`.
    var incarnations: [MemberID?]

    init(
        name: [UInt8],
        id: MemberID,
        founders: [Replica.Founder],
        arrival: Replica.Arrival
    ) {
        self.name = name
        self.id = id
        self.founders = founders
        self.arrival = arrival
        incarnations = founders.map { $0.name == name ? id : nil }
    }

    /// The others of the list, for the links.
    var peers: [(id: MemberID?, name: [UInt8], address: PeerAddress)] {
        founders.indices.filter { founders[$0].name != name }.map {
            (incarnations[$0], founders[$0].name, founders[$0].address)
        }
    }

    /// A member of the list answered that it is empty.
    mutating func heard(_ name: [UInt8], id: MemberID) {
        guard let founder = founders.firstIndex(where: { $0.name == name }), name != self.name
        else {
            return
        }
        incarnations[founder] = id
    }

    /// Whether the list gives this member's name to this incarnation; a newcomer need not be in it.
    var isOwnKept: Bool {
        arrival == .joining || zip(founders, incarnations).contains { $0.name == name && $1 == id }
    }

    /// The names of the other founders.
    var otherNames: [[UInt8]] { founders.map(\.name).filter { $0 != name } }

    /// Founders that have not answered that they are empty.
    var silentNames: [[UInt8]] {
        zip(founders, incarnations).compactMap { founder, incarnation in
            guard incarnation == nil else { return nil }
            return founder.name.isEmpty ? founder.address.text : founder.name
        }
    }

    /// The founding membership without its cluster id, once this member may decide it.
    var members: [Founding.Member]? {
        let smallest = founders.map(\.name).min { $0.lexicographicallyPrecedes($1) }
        guard smallest == name, arrival == .founding else { return nil }
        var members: [Founding.Member] = []
        for (founder, incarnation) in zip(founders, incarnations) {
            guard let incarnation, !members.contains(where: { $0.id == incarnation }) else {
                return nil
            }
            members.append(
                Founding.Member(id: incarnation, name: founder.name, address: founder.address)
            )
        }
        return members
    }

    /// Whether the cluster that a peer tells of is this incarnation's: as a founder, or because it
    /// was added since (the peer would not have dialled it otherwise).
    func mayJoin(_ founding: Founding) -> Bool {
        arrival == .joining || founding.members.contains { $0.id == id && $0.name == name }
    }
}
