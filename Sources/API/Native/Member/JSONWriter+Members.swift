internal import Bytes
internal import Keyspace
internal import Replica
internal import Wire

// The members of a cluster, and the changes that are under way.

extension JSONWriter {
    /// The answer of `GET /v1/members`.
    init(_ roster: MemberRoster, leader: UInt64?) {
        self.init()
        beginObject()
        name("members")
        beginArray()
        for row in roster.rows { member(row) }
        endArray()
        name("changes")
        beginArray()
        for order in roster.orders { change(order) }
        endArray()
        name("leader")
        if let leader { string(Hexadecimal.encode(leader)) } else { null() }
        endObject()
    }

    private mutating func member(_ row: MemberReport.Row) {
        beginObject()
        member("id", string: Hexadecimal.encode(row.id))
        text("name", bytes: row.name)
        text("peer", bytes: row.peerAddress)
        text("client", bytes: row.clientAddress)
        member("kind", string: row.suffrage.name)
        member("role", string: row.role.name)
        text("version", bytes: row.version)
        member("healthy", bool: row.health == .heard)
        optional("match_index", number: row.matchIndex)
        optional("lag_entries", number: row.lag?.entryCount)
        optional("lag", milliseconds: row.lag?.milliseconds)
        optional("last_contact", milliseconds: row.silenceMilliseconds)
        snapshot(row.transfer)
        endObject()
    }

    private mutating func snapshot(_ transfer: ClusterMember.Transfer?) {
        name("snapshot")
        guard let transfer else { return null() }
        beginObject()
        member("sent_bytes", number: transfer.sentByteCount)
        member("bytes", number: transfer.byteCount)
        endObject()
    }

    private mutating func optional(_ name: StaticString, number: UInt64?) {
        self.name(name)
        if let number { self.number(number) } else { null() }
    }

    private mutating func optional(_ name: StaticString, milliseconds: UInt64?) {
        if let milliseconds {
            member(name, milliseconds: milliseconds)
        } else {
            self.name(name)
            null()
        }
    }

    /// One order, as it stands.
    mutating func change(_ order: MemberOrder) {
        beginObject()
        member("number", number: order.number)
        member("change", string: order.aim.name)
        if let subject = order.subject { member("member", string: Hexadecimal.encode(subject)) }
        if let place = order.place {
            text("name", bytes: place.name)
            text("peer", bytes: place.peerAddress)
            name("newcomer")
            if let newcomer = order.newcomer {
                string(Hexadecimal.encode(newcomer))
            } else {
                null()
            }
        }
        if case .move(_, let address) = order.aim { text("peer", bytes: address) }
        if let kind = order.aim.kind { member("kind", string: kind.name) }
        endObject()
    }
}

extension MemberOrder.Aim {
    fileprivate var name: StaticString {
        switch self {
        case .add: "add"
        case .remove: "remove"
        case .move: "update"
        case .assign(_, .voter): "promote"
        case .assign(_, .observer): "demote"
        case .replace: "replace"
        }
    }

    fileprivate var kind: MemberOrder.Kind? {
        switch self {
        case .add(_, let kind), .assign(_, let kind): kind
        case .remove, .move, .replace: nil
        }
    }
}

extension MemberOrder.Kind {
    fileprivate var name: StaticString {
        switch self {
        case .voter: "voter"
        case .observer: "observer"
        }
    }
}

extension ClusterMember.Suffrage {
    fileprivate var name: StaticString {
        switch self {
        case .voter: "voter"
        case .learner: "learner"
        case .observer: "observer"
        }
    }
}
