internal import Wire

// Who is there, who hears whom, who leads, who decides.

extension ClusterLook {
    var checkupOfMembers: Checkup {
        let answering = members.filter { $0.answer != nil }
        return Checkup(
            .members,
            measured: "\(answering.count) of \(members.count) answer",
            findings: members.compactMap(Self.silence) + members.compactMap(Self.unreadiness)
                + deafness + strangers.map(Self.strangeness) + changes.compactMap(Self.absence)
        )
    }

    private static func silence(of member: Member) -> Ailment? {
        guard member.answer == nil else { return nil }
        let place = "\(member.name) (\(member.clientAddress))"
        let why =
            switch member.fault {
            case .silent(let why): "does not answer: \(why)"
            case .misleading(let other): "is not found: \(other) answers at its address"
            case .unknown, nil: "has not told its client address yet"
            }
        return Ailment(
            "\(place) \(why)",
            advice: "see whether 'roost serve' runs there (its log tells why it ended) and whether "
                + "this machine reaches that address; a machine that is lost is replaced by "
                + "'roost member replace \(member.name) NAME HOST:PORT'"
        )
    }

    private static func unreadiness(of member: Member) -> Ailment? {
        guard let reasons = member.answer?.unreadyReasons, !reasons.isEmpty else { return nil }
        return Ailment(
            "\(member.name) is not ready: \(reasons.joined(separator: "; "))",
            advice: "'roost explain leader' tells more where no leader is known; else wait, and "
                + "read its log if this stays"
        )
    }

    /// Who answers here and is not heard by another that does.
    private var deafness: [Ailment] {
        members.flatMap { one in
            members.filter { other in
                other.answer != nil && hears(one, other: other) == false
            }.map { other in
                Ailment(
                    "\(one.name) does not hear \(other.name), which answers here",
                    advice: "from \(one.name)'s machine, see whether \(other.peerAddress) is "
                        + "reached: a firewall, a route, a name that leads elsewhere"
                )
            }
        }
    }

    private static func strangeness(of answer: MemberAnswer) -> Ailment {
        let place = "\(answer.name) at \(answer.address)"
        guard answer.isForming else {
            return Ailment(
                "\(place) does not belong to the cluster that the others do",
                advice: "leave it out of --endpoints, or ask it alone"
            )
        }
        let awaited = answer.silentNames.joined(separator: ", ")
        return Ailment(
            "\(place) has no cluster yet" + (awaited.isEmpty ? "" : ": it awaits \(awaited)"),
            advice: "start those that it awaits, with the same --cluster; a newcomer is added by "
                + "'roost member add'"
        )
    }

    /// A newcomer that was ordered and has not called.
    private static func absence(of change: JSONValue) -> Ailment? {
        guard let newcomer = change["newcomer"], newcomer == .null else { return nil }
        let name = change["name"]?.plainText ?? "-"
        return Ailment(
            "\(name) was added and has not come",
            advice:
                "start it (order \(change["number"]?.plainText ?? "-") of 'roost member list'), "
                + "or 'roost member remove \(name)'"
        )
    }

    var checkupOfLeader: Checkup {
        guard let leader, let answer = leader.answer else {
            return Checkup(
                .leader,
                measured: "none",
                findings: [
                    Ailment(
                        "no member that answers leads",
                        advice: "'roost explain leader' tells why"
                    )
                ]
            )
        }
        let time = answer.milliseconds("leader_for").map {
            " for \(People.duration(milliseconds: $0))"
        }
        return Checkup(
            .leader,
            measured: "\(leader.name)\(time ?? ""), term \(answer.term)",
            findings: []
        )
    }

    var checkupOfVoters: Checkup {
        let count = voters.count
        let loss = count - majority
        let measured = "\(count) of \(members.count) vote, \(max(0, loss)) may be lost"
        if count == 1, members.count > 1 {
            let advice = "let two of the others vote: 'roost member promote NAME'"
            let what = "\(voters[0].name) alone votes: without it nothing is decided"
            return Checkup(.voters, measured: measured, findings: [Ailment(what, advice: advice)])
        }
        guard count > 0, count.isMultiple(of: 2) else {
            return Checkup(.voters, measured: measured, findings: [])
        }
        return Checkup(
            .voters,
            measured: measured,
            findings: [
                Ailment(
                    "\(count) voters bear the loss of \(loss), as \(count - 1) would, and one more "
                        + "can fail",
                    advice: "add a voter ('roost member add'), or let one observe "
                        + "('roost member demote NAME')"
                )
            ]
        )
    }

    /// A member that is so far behind for long gets its log as a snapshot.
    private static let lagEntryCountMax: UInt64 = 4096
    private static let lagMillisecondsMax: UInt64 = 5_000

    var checkupOfLag: Checkup? {
        guard let leader, let answer = leader.answer else { return nil }
        var largest: UInt64 = 0
        let findings = members.compactMap { member -> Ailment? in
            guard let row = answer.row(of: member.id) else { return nil }
            let count = row["lag_entries"]?.whole ?? 0
            var age: UInt64 = 0
            if case .number(let seconds)? = row["lag"] {
                age = TimeSpan(seconds: seconds)?.milliseconds ?? 0
            }
            largest = max(largest, count)
            guard count > Self.lagEntryCountMax || age > Self.lagMillisecondsMax else { return nil }
            return Ailment(
                "\(member.name) is \(Figure.count(count)) entries behind \(leader.name)"
                    + (age > 0 ? ", for \(People.duration(milliseconds: age))" : ""),
                advice: "it catches up by itself where its disk and the network let it: compare "
                    + "its row under disks and round-trips with the others'"
            )
        }
        let measured = "\(Figure.count(largest)) entries at most"
        return Checkup(.lag, measured: measured, findings: findings)
    }
}
