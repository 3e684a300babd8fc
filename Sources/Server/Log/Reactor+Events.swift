internal import API
internal import Bytes
internal import Consensus
internal import Replica
internal import Wire

extension Reactor {
    /// Counts what the member saw, and tells what an operator reads of it.
    func note(_ observation: Observation) {
        observations.note(observation)
        switch observation {
        case .leadership(let change): tell(change)
        case .membership(let membership): tell(membership)
        case .snapshot(let times): tell(times)
        case .tracedWrite(let write): tell(write)
        case .writes, .reads, .roundTrip, .clockOffset, .contest: break
        }
    }

    private func tell(_ change: Raft.LeadershipChange) {
        let term = change.term.rawValue
        if change.role == .candidate {
            write(.info, name: "election", fields: [("term", .number(term))])
        }
        guard change.leader != leaderTold else { return }
        leaderTold = change.leader
        leadershipSince = now
        let leader = change.leader.map { name(of: $0) } ?? "-"
        write(
            .info,
            name: "leader-changed",
            fields: [("leader", .text(leader)), ("term", .number(term))]
        )
    }

    private func tell(_ membership: Membership) {
        let voters = membership.voters.map { name(of: $0, in: membership) }.sorted()
        let others = membership.members.filter { !membership.isVoter($0.id) }
            .map { String(decoding: $0.name, as: UTF8.self) }.sorted()
        write(
            .info,
            name: "membership",
            fields: [
                ("voters", .text(voters.joined(separator: ","))),
                ("others", .text(others.joined(separator: ","))),
            ]
        )
    }

    private func tell(_ times: SnapshotTimes) {
        let way =
            switch times.way {
            case .written: "written"
            case .sent: "sent"
            case .received: "received"
            }
        write(
            .info,
            name: "snapshot",
            fields: [
                ("way", .text(way)), ("bytes", .number(times.byteCount)),
                ("took", .duration(times.nanoseconds)),
            ]
        )
    }

    /// Tells of requests that took longer than `--slow`.
    func tell(_ slow: [CallFigures.Slow]) {
        for call in slow {
            let route = "\(call.subject.route)"
            let stage = observations.slowestStage(isWrite: call.subject.isWrite)
            var fields: [(name: StaticString, value: LogEvent.Value)] = [
                ("method", .text(call.subject.method)), ("route", .text(route)),
                ("took", .duration(call.nanoseconds)), ("stage", .text(stage.name)),
                ("stage_took", .duration(stage.nanoseconds)),
            ]
            if call.count > 1 { fields.append(("requests", .number(call.count))) }
            if let trace = call.trace {
                fields.append(("traceparent", .text(String(decoding: trace, as: UTF8.self))))
            }
            write(
                .notice,
                name: "slow-request",
                fields: fields,
                sameness: "\(call.subject.method) \(route) \(stage.name)"
            )
        }
    }

    /// Tells of another member's write that took longer here than `--slow`.
    private func tell(_ write: TracedWrite) {
        guard write.nanoseconds >= slowNanoseconds, let trace = TraceParent(write.trace) else {
            return
        }
        let stage = observations.slowestStage(isWrite: true)
        self.write(
            .notice,
            name: "slow-write",
            fields: [
                ("from", .text(name(of: write.sender))), ("took", .duration(write.nanoseconds)),
                ("stage", .text(stage.name)), ("stage_took", .duration(stage.nanoseconds)),
                ("traceparent", .text(String(decoding: trace.text, as: UTF8.self))),
            ],
            sameness: "slow-write \(stage.name)"
        )
    }

    /// Writes an event whose sentence is its fields.
    private func write(
        _ level: LogLevel,
        name: StaticString,
        fields: [(name: StaticString, value: LogEvent.Value)],
        sameness: String? = nil
    ) {
        let all = [("member", LogEvent.Value.text(memberName))] + fields
        log.write(LogEvent(level, name: name, fields: all, sameness: sameness), now: now)
    }

    private func name(of id: MemberID, in membership: Membership? = nil) -> String {
        let members = (membership ?? replica.membership)?.members ?? []
        let known = members.first { $0.id == id }
        return known.map { String(decoding: $0.name, as: UTF8.self) }
            ?? String(id.rawValue, radix: 16)
    }
}

extension CallSubject {
    /// Whether what it asks for goes through the log.
    fileprivate var isWrite: Bool { !["GET", "HEAD", "OPTIONS", "other"].contains(method) }
}
