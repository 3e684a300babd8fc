internal import Consensus
internal import Platform
internal import Replica

extension Reactor {
    /// Tells an operator of what has changed: one line on standard error, which nothing waits for.
    func inform() {
        guard !isStopping, bulletin.isDue(now) else { return }
        if let place = replica.peerAddressKnown, !isPlaceChecked {
            isPlaceChecked = true
            check(place)
        }
        let unreadiness = replica.unreadiness
        guard !unreadiness.contains(.stopping) else { return }
        let isLeaderless = !unreadiness.isDisjoint(with: [.noLeader]) && replica.isFormed
        let standing: Bulletin.Standing =
            if unreadiness.isEmpty {
                .ready
            } else if isLeaderless {
                replica.hearing(now: now).isQuorum ? .noLeader : .lostQuorum
            } else {
                .unready(unreadiness)
            }
        guard let told = bulletin.look(standing, now: now) else { return }
        let line = line(told)
        log.write(event(told, line: line), now: now)
        supervision.pass(on: line, standing: told, now: now)
    }

    /// Writes what the replica wants an operator to know.
    func say(_ notices: [Notice]) {
        for notice in notices { log.write(notice.event(member: memberName), now: now) }
    }

    /// Writes a line for people, which other formats have as it is.
    func say(_ level: LogLevel, name: StaticString, line: String) {
        log.write(LogEvent(level, name: name, sentence: line), now: now)
    }

    private func event(_ standing: Bulletin.Standing, line: String) -> LogEvent {
        let member = (name: "member" as StaticString, value: LogEvent.Value.text(memberName))
        let hearing = replica.hearing(now: now)
        let heard: [(name: StaticString, value: LogEvent.Value)] = [
            member, ("heard", .number(UInt64(hearing.heardCount))),
            ("voters", .number(UInt64(hearing.voterCount))),
        ]
        switch standing {
        case .ready:
            let fields: [(name: StaticString, value: LogEvent.Value)] = [
                member, ("leader", .text(leaderName)), ("term", .number(replica.term.rawValue)),
            ]
            return LogEvent(.notice, name: "ready", fields: fields, sentence: line)
        case .lostQuorum:
            return LogEvent(.warning, name: "lost-quorum", fields: heard, sentence: line)
        case .noLeader:
            return LogEvent(.warning, name: "no-leader", fields: heard, sentence: line)
        case .unready:
            let reasons = replica.status.unreadyReasons.map { String(decoding: $0, as: UTF8.self) }
            let why = LogEvent.Value.text(reasons.joined(separator: "; "))
            return LogEvent(
                .warning,
                name: "waiting",
                fields: heard + [("why", why)],
                sentence: line
            )
        }
    }

    private func line(_ standing: Bulletin.Standing) -> String {
        switch standing {
        case .ready:
            return "ready member=\(memberName) leader=\(leaderName) term=\(replica.term.rawValue)"
        case .lostQuorum: return "lost quorum member=\(memberName) \(heard)"
        case .noLeader: return "no leader member=\(memberName) \(heard)"
        case .unready:
            let reasons = replica.status.unreadyReasons.map { String(decoding: $0, as: UTF8.self) }
            return "waiting member=\(memberName) \(heard): \(reasons.joined(separator: "; "))"
        }
    }

    private var leaderName: String {
        let leader = replica.status.leader
        let row = replica.members(now: now).first { $0.id == leader }
        return row.map { String(decoding: $0.name, as: UTF8.self) } ?? "-"
    }

    /// `heard=1/3 silent=n2,n3`.
    private var heard: String {
        let hearing = replica.hearing(now: now)
        let counts = "heard=\(hearing.heardCount)/\(hearing.voterCount)"
        guard !hearing.silent.isEmpty else { return counts }
        let names = hearing.silent.map { String(decoding: $0, as: UTF8.self) }.sorted()
        return "\(counts) silent=\(names.joined(separator: ","))"
    }

    private func check(_ known: PeerAddress) {
        do throws(EndpointError) {
            let place = PeerPlace(
                known: try Endpoint(parsing: String(decoding: known.text, as: UTF8.self)),
                listed: try ownAddresses.listed.map { listed throws(EndpointError) in
                    try Endpoint(parsing: String(decoding: listed.text, as: UTF8.self))
                },
                listening: ownAddresses.listening
            )
            if let difference = place.difference(member: memberName) {
                say(.warning, name: "other-address", line: "roost: \(difference)")
            }
        } catch { return }
    }
}
