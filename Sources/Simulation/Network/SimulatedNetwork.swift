internal import Bytes
internal import Consensus
internal import Replica

/// The network between the members: connections that open, carry frames, break and are cut off.
final class SimulatedNetwork {
    typealias Connection = SimulatedConnection

    /// How long a dial waits for an answer that does not come.
    private static let dialMicrosecondsMax: UInt64 = 500_000

    private let world: World
    private let members: Members
    private var state = NetworkState()

    init(between members: Members, in world: World) {
        self.world = world
        self.members = members
    }

    // MARK: Ways

    /// Whether every way is as it should be.
    var isClear: Bool { state.isClear }

    func cut(_ ways: NetworkWays, for microseconds: UInt64) {
        world.schedule(.heal(state.cut(ways)), after: microseconds)
    }

    func heal(_ partition: Int) {
        state.heal(partition)
        world.noteUnrest()
        world.tell("a partition heals")
        releaseHeld()
    }

    func slowDown(_ ways: NetworkWays, for microseconds: UInt64) {
        state.slowDown(ways)
        world.schedule(.hurry(ways), after: microseconds)
    }

    func hurry(_ ways: NetworkWays) {
        state.hurry(ways)
        world.noteUnrest()
    }

    func healAll() { state.healAll() }

    // MARK: Connections

    func dial(_ address: PeerAddress, of member: SimulatedMember, life: Int) {
        guard member.life == life, member.state != .down else { return }
        let peer = members.machine(at: address)
        guard let peer, !state.isCut(between: member.number, and: peer.number), peer.power == .on
        else {
            let failed = Input.dialFailed(address, .timedOut)
            return world.schedule(
                .input(member: member.number, life: life, failed),
                after: Self.dialMicrosecondsMax
            )
        }
        guard peer.state != .down else {
            return members.deliver(.dialFailed(address, .refused), to: member)
        }
        let ours = Connection.End(member: member.number, life: life, link: member.links.makeID())
        let theirs = Connection.End(
            member: peer.number,
            life: peer.life,
            link: peer.links.makeID()
        )
        let connection = Connection(dialler: ours, acceptor: theirs)
        member.links.append(ours.link, on: connection, side: .dialler)
        peer.links.append(theirs.link, on: connection, side: .acceptor)
        members.deliver(.linkAccepted(theirs.link), to: peer)
        members.deliver(.linkOpened(ours.link, to: address), to: member)
    }

    func send(_ frame: Frame, of member: SimulatedMember) {
        guard let (_, connection, side) = member.links.find(frame.link) else { return }
        if side == .dialler {
            connection.dialledFrameCount += 1
            if connection.dialledFrameCount == 2 { judge(frame.link, on: connection, of: member) }
            if !world.isCalm, !world.isTruce,
                world.chance.next() & 0xFFFF < world.plan.frameFaultsPer65536
            {
                return strike(frame.bytes, on: connection)
            }
        }
        send(.frame(garbled(frame.bytes)), on: connection, from: side)
    }

    /// Whoever was let in on the connection is who answers there.
    private func judge(
        _ link: LinkID,
        on connection: Connection,
        of member: SimulatedMember
    ) {
        let answerer = members[connection[.acceptor].member]
        guard answerer.life == connection[.acceptor].life, let id = answerer.replica?.id,
            let supposed = member.replica?.peer(on: link)
        else { return }
        world.count(.linkCheck)
        if supposed != id {
            world.found(.takenForAnother(member: answerer.number, by: member.number))
        }
    }

    /// The frame as the planted fault lets it through.
    private func garbled(_ bytes: [UInt8]) -> [UInt8] {
        guard world.options.plantedFault == .networkFlipsBits, bytes.count > 100,
            FrameText.isOfRaft(bytes)
        else { return bytes }
        var garbled = bytes
        garbled[bytes.count - 2] ^= 1
        return garbled
    }

    func send(_ frame: Connection.Frame, on connection: Connection, from side: Connection.Side) {
        let (from, to) = (connection[side].member, connection[side.other].member)
        var microseconds = world.random(world.plan.networkMicroseconds)
        if state.isSlow(from: from, to: to) { microseconds += world.random(2_000...300_000) }
        let time = max(world.time(after: microseconds), connection[side.other].lastArrival)
        connection[side.other].lastArrival = time
        world.schedule(.frame(connection, side.other, frame), at: time)
    }

    func close(_ link: LinkID, of member: SimulatedMember) {
        guard let (_, connection, side) = member.links.remove(link),
            !connection[side].isOver
        else { return }
        connection[side].isOver = true
        send(.close, on: connection, from: side)
    }

    /// The process is gone: its machine, while it has power, closes its connections.
    func closeAll(of member: SimulatedMember) {
        for (_, connection, side) in member.links.open {
            connection[side].isOver = true
            if member.power == .on { send(.close, on: connection, from: side) }
        }
        member.links.removeAll()
    }

    /// Both ends lose the connection at once.
    func breakUp(_ connection: Connection) {
        reset(connection, at: .dialler)
        reset(connection, at: .acceptor)
    }

    /// One end loses the connection, and the other one does not know yet.
    private func reset(_ connection: Connection, at side: Connection.Side) {
        guard !connection[side].isOver else { return }
        connection[side].isOver = true
        closed(connection, side: side)
    }

    /// Everybody else hears that the connections to the part, as bits by member, are over; the part
    /// hears nothing.
    func resetConnections(into part: UInt8) {
        for member in members.all where part & 1 << UInt8(member.number) == 0 {
            for (_, connection, side) in member.links.open
            where part & 1 << UInt8(connection[side.other].member) != 0 {
                reset(connection, at: side)
            }
        }
    }

    private func closed(_ connection: Connection, side: Connection.Side) {
        let end = connection[side]
        let member = members[end.member]
        guard member.life == end.life else { return }
        member.links.remove(end.link)
        members.deliver(.linkClosed(end.link, .refused), to: member)
    }

    // MARK: Arrivals

    func arrive(_ frame: Connection.Frame, on connection: Connection, at side: Connection.Side) {
        let (from, to) = (connection[side.other].member, connection[side].member)
        if !connection[side].held.isEmpty || state.isCut(from: from, to: to) {
            // It is sent again until it gets through.
            connection[side].held.append(frame)
            return
        }
        receive(frame, on: connection, at: side)
    }

    /// A frame arrives out of its turn, unless its sender has ended: no connection lets a dead
    /// process be heard again and again, and a process that is heard counts as alive.
    func arriveAstray(_ bytes: [UInt8], on connection: Connection) {
        let (from, to) = (connection[.dialler].member, connection[.acceptor].member)
        guard !state.isCut(from: from, to: to), !connection[.acceptor].isOver,
            members[to].life == connection[.acceptor].life,
            members[from].life == connection[.dialler].life, members[from].state != .down
        else { return }
        receive(.frame(bytes), on: connection, at: .acceptor)
    }

    private func receive(
        _ frame: Connection.Frame,
        on connection: Connection,
        at side: Connection.Side
    ) {
        let member = members[connection[side].member]
        guard !connection[side].isOver else {
            // Nobody is there any more: a machine that runs says so.
            guard case .frame = frame, member.power == .on, !connection[side.other].isOver else {
                return
            }
            return send(.close, on: connection, from: side)
        }
        switch frame {
        case .frame(let bytes):
            world.note(.frame, of: member.number)
            let sender = connection[side.other].member
            world.tell(of: member, "receives \(FrameText.describe(bytes, from: sender))")
            members.deliver(
                .frame(connection[side].link, bytes),
                to: member,
                life: connection[side].life
            )
        case .close:
            connection[side].isOver = true
            closed(connection, side: side)
        }
    }

    /// What was held back by a cut that is gone arrives, in order.
    func releaseHeld() {
        for member in members.all {
            for (_, connection, side) in member.links.open where !connection[side].held.isEmpty {
                let from = connection[side.other].member
                guard !state.isCut(from: from, to: member.number) else { continue }
                let held = connection[side].held
                connection[side].held = []
                let time = max(
                    world.time(after: world.random(1_000...200_000)),
                    connection[side].lastArrival
                )
                connection[side].lastArrival = time
                for frame in held { world.schedule(.frame(connection, side, frame), at: time) }
            }
        }
    }

    // MARK: What Raft has to bear

    /// A frame is struck: with one that holds nothing but Raft's messages anything may happen,
    /// with any other only what happens to connections.
    private func strike(_ bytes: [UInt8], on connection: Connection) {
        guard let fault = world.plan.drawFrameFault(&world.chance) else {
            return send(.frame(bytes), on: connection, from: .dialler)
        }
        let member = members[connection[.dialler].member]
        guard fault != .brokenConnection else {
            world.strikes(fault, member: member)
            return breakUp(connection)
        }
        guard connection.dialledFrameCount > 1, FrameText.isOfRaft(bytes) else {
            return send(.frame(bytes), on: connection, from: .dialler)
        }
        world.strikes(fault, member: member)
        let stray = SimulatedEvent.stray(connection, bytes)
        switch fault {
        case .duplicatedFrame:
            send(.frame(bytes), on: connection, from: .dialler)
            world.schedule(stray, after: world.random(50...5_000))
        case .lateFrame: world.schedule(stray, after: world.random(500...100_000))
        case .replayedFrame:
            send(.frame(bytes), on: connection, from: .dialler)
            world.schedule(stray, after: world.random(20_000...5_000_000))
        default: break
        }
    }
}
