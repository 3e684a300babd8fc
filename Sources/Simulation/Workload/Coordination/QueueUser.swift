internal import Bytes
internal import Keyspace
internal import Replica

/// A client that pushes items, takes some, and says what becomes of them, soon or too late or never.
final class QueueUser: ClientRole {
    /// An item that it has, or had.
    private struct Hold {
        let queue: QueueName
        let token: QueueToken
    }

    private static let dead = name("dead")
    private static let queues = [name("jobs"), name("mail"), dead]
    private static let settings = QueueSettings(tryCountMax: 3, dead: dead)

    let client: SimulatedClient
    private var step: SentStep?
    private var holds: [Hold] = []

    init(_ client: SimulatedClient) { self.client = client }

    private static func name(_ text: String) -> QueueName { QueueName(Array(text.utf8)) }

    func act() {
        guard let member = client.reachableMember() else { return client.tryAgain() }
        if let step {
            client.count(.retry)
            return client.propose(step.request, to: member)
        }
        guard Contests.knowsTerms(member) else { return client.read(at: member) }
        if world.pick(8) == 0 {
            look(at: member)
            return client.rest()
        }
        let step = SentStep(.queue(draw()), of: client)
        self.step = step
        client.propose(step.request, to: member)
    }

    /// How a queue stands at a member, which may lag.
    private func look(at member: SimulatedMember) {
        guard member.state == .running, let keyspace = member.replica?.keyspace else { return }
        let name = Self.queues.pick(&world.chance)
        let queue = keyspace.queue(name)
        let counts = QueueCounts(
            ready: queue.readyCount,
            delayed: queue.delayedCount,
            taken: queue.takenCount
        )
        history.steps.looked(.queue(name, counts), at: keyspace.appliedIndex)
    }

    // MARK: Steps

    private func draw() -> QueueRequest {
        let queue = Self.queues.pick(&world.chance)
        switch world.pick(100) {
        case 0: return QueueRequest(queue, act: .purge)
        case 1...35: return QueueRequest(queue, act: .push(push(to: queue)))
        case 36...65: return settle() ?? take(from: queue)
        default: return take(from: queue)
        }
    }

    private func push(to queue: QueueName) -> QueuePush {
        let keys = ["a", "b", "c"].map { KeySpaces.path("/\($0)") }
        let setsDead = world.pick(6) == 0 && queue != Self.dead
        return QueuePush(
            value: KeySpaces.encode(client.nextShortValue()),
            key: world.pick(4) == 0 ? keys.pick(&world.chance) : nil,
            priority: [-1, 0, 0, 1].pick(&world.chance),
            delayMilliseconds: world.pick(4) == 0 ? world.random(1...3_000) : 0,
            settings: setsDead ? Self.settings : nil
        )
    }

    private func take(from queue: QueueName) -> QueueRequest {
        QueueRequest(queue, act: .take(visibleMilliseconds: world.random(1_000...4_000)))
    }

    /// What it says of an item that it has; nil where it has none, or dies with all of them.
    private func settle() -> QueueRequest? {
        if world.pick(12) == 0 { holds = [] }
        guard !holds.isEmpty else { return nil }
        let place = world.pick(holds.count)
        let hold = holds[place]
        let settlement: QueueRequest.Settlement
        switch world.pick(8) {
        case 0, 1: settlement = .failed(delayMilliseconds: [0, 0, 2_000].pick(&world.chance))
        case 2: settlement = .undelivered
        case 3, 4: settlement = .extended(visibleMilliseconds: world.random(1_000...4_000))
        default: settlement = .acknowledged
        }
        // Now and then it says so twice.
        if case .extended = settlement {} else if world.pick(8) > 0 { holds.remove(at: place) }
        return QueueRequest(hold.queue, act: .settle(hold.token, settlement))
    }

    // MARK: Answers

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
            if case .queue(let request) = step.request.command {
                hear(answer.outcome, of: request.queue)
            }
        }
        self.step = nil
        client.rest()
    }

    private func hear(_ outcome: Outcome, of queue: QueueName) {
        switch outcome {
        case .queue(.pushed(_, .new)): client.count(.itemPushed)
        case .queue(.pushed(_, .already)): client.count(.itemPresent)
        case .queue(.taken(let delivery)):
            client.count(.itemTaken)
            holds.append(Hold(queue: queue, token: delivery.token))
        case .queue(.empty): client.count(.queueEmpty)
        case .queue(.acknowledged): client.count(.itemAcknowledged)
        case .queue(.returned(.dead)): client.count(.itemBuried)
        case .queue(.returned): client.count(.itemReturned)
        case .queue(.extended): client.count(.itemExtended)
        case .queue(.purged): client.count(.queuePurged)
        case .refused(.queue(_, .tokenLost)):
            client.count(.itemTokenLost)
            holds.removeAll {
                $0.queue == queue && outcome == .refused(.queue(queue, .tokenLost($0.token)))
            }
        default: break
        }
    }
}
