internal import Bytes
internal import Consensus
internal import Replica

/// What the operator does to machines: they go to other addresses, and lose their directories.
extension ClusterOperator {
    private static let moveMicrosecondsMax: UInt64 = 4_000_000

    /// A member is to be reached at another address; the others are told of it before or after its
    /// machine went there.
    func move() {
        let member = anyMember()
        guard members.mayMove(member), let address = members.drawFreeAddress() else { return }
        world.tell(of: member, "is to move to \(String(decoding: address.text, as: UTF8.self))")
        var order = KnownMembership.Order(aim: .move(to: address), member: member.number)
        if world.pick(2) == 0 {
            order.start = world.time(after: world.random(0...Self.moveMicrosecondsMax))
        }
        begin(order)
        world.schedule(
            .relocation(member.number, address),
            after: world.random(0...Self.moveMicrosecondsMax)
        )
    }

    /// The machine is set up at its new address, if it is still to go there.
    func relocate(_ member: SimulatedMember, to address: PeerAddress) {
        guard members.membership.destination(of: member.number) == address,
            member.address != address
        else { return }
        world.tell(of: member, "moves")
        let wasDown = member.state == .down
        if !wasDown { processes.kill(member, power: .on) }
        member.address = address
        if !wasDown { processes.restart(member) }
    }

    /// An order that was given more than once may come late, and tell the others where the member
    /// was before.
    func findAstray() {
        guard let membership = members.membership.current else { return }
        for member in members.present where !members.membership.isMoving(member.number) {
            guard let id = member.id, let known = membership.member(id), member.directory.isOwn,
                known.peerAddress != member.address.text
            else { continue }
            world.tell(of: member, "is looked for elsewhere")
            begin(KnownMembership.Order(aim: .move(to: member.address), member: member.number))
        }
    }

    /// A member's directory is lost for good. Its machine is set up again under the old name, at the
    /// old address, and is to take the place of what it was.
    func rebuild() {
        let member = anyMember()
        guard members.mayReplaceDirectory(member), member.damage == nil, let id = member.id,
            members.present.allSatisfy({ $0.observed.hardState != nil })
        else { return }
        world.count(.emptied)
        world.tell(of: member, "loses its directory for good")
        if member.state != .down { processes.kill(member, power: .on) }
        let rebuilt = SimulatedMember(
            number: member.number,
            disk: SimulatedDisk(honesty: .honest),
            clock: members.drawClock(),
            arrival: .joining
        )
        rebuilt.address = member.address
        rebuilt.former = id
        members.place(rebuilt)
        var order = KnownMembership.Order(aim: .readmit(id), member: rebuilt.number)
        order.start = world.time(after: world.random(0...3_000_000))
        begin(order)
        processes.restart(rebuilt)
    }
}
