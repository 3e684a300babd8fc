internal import Wire

/// What it would cost if a member were lost now.
package struct LossExplanation: Sendable {
    private let look: ClusterLook
    private let member: ClusterLook.Member

    /// Nil where there is no member of that name.
    package init?(of name: String, in look: ClusterLook) {
        guard let member = look.member(named: name) else { return nil }
        self.look = look
        self.member = member
    }

    /// The voters that answer and are not the member.
    private var restCount: Int {
        look.voters.filter { $0.answer != nil && $0.id != member.id }.count
    }

    /// Whether those that are left could decide.
    package var isMajorityLeft: Bool { restCount >= look.majority }

    private var isLeading: Bool { look.leader?.id == member.id }

    package var explanation: Explanation {
        var explanation = Explanation([standing, majority])
        if isLeading { explain(leadershipIn: &explanation) }
        explain(clientsIn: &explanation)
        explain(backupsIn: &explanation)
        explain(remedyIn: &explanation)
        return explanation
    }

    private var standing: String {
        guard let answer = member.answer else {
            return "\(member.name) cannot be reached already: \(member.silence)."
        }
        let kind = member.isVoter ? "votes" : "does not vote (\(member.kind))"
        let follows = look.name(of: answer.leader).map { "follows \($0)" } ?? "knows no leader"
        return "\(member.name) \(isLeading ? "leads" : follows) and \(kind); its log ends at entry "
            + "\(answer.lastIndex)."
    }

    private var majority: String {
        let (count, needed) = (look.voters.count, look.majority)
        guard member.isVoter else { return "Nothing is decided otherwise without it." }
        guard isMajorityLeft else {
            return "Without it \(restCount) of \(count) voters answer, and a majority is "
                + "\(needed): nothing could be written or read (stale reads aside) until enough of "
                + "them are back. What was acknowledged is not lost as long as a majority of the "
                + "disks is not."
        }
        let more = restCount - needed
        return "Without it \(restCount) of \(count) voters answer, and a majority is \(needed): "
            + "reads and writes go on, and nothing that was acknowledged is lost. After that "
            + (more == 0 ? "no further voter" : "\(more) more") + " may be lost."
    }

    private func explain(leadershipIn explanation: inout Explanation) {
        guard isMajorityLeft else { return }
        let timeout = look.electionMilliseconds
        explanation.sentences.append(
            "Writes wait until another leads: \(timeout) to \(2 * timeout) ms and an election."
        )
        explanation.advice.append(
            "before it is stopped on purpose: 'roost leader transfer', which takes milliseconds "
                + "(stopping it in order does the same)"
        )
    }

    private func explain(clientsIn explanation: inout Explanation) {
        guard let metrics = member.answer?.metrics else { return }
        let connections = metrics.whole("roost_connections") ?? 0
        let watches = metrics.whole("roost_watches") ?? 0
        guard connections + watches > 0 else { return }
        explanation.sentences.append(
            "With it go \(Figure.count(Int(clamping: connections), of: "connection")) and "
                + "\(Figure.count(watches)) \(watches == 1 ? "watch" : "watches"): clients with "
                + "several endpoints go on at another member, watches without a gap."
        )
    }

    /// Whoever makes the backups, and whether anybody else would.
    private func explain(backupsIn explanation: inout Explanation) {
        func has(_ name: String, of member: ClusterLook.Member) -> Bool {
            member.answer?.metrics.whole(name) != nil
        }
        let others = look.members.filter { $0.id != member.id }
        guard has("roost_backup_interval_seconds", of: member) else { return }
        if !others.contains(where: { has("roost_backup_interval_seconds", of: $0) }) {
            explanation.sentences.append("It alone makes regular backups: nobody would.")
            explanation.advice.append("give the others --backup-dir and --backup-every too")
        } else if has("roost_backup_age_seconds", of: member) {
            let alone = !others.contains { has("roost_backup_age_seconds", of: $0) }
            explanation.sentences.append(
                "It makes the regular backups; who comes after it goes on into its own directory."
                    + (alone ? " All there are lie in its directory." : "")
            )
        }
    }

    private func explain(remedyIn explanation: inout Explanation) {
        if member.isVoter, !isMajorityLeft {
            explanation.advice.append(
                look.voters.count > 2
                    ? "bring back the voters that do not answer before anything is done to it"
                    : "add voters: with three, one may be lost ('roost member add')"
            )
        }
        explanation.advice.append(
            "if it is lost for good: 'roost member replace \(member.name) NAME HOST:PORT'"
        )
    }

    /// `{"member","majority_left","leads","voters","majority","left","why":[…],"advice":[…]}`
    package var json: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.member("member", string: Array(member.name.utf8))
        json.member("majority_left", bool: isMajorityLeft || !member.isVoter)
        json.member("leads", bool: isLeading)
        json.member("voters", number: UInt64(look.voters.count))
        json.member("majority", number: UInt64(look.majority))
        json.member("left", number: UInt64(restCount))
        explanation.write(to: &json)
        json.endObject()
        return json.output
    }
}
