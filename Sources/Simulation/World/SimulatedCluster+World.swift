internal import Bytes
internal import Consensus
internal import Journal
internal import Replica

// MARK: Disk

extension SimulatedCluster {
    func submit(_ batch: DiskBatch, of member: SimulatedMember) {
        switch batch.lane {
        case .log:
            member.logWork.append(batch)
            if member.logWork.count == 1 { begin(.log, of: member) }
        case .background: enqueue(.batch(batch), of: member)
        }
    }

    func enqueue(_ work: SimulatedMember.Work, of member: SimulatedMember) {
        member.backgroundWork.append(work)
        if member.backgroundWork.count == 1 { begin(.background, of: member) }
    }

    private func begin(_ lane: DiskBatch.Lane, of member: SimulatedMember) {
        // Rarely the disk stands still.
        let isStalled = !isCalm && options.faultMilliseconds > 0 && random(...2_000) == 0
        if isStalled { report.faults.count(.stall) }
        var microseconds = isStalled ? random(100_000...1_500_000) : random(50...1_500)
        let done = Event.disk(member: member.number, life: member.life, lane)
        if options.plantedFault == .completionsComeEarly, lane == .log,
            let batch = member.logWork.first
        {
            complete(batch, reads: [], of: member)
            microseconds = random(20_000...60_000)
        }
        schedule(done, after: microseconds)
    }

    func diskDone(_ member: SimulatedMember, _ life: Int, _ lane: DiskBatch.Lane) {
        guard member.life == life, member.state != .down else { return }
        switch lane {
        case .log:
            let batch = member.logWork.removeFirst()
            let reads = member.disk.carryOut(batch.operations)
            if options.plantedFault != .completionsComeEarly {
                complete(batch, reads: reads, of: member)
            }
            if !member.logWork.isEmpty { begin(.log, of: member) }
        case .background: backgroundDone(member)
        }
    }

    private func backgroundDone(_ member: SimulatedMember) {
        switch member.backgroundWork.removeFirst() {
        case .batch(let batch):
            complete(batch, reads: member.disk.carryOut(batch.operations), of: member)
        case .snapshot(var task):
            if let operations = task.next() {
                _ = member.disk.carryOut(operations)
                // Behind whatever came meanwhile: the lane is shared.
                member.backgroundWork.append(.snapshot(task))
            } else {
                let written = Input.snapshotWritten(task.id, byteCount: task.byteCount)
                deliver(written, to: member, member.life)
            }
        }
        if !member.backgroundWork.isEmpty { begin(.background, of: member) }
    }

    private func complete(_ batch: DiskBatch, reads: [[UInt8]], of member: SimulatedMember) {
        trace.note(3, member.number, at: now)
        let completion = DiskCompletion(number: batch.number, lane: batch.lane, reads: reads)
        deliver(.disk(completion), to: member, member.life)
    }
}

// MARK: Network

extension SimulatedCluster {
    func dial(_ member: SimulatedMember, _ life: Int, _ address: PeerAddress) {
        guard member.life == life, member.state != .down else { return }
        guard let peer = members.first(where: { Self.address(of: $0.number) == address }) else {
            return
        }
        let isCut =
            network.isCut(from: member.number, to: peer.number)
            || network.isCut(from: peer.number, to: member.number)
        if isCut {
            let failed = Input.dialFailed(address, .timedOut)
            schedule(.input(member: member.number, life: life, failed), after: 500_000)
        } else if peer.state == .down {
            deliver(.dialFailed(address, .refused), to: member, life)
        } else {
            let ours = SimulatedNetwork.End(
                member: member.number,
                life: life,
                link: member.makeLink()
            )
            let theirs = SimulatedNetwork.End(
                member: peer.number,
                life: peer.life,
                link: peer.makeLink()
            )
            _ = network.connect(ours, theirs)
            deliver(.linkAccepted(theirs.link), to: peer, peer.life)
            deliver(.linkOpened(ours.link, to: address), to: member, life)
        }
    }

    func send(_ frame: Frame, of member: SimulatedMember) {
        guard let (connection, side) = network.find(member.number, member.life, frame.link) else {
            return
        }
        // Rarely a connection is lost with everything on its way.
        if !isCalm, options.faultMilliseconds > 0, random(...5_000) == 0 {
            report.faults.count(.brokenConnection)
            breakUp(connection)
            return
        }
        send(.frame(frame.bytes), on: connection, from: side)
    }

    func send(_ parcel: SimulatedNetwork.Parcel, on connection: Int, from side: Int) {
        let isSlow = !isCalm && random(...100) == 0
        let microseconds = isSlow ? random(1_000...30_000) : random(30...600)
        let time = now.advanced(byNanoseconds: microseconds * 1000)
        let arrival = network.send(parcel, on: connection, from: side, arriving: time)
        events.schedule(.parcel(connection: connection, side: 1 - side), at: arrival)
    }

    func close(_ link: LinkID, of member: SimulatedMember) {
        guard let (connection, side) = network.find(member.number, member.life, link),
            !network.connections[connection].isOver[side]
        else { return }
        network.end(connection, at: side)
        send(.close, on: connection, from: side)
    }

    /// Both ends lose the connection at once.
    private func breakUp(_ connection: Int) {
        for side in 0...1 where !network.connections[connection].isOver[side] {
            network.end(connection, at: side)
            let end = network.connections[connection].ends[side]
            let closed = Input.linkClosed(end.link, .refused)
            deliver(closed, to: members[end.member], end.life)
        }
    }

    func arrive(_ connection: Int, _ side: Int) {
        let ends = network.connections[connection].ends
        let (end, sender) = (ends[side], ends[1 - side])
        if network.isCut(from: sender.member, to: end.member) {
            // Sent again until it gets through.
            return schedule(.parcel(connection: connection, side: side), after: 5_000)
        }
        guard let parcel = network.receive(on: connection, at: side) else { return }
        guard !network.connections[connection].isOver[side] else { return }
        let member = members[end.member]
        switch parcel {
        case .frame(let bytes):
            trace.note(4, end.member, at: now)
            deliver(.frame(end.link, bytes), to: member, end.life)
        case .close:
            network.end(connection, at: side)
            deliver(.linkClosed(end.link, .refused), to: member, end.life)
        }
    }
}
