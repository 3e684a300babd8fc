internal import Bytes
internal import Platform
internal import RoostClient
internal import Wire

/// Waits until an order about members is carried out, and says how far it is.
struct MemberOrderWait {
    /// What the list of the members shows once the order is carried out.
    enum Goal {
        /// A newcomer of that name has its place, and the member of that id, if any, is gone.
        case arrival([UInt8], insteadOf: [UInt8]?)
        /// Nobody has that id.
        case departure([UInt8])
        /// The member of that id is looked for at that address.
        case address([UInt8], [UInt8])
        /// The member of that id is of that kind.
        case kind([UInt8], Kind)
    }

    /// What a member is for, as the service spells it.
    enum Kind: String {
        case voter
        case observer
    }

    private static let pauseMilliseconds: UInt64 = 200
    /// Between two lines that differ in figures only: where a person looks, and in a log.
    private static let figuresMilliseconds: (terminal: UInt64, log: UInt64) = (1_000, 10_000)

    let number: UInt64
    let goal: Goal
    /// The member as the command line names it.
    let name: String

    /// Returns once the goal is reached; goes on for as long as the order stands.
    ///
    /// - Throws: when the order is gone without that, or no member tells any more.
    func run(_ service: Service, console: Console) throws(Failure) {
        var told: Phase?
        var pace = CatchUpPace()
        var quietUntil = Clock.monotonicNow()
        let rest =
            StandardStream.error.isTerminal
            ? Self.figuresMilliseconds.terminal : Self.figuresMilliseconds.log
        while true {
            let roll = try roll(service)
            if let change = roll.change(number) {
                let phase = phase(of: change, in: roll)
                if case .catchingUp(let catchUp?) = phase {
                    pace.note(catchUp, at: Clock.monotonicNow())
                }
                let isNew = told.map { !$0.differsInFiguresOnly(from: phase) } ?? true
                if isNew || (phase != told && quietUntil <= Clock.monotonicNow()) {
                    console.remark(text(phase, pace: pace))
                    told = phase
                    quietUntil = Clock.monotonicNow().advanced(byMilliseconds: rest)
                }
            } else if roll.hasSeen(number) {
                guard isReached(in: roll) else { throw .unfinished(closedInVain) }
                return
            }
            Pause.until(Clock.monotonicNow().advanced(byMilliseconds: Self.pauseMilliseconds))
        }
    }

    /// The list; a failure to read it says that the order was given all the same.
    private func roll(_ service: Service) throws(Failure) -> MemberRoll {
        do throws(Failure) {
            return try MemberRoll(service)
        } catch {
            var why = error.explanation
            // Its words are of a command that did nothing.
            if case .client(.unreachable(_, let evidence)) = error {
                why = "no member answers (\(evidence.joined(separator: "; ")))"
            }
            throw .unfinished(
                "order \(number) about \(name) stands, but how far it is cannot be asked: \(why). "
                    + "See 'roost member list' later"
            )
        }
    }

    /// How far an order is.
    private enum Phase: Hashable {
        case awaiting
        /// With what it lacks, where that is known.
        case catchingUp(CatchUp?)
        case voting
        case underWay

        func differsInFiguresOnly(from other: Phase) -> Bool {
            if case (.catchingUp, .catchingUp) = (self, other) { return true }
            return self == other
        }
    }

    private func phase(of change: JSONValue, in roll: MemberRoll) -> Phase {
        let subject: [UInt8]
        switch goal {
        case .arrival:
            guard let newcomer = change["newcomer"]?.string else { return .awaiting }
            subject = newcomer
        case .kind(let id, .voter): subject = id
        case .kind, .departure, .address: return .underWay
        }
        guard let member = roll.member(id: subject) else { return .underWay }
        if member["kind"]?.plainText == Kind.voter.rawValue { return .voting }
        return .catchingUp(CatchUp(member))
    }

    private func text(_ phase: Phase, pace: CatchUpPace) -> String {
        switch phase {
        case .awaiting: "\(name) is awaited: it has not called yet"
        case .catchingUp(nil): "\(name) is catching up"
        case .catchingUp(let catchUp?):
            "\(name) is catching up: \(catchUp.text)"
                + (pace.remainingMilliseconds.map {
                    ", about \(People.duration(milliseconds: $0)) to go"
                } ?? "")
        case .voting: "\(name) is voting"
        case .underWay: "order \(number) is under way"
        }
    }

    private func isReached(in roll: MemberRoll) -> Bool {
        switch goal {
        case .arrival(let name, let old):
            if let old, roll.member(id: old) != nil { return false }
            return roll.members.contains {
                $0["name"]?.string == name && $0["kind"]?.plainText != "learner"
            }
        case .departure(let id): return roll.member(id: id) == nil
        case .address(let id, let address): return roll.member(id: id)?["peer"]?.string == address
        case .kind(let id, let kind):
            return roll.member(id: id)?["kind"]?.plainText == kind.rawValue
        }
    }

    private var closedInVain: String {
        "order \(number) about \(name) was closed without being carried out: it was withdrawn, or "
            + "has become impossible, which the leader then says on its standard error. See "
            + "'roost member list', and give it anew if it is still wanted"
    }
}
