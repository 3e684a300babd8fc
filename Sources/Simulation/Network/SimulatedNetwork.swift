internal import Bytes
internal import Replica

/// Connections as TCP makes them: in order while they live. What is lost is lost with its
/// connection; a cut holds everything back until it heals.
struct SimulatedNetwork: Sendable {
    /// One process that a connection ends at.
    struct End: Hashable, Sendable {
        let member: Int
        /// Which life of that member.
        let life: Int
        let link: LinkID
    }

    enum Parcel: Sendable {
        case frame([UInt8])
        case close
    }

    struct Connection: Sendable {
        let ends: [End]
        /// What travels towards each end.
        var parcels: [Queue] = [Queue(), Queue()]
        /// No parcel towards an end arrives before the one sent earlier.
        var arrivals: [MonotonicTime] = [MonotonicTime(rawValue: 0), MonotonicTime(rawValue: 0)]
        /// An end that was told, or told us, that the connection is over.
        var isOver: [Bool] = [false, false]
    }

    struct Queue: Sendable {
        private var parcels: [Parcel] = []
        private var head = 0

        mutating func append(_ parcel: Parcel) { parcels.append(parcel) }

        mutating func popFirst() -> Parcel? {
            guard head < parcels.count else { return nil }
            defer {
                head += 1
                if head == parcels.count {
                    parcels.removeAll()
                    head = 0
                }
            }
            return parcels[head]
        }
    }

    private(set) var connections: [Connection] = []
    /// Whether what `from` sends reaches `to`, by `from * memberCount + to`.
    private var isCut: [Bool]
    private let memberCount: Int

    init(memberCount: Int) {
        self.memberCount = memberCount
        isCut = Array(repeating: false, count: memberCount * memberCount)
    }

    func isCut(from: Int, to: Int) -> Bool { isCut[from * memberCount + to] }

    mutating func cut(from: Int, to: Int) { isCut[from * memberCount + to] = true }

    mutating func heal() { isCut = Array(repeating: false, count: isCut.count) }

    mutating func connect(_ dialler: End, _ acceptor: End) -> Int {
        connections.append(Connection(ends: [dialler, acceptor]))
        return connections.count - 1
    }

    /// The connection and side of a link of that life, newest first.
    func find(_ member: Int, _ life: Int, _ link: LinkID) -> (connection: Int, side: Int)? {
        let end = End(member: member, life: life, link: link)
        for connection in connections.indices.reversed() {
            if let side = connections[connection].ends.firstIndex(of: end) {
                return (connection, side)
            }
        }
        return nil
    }

    /// Puts the parcel on its way from `side`; gives when it may arrive.
    mutating func send(
        _ parcel: Parcel,
        on connection: Int,
        from side: Int,
        arriving time: MonotonicTime
    ) -> MonotonicTime {
        let other = 1 - side
        connections[connection].parcels[other].append(parcel)
        let arrival = max(time, connections[connection].arrivals[other])
        connections[connection].arrivals[other] = arrival
        return arrival
    }

    mutating func receive(on connection: Int, at side: Int) -> Parcel? {
        connections[connection].parcels[side].popFirst()
    }

    mutating func end(_ connection: Int, at side: Int) {
        connections[connection].isOver[side] = true
    }

    /// The connections of a life that are not over at its side.
    func open(of member: Int, _ life: Int) -> [(connection: Int, side: Int)] {
        var open: [(connection: Int, side: Int)] = []
        for (number, connection) in connections.enumerated() {
            for side in 0...1 where !connection.isOver[side] {
                let end = connection.ends[side]
                if end.member == member, end.life == life { open.append((number, side)) }
            }
        }
        return open
    }
}
