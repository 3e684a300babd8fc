internal import Replica

/// The connections of one member's life that are open on its side.
struct MemberLinks {
    typealias Link = (
        id: LinkID, connection: SimulatedConnection, side: SimulatedConnection.Side
    )

    private(set) var open: [Link] = []
    private var last: UInt64 = 0

    /// A number that no other link of the member has or had.
    mutating func makeID() -> LinkID {
        last += 1
        return LinkID(rawValue: last)
    }

    mutating func append(
        _ id: LinkID,
        on connection: SimulatedConnection,
        side: SimulatedConnection.Side
    ) {
        open.append((id, connection, side))
    }

    func find(_ id: LinkID) -> Link? { open.last { $0.id == id } }

    /// The link is no longer open; gives it if it was.
    @discardableResult
    mutating func remove(_ id: LinkID) -> Link? {
        guard let place = open.lastIndex(where: { $0.id == id }) else { return nil }
        return open.remove(at: place)
    }

    mutating func removeAll() { open = [] }
}
