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
        say(line)
        supervision.pass(on: line, standing: told, now: now)
    }

    /// Writes what the replica wants an operator to know.
    func say(_ notices: [Notice]) {
        for notice in notices { say(notice.line(member: memberName)) }
    }

    func say(_ line: String) { StandardStream.error.printWithoutWaiting(line + "\n") }

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
                say("roost: \(difference)")
            }
        } catch { return }
    }
}
