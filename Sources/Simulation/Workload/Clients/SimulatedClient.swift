internal import Bytes
internal import Keyspace
internal import Replica

/// What every client has, whatever it does: a number, a clock, and a way to members. It waits for
/// one request at a time.
final class SimulatedClient {
    let number: Int
    let mix: Mix
    let world: World
    let members: Members
    let history: ClientHistory
    /// How much faster its clock runs than the world's.
    private let driftPartsPerMillion: Int64
    private var valueCount: UInt64 = 0
    /// Whether anything was answered since all faults ended.
    private(set) var isServedInCalm = false

    init(
        _ number: Int,
        in plan: ClientPlan,
        of members: Members,
        history: ClientHistory,
        world: World
    ) {
        self.number = number
        mix = plan.mix
        driftPartsPerMillion = plan.driftsPartsPerMillion[number]
        self.members = members
        self.history = history
        self.world = world
    }

    // MARK: Requests

    /// A member that listens; nil when the one that was tried does not.
    func reachableMember() -> SimulatedMember? {
        let member = members.random()
        return member.state == .down ? nil : member
    }

    /// The client's next move comes after so long.
    func wake(after microseconds: UInt64) {
        world.schedule(.client(number), after: microseconds)
    }

    /// The client's next move comes after about as long as it thinks.
    func rest() {
        let longest = world.isRush ? 40_000 : 2_000 * mix.thinkMilliseconds
        wake(after: world.random(500...longest))
    }

    /// The member that was tried is down: another one, soon.
    func tryAgain() { wake(after: world.random(1_000...20_000)) }

    func propose(_ request: Request, to member: SimulatedMember) {
        let ticket = member.tickets.make(for: number)
        members.deliver(.propose(ticket, EncodedWrite(members.asked(request))), to: member)
        bePatient(with: ticket, at: member)
    }

    func read(at member: SimulatedMember) {
        let ticket = member.tickets.make(for: number)
        members.deliver(.read(ticket), to: member)
        bePatient(with: ticket, at: member)
    }

    private func bePatient(with ticket: Ticket, at member: SimulatedMember) {
        world.schedule(
            .patience(member: member.number, life: member.life, ticket),
            after: world.random(300_000...1_500_000)
        )
    }

    // MARK: Answers

    /// Something was answered.
    func noteServed() { if world.isCalm { isServedInCalm = true } }

    func count(_ activity: Activity) { history.report.activities.count(activity) }

    // MARK: Values and time

    /// No other write of the run writes it.
    func nextValue() -> UInt64 {
        valueCount += 1
        return UInt64(number + 1) << 32 | valueCount
    }

    /// One whose bytes are few: an owner's name may not be long.
    func nextShortValue() -> UInt64 {
        let value = nextValue()
        return value % 16 == 0 ? nextValue() : value
    }

    /// How long, in the world's time, an owner may rely on a lease of that length: 1 % less, for
    /// two clocks may differ by as much, as its own clock counts it; to the nanosecond where all
    /// clocks run alike.
    func reliableNanoseconds(timeToLiveMilliseconds: UInt64) -> UInt64 {
        if world.plan.clocks == .alike { return timeToLiveMilliseconds * 1_000_000 }
        let own = timeToLiveMilliseconds * 990_000
        let rate = UInt64(1_000_000 + driftPartsPerMillion)
        return own * 1_000_000 / rate
    }
}

/// What one kind of client does with what every client has.
protocol ClientRole: AnyObject {
    var client: SimulatedClient { get }

    /// Its next move.
    func act()
}

extension ClientRole {
    var world: World { client.world }
    var members: Members { client.members }
    var history: ClientHistory { client.history }
}

/// The store's, where a recording or the world has one of that name, too.
typealias StoreAnswer = Answer
typealias StoreEvent = Event

/// What became of a client's request.
enum RequestResult {
    case answered(Answer)
    /// It may read the member's store now.
    case readable(SimulatedMember)
    /// It certainly had no effect.
    case denied
    case unknown
}
