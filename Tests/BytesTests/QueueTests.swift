import Bytes
import Testing

@Suite("the queue against an array")
struct QueueTests {
    @Test func randomOperations() {
        var random = SplitMix64(seed: 7)
        var queue = Queue<UInt64>()
        var model: [UInt64] = []
        for number in 0..<40_000 as Range<UInt64> {
            switch random.next() % 16 {
            case 0..<6:
                queue.append(number)
                model.append(number)
            case 6..<11:
                #expect(queue.popFirst() == (model.isEmpty ? nil : model.removeFirst()))
            case 11..<13:
                let residue = random.next() % 5
                let place = model.firstIndex { $0 % 5 == residue }
                let expected = place.map { model.remove(at: $0) }
                #expect(queue.remove { $0 % 5 == residue } == expected)
            case 13:
                queue.prepend([number, number])
                model = [number, number] + model
            case 14:
                let place = Int(random.next() % UInt64(model.count + 1))
                queue.insert(number, at: place)
                model.insert(number, at: place)
            default:
                guard random.next() % 50 == 0 else { continue }
                #expect(queue.takeAll() == model)
                model = []
            }
            #expect(queue.count == model.count && queue.isEmpty == model.isEmpty)
            #expect(queue.first == model.first && queue.last == model.last)
            guard !model.isEmpty else { continue }
            let place = Int(random.next() % UInt64(model.count))
            #expect(queue[place] == model[place])
        }
    }
}
