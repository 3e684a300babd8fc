internal import Bytes
internal import Consensus
internal import Journal
internal import Replica

extension SimulatedCluster {
    typealias Connection = SimulatedConnection

    /// How long a dial waits for an answer that does not come.
    private static let dialMicrosecondsMax: UInt64 = 500_000

    func dial(_ member: SimulatedMember, life: Int, address: PeerAddress) {
        guard member.life == life, member.state != .down else { return }
        guard let peer = members.first(where: { Self.address(of: $0.number) == address }) else {
            return
        }
        if network.isCut(between: member.number, and: peer.number) || peer.power == .off {
            let failed = Input.dialFailed(address, .timedOut)
            let event = Event.input(member: member.number, life: life, failed)
            return schedule(event, after: Self.dialMicrosecondsMax)
        }
        guard peer.state != .down else {
            return deliver(.dialFailed(address, .refused), to: member, life: life)
        }
        let ours = Connection.End(member: member.number, life: life, link: member.makeLink())
        let theirs = Connection.End(member: peer.number, life: peer.life, link: peer.makeLink())
        let connection = Connection(dialler: ours, acceptor: theirs)
        member.links.append((ours.link, connection, .dialler))
        peer.links.append((theirs.link, connection, .acceptor))
        deliver(.linkAccepted(theirs.link), to: peer, life: peer.life)
        deliver(.linkOpened(ours.link, to: address), to: member, life: life)
    }

    func send(_ frame: Frame, of member: SimulatedMember) {
        guard let place = member.links.lastIndex(where: { $0.link == frame.link }) else { return }
        let (connection, side) = (member.links[place].connection, member.links[place].side)
        if side == .dialler {
            connection.dialledFrameCount += 1
            if !isCalm, !isTruce, chance.next() & 0xFFFF < weather.frameFaultsPer65536 {
                return strike(frame.bytes, on: connection)
            }
        }
        send(.frame(garbled(frame.bytes)), on: connection, from: side)
    }

    /// The frame as the planted fault lets it through.
    private func garbled(_ bytes: [UInt8]) -> [UInt8] {
        guard options.plantedFault == .networkFlipsBits, bytes.count > 100, Self.isOfRaft(bytes)
        else { return bytes }
        var garbled = bytes
        garbled[bytes.count - 2] ^= 1
        return garbled
    }

    func send(
        _ parcel: Connection.Frame,
        on connection: Connection,
        from side: Connection.Side
    ) {
        let (from, to) = (connection[side].member, connection[side.other].member)
        var microseconds = random(weather.networkMicroseconds)
        if network.isSlow(from: from, to: to) { microseconds += random(2_000...300_000) }
        let time = max(after(microseconds), connection[side.other].lastArrival)
        connection[side.other].lastArrival = time
        events.schedule(.parcel(connection, side.other, parcel), at: time)
    }

    func close(_ link: LinkID, of member: SimulatedMember) {
        guard let place = member.links.lastIndex(where: { $0.link == link }) else { return }
        let (_, connection, side) = member.links.remove(at: place)
        guard !connection[side].isOver else { return }
        connection[side].isOver = true
        send(.close, on: connection, from: side)
    }

    /// Both ends lose the connection at once.
    func breakUp(_ connection: Connection) {
        for side in [Connection.Side.dialler, .acceptor] where !connection[side].isOver {
            connection[side].isOver = true
            closed(connection, side: side)
        }
    }

    /// One end loses the connection, and the other one does not know yet.
    func reset(_ connection: Connection, at side: Connection.Side) {
        guard !connection[side].isOver else { return }
        connection[side].isOver = true
        closed(connection, side: side)
    }

    private func closed(_ connection: Connection, side: Connection.Side) {
        let end = connection[side]
        let member = members[end.member]
        guard member.life == end.life else { return }
        member.links.removeAll { $0.link == end.link }
        deliver(.linkClosed(end.link, .refused), to: member, life: end.life)
    }

    func arrive(
        _ parcel: Connection.Frame,
        on connection: Connection,
        at side: Connection.Side
    ) {
        let (from, to) = (connection[side.other].member, connection[side].member)
        if !connection[side].held.isEmpty || network.isCut(from: from, to: to) {
            // Sent again until it gets through.
            connection[side].held.append(parcel)
            return
        }
        receive(parcel, on: connection, at: side)
    }

    private func receive(
        _ parcel: Connection.Frame,
        on connection: Connection,
        at side: Connection.Side
    ) {
        let member = members[connection[side].member]
        guard !connection[side].isOver else {
            // Nobody is there any more: a machine that runs says so.
            guard case .frame = parcel, member.power == .on, !connection[side.other].isOver else {
                return
            }
            return send(.close, on: connection, from: side)
        }
        switch parcel {
        case .frame(let bytes):
            trace.note(4, subject: member.number, at: now)
            tell(member, "receives \(describe(bytes, on: connection, at: side))")
            deliver(.frame(connection[side].link, bytes), to: member, life: connection[side].life)
        case .close:
            connection[side].isOver = true
            closed(connection, side: side)
        }
    }

    /// What was held back by a cut that is gone arrives, in order.
    func releaseHeld() {
        for member in members {
            for (_, connection, side) in member.links where !connection[side].held.isEmpty {
                let from = connection[side.other].member
                guard !network.isCut(from: from, to: member.number) else { continue }
                let held = connection[side].held
                connection[side].held = []
                let time = max(after(random(1_000...200_000)), connection[side].lastArrival)
                connection[side].lastArrival = time
                for parcel in held { events.schedule(.parcel(connection, side, parcel), at: time) }
            }
        }
    }
}

// MARK: What Raft has to bear

extension SimulatedCluster {
    /// A frame is struck: with one that holds nothing but Raft's messages anything may happen,
    /// with any other only what happens to connections.
    private func strike(_ bytes: [UInt8], on connection: Connection) {
        guard let fault = weather.drawFrameFault(&chance) else {
            return send(.frame(bytes), on: connection, from: .dialler)
        }
        guard fault != .brokenConnection else {
            strikes(fault, member: connection[.dialler].member)
            return breakUp(connection)
        }
        guard connection.dialledFrameCount > 1, Self.isOfRaft(bytes) else {
            return send(.frame(bytes), on: connection, from: .dialler)
        }
        strikes(fault, member: connection[.dialler].member)
        let stray = Event.stray(connection, bytes)
        switch fault {
        case .duplicatedFrame:
            send(.frame(bytes), on: connection, from: .dialler)
            schedule(stray, after: random(50...5_000))
        case .lateFrame: schedule(stray, after: random(500...100_000))
        case .replayedFrame:
            send(.frame(bytes), on: connection, from: .dialler)
            schedule(stray, after: random(20_000...5_000_000))
        default: break
        }
    }

    /// A frame arrives out of its turn. That of a process that is gone does not: no connection makes
    /// who has ended heard again and again, and who is heard counts as alive.
    func arriveAstray(_ bytes: [UInt8], on connection: Connection) {
        let (from, to) = (connection[.dialler].member, connection[.acceptor].member)
        guard !network.isCut(from: from, to: to), !connection[.acceptor].isOver,
            members[to].life == connection[.acceptor].life,
            members[from].life == connection[.dialler].life, members[from].state != .down
        else { return }
        receive(.frame(bytes), on: connection, at: .acceptor)
    }

    private static func isOfRaft(_ bytes: [UInt8]) -> Bool {
        messages(bytes)?.allSatisfy {
            if case .raft = $0 { true } else { false }
        } ?? false
    }

    private static func messages(_ bytes: [UInt8]) -> [PeerMessage]? {
        let (sender, receiver) = (MemberID(rawValue: 1), MemberID(rawValue: 2))
        return try? PeerMessage.decodeFrame(bytes, from: sender, to: receiver)
    }

    /// For a reader of the story.
    func describe(_ bytes: [UInt8], on connection: Connection, at side: Connection.Side) -> String {
        let sender = Self.label(of: connection[side.other].member)
        guard let messages = Self.messages(bytes) else {
            return "\(bytes.count) bytes of greeting from \(sender)"
        }
        let content = messages.map { message in
            if case .raft(let raft) = message {
                "term \(raft.term.rawValue) \(raft.body)".prefix(200)
            } else {
                "\(message)".prefix(80)
            }
        }
        return "from \(sender): \(content.joined(separator: "; "))"
    }
}
