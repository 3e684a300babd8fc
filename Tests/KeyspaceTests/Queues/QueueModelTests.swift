import Bytes
import Testing

@testable import Keyspace

@Suite("Queues against the model")
struct QueueModelTests {
    private static let names = ["a", "b", "dead"].map { QueueName(bytes($0)) }

    @Test("random histories come to the same, with snapshots in between")
    func agree() throws {
        for seed: UInt64 in 0..<60 {
            let difference = try run(seed: seed, fault: .none)
            #expect(difference == nil, "seed \(seed): \(difference ?? "")")
        }
    }

    /// The comparison is not empty: each way of being wrong is seen.
    @Test(arguments: QueueModel.Fault.allCases.filter { $0 != .none })
    func plantedFaultsAreSeen(_ fault: QueueModel.Fault) throws {
        let isSeen = try (0..<60).contains { seed in try run(seed: seed, fault: fault) != nil }
        #expect(isSeen)
    }

    /// The first difference of a random history, nil when there is none.
    private func run(seed: UInt64, fault: QueueModel.Fault) throws -> String? {
        var random = SplitMix64(seed: seed)
        var machine = Machine()
        var model = QueueModel(fault: fault)
        machine.apply(.raiseFeatureLevel(to: FeatureLevel.fourth))
        var spent: [QueueToken] = []
        for entry in 0..<300 {
            machine.time += UInt64.random(in: 0..<5, using: &random) * 300
            let request = next(model, spent: spent, random: &random)
            let words = words(machine.apply(request.map { .queue($0) } ?? .compact(.zero)))
            let expected = model.apply(request, index: machine.index, time: machine.time)
            if request != nil, words != expected {
                return "\(words) instead of \(expected) for \(String(describing: request))"
            }
            spent.append(QueueToken(rawValue: machine.index))
            for name in Self.names {
                let queue = machine.keyspace.queue(name)
                let counts = [queue.readyCount, queue.delayedCount, queue.takenCount]
                if counts != model.counts(of: name) {
                    return "\(counts) instead of \(model.counts(of: name)) in \(name)"
                }
            }
            if entry % 37 == 0 { try machine.restartTwin() }
        }
        return nil
    }

    private func next(
        _ model: QueueModel,
        spent: [QueueToken],
        random: inout SplitMix64
    ) -> QueueRequest? {
        func one(in count: Int) -> Bool { Int.random(in: 0..<count, using: &random) == 0 }
        let name = Self.names[one(in: 5) ? 2 : one(in: 2) ? 1 : 0]
        let milliseconds = UInt64.random(in: 1...3, using: &random) * 1_000
        switch Int.random(in: 0..<12, using: &random) {
        case 0..<4:
            let settings = QueueSettings(tryCountMax: 2, dead: Self.names[2])
            let push = QueuePush(
                value: [UInt8.random(in: 0...9, using: &random)],
                key: one(in: 3) ? path("k\(Int.random(in: 0..<3, using: &random))") : nil,
                priority: Int32.random(in: -1...1, using: &random),
                delayMilliseconds: one(in: 4) ? milliseconds : 0,
                settings: one(in: 6) && name != Self.names[2] ? settings : nil
            )
            return QueueRequest(name, act: .push(push))
        case 4..<7: return QueueRequest(name, act: .take(visibleMilliseconds: milliseconds))
        case 7..<11:
            let any = spent.randomElement(using: &random) ?? QueueToken(rawValue: 1)
            let token = one(in: 6) ? any : model.token(in: name, using: &random) ?? any
            let settlements: [QueueRequest.Settlement] = [
                .acknowledged, .failed(delayMilliseconds: one(in: 2) ? 0 : milliseconds),
                .undelivered, .extended(visibleMilliseconds: milliseconds),
            ]
            let settlement = settlements.randomElement(using: &random) ?? .acknowledged
            return QueueRequest(name, act: .settle(token, settlement))
        default: return one(in: 4) ? QueueRequest(name, act: .purge) : nil
        }
    }

    private func words(_ outcome: Outcome) -> String {
        switch outcome {
        case .queue(.pushed(let id, .new)): "pushed \(id)"
        case .queue(.pushed(let id, .already)): "there \(id)"
        case .queue(.taken(let item)): "took \(item.id) \(item.tryCount) \(item.value)"
        case .queue(.empty): "empty"
        case .queue(.acknowledged): "done"
        case .queue(.returned(let whereabouts)): "\(whereabouts)"
        case .queue(.extended): "extended"
        case .queue(.purged(let count)): "purged \(count)"
        case .refused(.queue(_, .tokenLost)): "lost"
        default: "\(outcome)"
        }
    }
}
