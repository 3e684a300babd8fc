package import Wire

/// A cluster at one time: who belongs to it, and what each said that was asked.
package struct ClusterLook: Sendable {
    /// What an address led to.
    package struct Sighting: Sendable {
        /// Who answered, or nobody.
        package enum Outcome: Sendable {
            case answered(MemberAnswer)
            /// Why there is no answer.
            case silent(why: String)
        }

        package let address: String
        package let outcome: Outcome

        package init(address: String, outcome: Outcome) {
            self.address = address
            self.outcome = outcome
        }
    }

    /// Why a member is not where its client address says.
    package enum AddressFault: Hashable, Sendable {
        /// Nobody has told its address: it was not met since the one that lists it began.
        case unknown
        case silent(why: String)
        /// Another member answers there.
        case misleading(to: String)
    }

    /// One member of the cluster.
    package struct Member: Sendable {
        package let id: [UInt8]
        package let name: String
        package let peerAddress: String
        package let clientAddress: String
        /// `voter`, `learner` or `observer`.
        package let kind: String
        /// What it says of itself; nil where it could not be asked.
        package let answer: MemberAnswer?
        /// Nil where it answers at its own client address.
        package let fault: AddressFault?

        package var isVoter: Bool { kind == "voter" }
    }

    /// In the order of their names.
    package let members: [Member]
    /// Whoever answered and belongs to no cluster, or to another one.
    package let strangers: [MemberAnswer]
    /// The orders to change the members that are not carried out yet.
    package let changes: [JSONValue]

    /// - Parameter sightings: of every client address of the members, and of others that were asked.
    package init(_ sightings: [Sighting]) {
        let answers = sightings.compactMap { sighting in
            if case .answered(let answer) = sighting.outcome { answer } else { nil }
        }
        let teller = Self.teller(among: answers)
        let rows = teller?.members ?? []
        members = rows.map { Self.member($0, sightings: sightings, answers: answers) }
        let ids = members.map(\.id)
        var strangers: [MemberAnswer] = []
        for answer in answers where !ids.contains(answer.id) {
            if !strangers.contains(where: { $0.id == answer.id }) { strangers.append(answer) }
        }
        self.strangers = strangers
        changes = teller?.list["changes"]?.array ?? []
    }

    /// Whose list counts: the leader's, else that of the highest term.
    private static func teller(among answers: [MemberAnswer]) -> MemberAnswer? {
        let leaders = answers.filter(\.isLeading)
        return (leaders.isEmpty ? answers : leaders).filter { !$0.members.isEmpty }
            .max { $0.term < $1.term }
    }

    private static func member(
        _ row: JSONValue,
        sightings: [Sighting],
        answers: [MemberAnswer]
    ) -> Member {
        let id = row["id"]?.string ?? []
        let client = row["client"]?.string.map { String(decoding: $0, as: UTF8.self) } ?? ""
        let answer = answers.first { $0.id == id && $0.address == client }
        return Member(
            id: id,
            name: row["name"]?.plainText ?? "-",
            peerAddress: row["peer"]?.plainText ?? "-",
            clientAddress: client.isEmpty ? "-" : TerminalText.word(client.utf8),
            kind: row["kind"]?.plainText ?? "-",
            answer: answer ?? answers.first { $0.id == id },
            fault: answer == nil ? fault(of: client, in: sightings) : nil
        )
    }

    private static func fault(of client: String, in sightings: [Sighting]) -> AddressFault {
        guard let sighting = sightings.first(where: { $0.address == client }) else {
            return .unknown
        }
        switch sighting.outcome {
        case .answered(let other): return .misleading(to: other.name)
        case .silent(let why): return .silent(why: why)
        }
    }
}

extension ClusterLook {
    package var voters: [Member] { members.filter(\.isVoter) }
    /// How many voters decide.
    package var majority: Int { voters.count / 2 + 1 }

    /// Who says that it leads, in the highest term.
    package var leader: Member? {
        members.filter { $0.answer?.isLeading ?? false }
            .max { ($0.answer?.term ?? 0) < ($1.answer?.term ?? 0) }
    }

    /// Whom members follow that does not say itself that it leads.
    package var absentLeader: Member? {
        guard leader == nil else { return nil }
        let followed = members.compactMap(\.answer).max { $0.term < $1.term }?.leader
        return members.first { $0.id == followed }
    }

    /// The member of that name; nil where there is none.
    package func member(named name: String) -> Member? { members.first { $0.name == name } }

    /// Whether one member hears another, as it says itself; nil where it could not be asked.
    package func hears(_ one: Member, other: Member) -> Bool? {
        guard let answer = one.answer else { return nil }
        if one.id == other.id { return true }
        if other.isVoter { return !answer.silentNames.contains(other.name) }
        return answer.row(of: other.id)?["healthy"]?.bool
    }

    /// Those that could decide together with one: it hears them, and no one of them says that it
    /// does not hear it.
    package func circle(of one: Member) -> [Member] {
        voters.filter { hears(one, other: $0) == true && hears($0, other: one) != false }
    }
}
