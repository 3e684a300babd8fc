internal import Bytes
internal import Keyspace
internal import Replica

/// A client that counts.
final class CounterUser: ClientRole {
    private static let names = ["hits", "stock"].map { Array($0.utf8) }

    let client: SimulatedClient
    private var step: SentStep?

    init(_ client: SimulatedClient) { self.client = client }

    func act() {
        guard let member = client.reachableMember() else { return client.tryAgain() }
        if let step {
            client.count(.retry)
            return client.propose(step.request, to: member)
        }
        guard Contests.knowsTerms(member) else { return client.read(at: member) }
        let name = Self.names.pick(&world.chance)
        if world.pick(8) == 0 {
            look(at: name, on: member)
            return client.rest()
        }
        let step = SentStep(.count(name, draw()), of: client)
        self.step = step
        client.propose(step.request, to: member)
    }

    private func draw() -> CounterChange {
        switch world.pick(16) {
        case 0: .set(Int64(world.pick(1_000)) - 500)
        case 1: .add(CounterChange.range.upperBound - Int64(world.pick(3)))
        case 2: .add(CounterChange.range.lowerBound)
        default: .add(Int64(world.pick(21)) - 10)
        }
    }

    /// What a member, which may lag, shows of it.
    private func look(at name: [UInt8], on member: SimulatedMember) {
        guard member.state == .running, let keyspace = member.replica?.keyspace else { return }
        let value = keyspace.counter(name)?.value ?? 0
        history.steps.looked(.counter(name, value: value), at: keyspace.appliedIndex)
    }

    func hear(_ result: RequestResult) {
        guard var step else { return client.rest() }
        switch step.hear(result) {
        case .again:
            self.step = step
            return client.tryAgain()
        case .unknown: break
        case .denied: history.steps.denied(step.number)
        case .answered(let answer):
            history.steps.told(step.number, outcome: answer.outcome)
            switch answer.outcome {
            case .counted: client.count(.counted)
            case .refused(.counterOutOfRange): client.count(.countRefused)
            default: break
            }
        }
        self.step = nil
        client.rest()
    }
}
