internal import Wire

/// Who leads and since when, or why nobody does: who can be reached, who hears whom, whose log is
/// how far.
package struct LeaderExplanation: Sendable {
    private let look: ClusterLook
    package let explanation: Explanation

    package init(_ look: ClusterLook) {
        self.look = look
        explanation =
            if look.members.isEmpty {
                look.explanationOfForming
            } else if let leader = look.leader, let answer = leader.answer {
                look.explanation(ofLeader: leader, answer)
            } else if let leader = look.absentLeader {
                look.explanation(ofAbsent: leader)
            } else {
                look.explanationOfVacancy
            }
    }

    /// The sentences, then a row a member.
    func text(for console: Console) -> String {
        guard !look.members.isEmpty else { return explanation.text }
        var table = Table(titles: [
            "NAME", "KIND", "ROLE", "TERM", "LOG", "FOLLOWS", "HEARS", "SILENT",
        ])
        for member in look.members {
            guard let answer = member.answer else {
                table.append([member.name, member.kind, "no answer"])
                continue
            }
            let (heard, silent) = look.split(by: member)
            table.append([
                member.name, member.kind, answer.role, "\(answer.term)",
                "\(answer.lastTerm)/\(answer.lastIndex)", look.name(of: answer.leader) ?? "-",
                heard.isEmpty ? "-" : heard.joined(separator: ","),
                silent.isEmpty ? "-" : silent.joined(separator: ","),
            ])
        }
        return explanation.text + "\n" + table.text(for: console)
    }

    /// `{"leader","term","leader_for","voters","majority","why":[…],"advice":[…],"members":[…]}`
    package var json: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.member("leader", optional: look.leader?.name)
        json.member("term", optional: look.leader?.answer?.term)
        json.name("leader_for")
        if let time = look.leader?.answer?.milliseconds("leader_for") {
            json.seconds(milliseconds: time)
        } else {
            json.null()
        }
        json.member("voters", number: UInt64(look.voters.count))
        json.member("majority", number: UInt64(look.majority))
        explanation.write(to: &json)
        json.name("members")
        json.beginArray()
        for member in look.members { write(member, to: &json) }
        json.endArray()
        json.endObject()
        return json.output
    }

    private func write(_ member: ClusterLook.Member, to json: inout JSONWriter) {
        let answer = member.answer
        json.beginObject()
        json.member("name", string: Array(member.name.utf8))
        json.member("kind", string: Array(member.kind.utf8))
        json.member("client", string: Array(member.clientAddress.utf8))
        json.member("answers", bool: answer != nil)
        json.member("error", optional: answer == nil ? member.silence : nil)
        json.member("role", optional: answer?.role)
        json.member("term", optional: answer?.term)
        json.member("last_term", optional: answer?.lastTerm)
        json.member("last_index", optional: answer?.lastIndex)
        json.member("follows", optional: look.name(of: answer?.leader))
        let (heard, silent) = look.split(by: member)
        json.strings("hears", of: heard)
        json.strings("silent", of: silent)
        json.strings("unready", of: answer?.unreadyReasons ?? [])
        json.endObject()
    }
}

extension ClusterLook {
    /// The name of a member by its id; nil where it is not known.
    func name(of id: [UInt8]?) -> String? { members.first { $0.id == id }?.name }

    /// The others that a member hears, and those that it does not; both empty where it could not
    /// be asked.
    fileprivate func split(by member: Member) -> (heard: [String], silent: [String]) {
        let others = members.filter { $0.id != member.id }
        return (
            others.filter { hears(member, other: $0) == true }.map(\.name),
            others.filter { hears(member, other: $0) == false }.map(\.name)
        )
    }

    fileprivate var explanationOfForming: Explanation {
        let sentences = strangers.map { answer in
            let awaited = answer.silentNames
            return "\(answer.name) at \(answer.address) belongs to no cluster yet"
                + (awaited.isEmpty ? "." : ": it awaits \(Explanation.list(awaited)).")
        }
        return Explanation(
            sentences + ["A new cluster has a leader once every member of its list has answered."],
            advice: ["start those that are awaited, with the same --cluster"]
        )
    }

    fileprivate func explanation(ofLeader leader: Member, _ answer: MemberAnswer) -> Explanation {
        let time = answer.milliseconds("leader_for").map {
            " for \(People.duration(milliseconds: $0))"
        }
        let heard = voters.filter { hears(leader, other: $0) == true }
        var explanation = Explanation([
            "\(leader.name) leads\(time ?? ""), in term \(answer.term); it hears \(heard.count) of "
                + "\(voters.count) voters, and a majority is \(majority)."
        ])
        let others = members.filter { $0.id != leader.id }
        for member in others {
            if let answer = member.answer, answer.leader != leader.id {
                let whom = name(of: answer.leader) ?? "nobody"
                explanation.sentences.append("\(member.name) follows \(whom) instead.")
            }
        }
        explanation.sentences += others.compactMap(silence)
        return explanation
    }

    fileprivate func explanation(ofAbsent leader: Member) -> Explanation {
        let followers = members.filter { $0.answer?.leader == leader.id }
        let timeout = electionMilliseconds
        return Explanation(
            [
                "\(Explanation.list(followers.map(\.name))) "
                    + (followers.count == 1 ? "follows" : "follow")
                    + " \(leader.name), which cannot be asked: \(leader.silence)."
            ],
            advice: [
                "look again in a moment: where it is gone, another is chosen within "
                    + "\(timeout) to \(2 * timeout) ms, as long as \(majority) of \(voters.count) "
                    + "voters hear each other; where it goes on leading, only the way from here to "
                    + "\(leader.clientAddress) is broken"
            ]
        )
    }

    fileprivate var explanationOfVacancy: Explanation {
        let answering = voters.filter { $0.answer != nil }
        var explanation = Explanation([
            "Nobody leads. \(answering.count) of \(voters.count) voters can be asked"
                + (answering.isEmpty ? "" : " (\(Explanation.list(answering.map(\.name))))")
                + "; a majority is \(majority)."
        ])
        explanation.sentences += voters.compactMap(silence) + deafness + troubles
        let circle = answering.map(circle(of:)).max { $0.count < $1.count } ?? []
        if circle.count >= majority {
            explain(election: circle, in: &explanation)
        } else if answering.count >= majority {
            explanation.sentences.append(
                "The most that hear each other are \(circle.count): too few to choose a leader."
            )
            explanation.advice = [
                "from each machine, see whether the others' peer addresses are reached: "
                    + voters.map { "\($0.name) \($0.peerAddress)" }.joined(separator: ", ")
            ]
        } else {
            let missing = voters.filter { $0.answer == nil }.map(\.name)
            explanation.advice = [
                "start \(majority - answering.count) of \(Explanation.list(missing)) again; if they "
                    + "are lost for good, runbooks.md has it under 'A majority is lost'"
            ]
        }
        return explanation
    }

    /// A majority hears each other: an election is under way, or fails again and again.
    private func explain(election circle: [Member], in explanation: inout Explanation) {
        let logs = circle.compactMap { member in member.answer.map { (member.name, $0) } }
        let names = Explanation.list(circle.map(\.name))
        explanation.sentences.append(
            "\(names) hear each other, as far as they could be asked: a majority."
        )
        guard let furthest = logs.max(by: { $0.1.isBehind($1.1) }) else { return }
        let able = logs.filter { !$0.1.isBehind(furthest.1) }.map(\.0)
        explanation.sentences.append(
            "\(Explanation.list(able)) \(able.count == 1 ? "has" : "have") the furthest log of "
                + "those (term \(furthest.1.lastTerm), entry \(furthest.1.lastIndex)) and can win."
        )
        for member in voters where !circle.contains(where: { $0.id == member.id }) {
            guard let answer = member.answer, furthest.1.isBehind(answer) else { continue }
            explanation.sentences.append(
                "\(member.name)'s log is further (term \(answer.lastTerm), entry "
                    + "\(answer.lastIndex)); what only it has was never acknowledged."
            )
        }
        let timeout = electionMilliseconds
        explanation.advice = [
            "look again in a moment: an election takes \(timeout) to \(2 * timeout) ms; where none "
                + "succeeds, 'roost doctor' tells of a disk or a network that is too slow for that "
                + "--election-timeout"
        ]
    }

    private func silence(of member: Member) -> String? {
        guard member.answer == nil else { return nil }
        let witnesses = members.filter { hears($0, other: member) == true }.map(\.name)
        let witness =
            witnesses.isEmpty
            ? "" : "; \(Explanation.list(witnesses)) heard it within the last second"
        return "\(member.name) cannot be reached from here: \(member.silence)\(witness)."
    }

    private var deafness: [String] {
        voters.compactMap { member in
            let silent = split(by: member).silent
            return silent.isEmpty
                ? nil : "\(member.name) does not hear \(Explanation.list(silent))."
        }
    }

    /// What keeps members from being chosen, beside that there is no leader.
    private var troubles: [String] {
        voters.compactMap { member in
            let reasons = (member.answer?.unreadyReasons ?? []).filter {
                $0 != "no leader is known"
            }
            return reasons.isEmpty ? nil : "\(member.name): \(reasons.joined(separator: "; "))."
        }
    }

    /// What the members say of it; the longest, where they differ.
    var electionMilliseconds: UInt64 {
        members.compactMap { $0.answer?.milliseconds("election_timeout") }.max() ?? 300
    }
}

extension ClusterLook.Member {
    /// Why it could not be asked.
    var silence: String {
        switch fault {
        case .silent(let why): why
        case .misleading(let other): "\(other) answers at its address, \(clientAddress)"
        case .unknown, nil: "its client address is not known"
        }
    }
}

extension MemberAnswer {
    /// Whether its log ends before another's (Raft, section 5.4.1).
    fileprivate func isBehind(_ other: MemberAnswer) -> Bool {
        (lastTerm, lastIndex) < (other.lastTerm, other.lastIndex)
    }
}
