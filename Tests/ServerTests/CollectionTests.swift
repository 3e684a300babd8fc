import Bytes
import Testing

@testable import Server

@Suite("An indexed heap gives the least key, whatever was taken out before")
struct IndexedHeapTests {
    @Test(arguments: UInt64(1)...20)
    func againstASortedModel(_ seed: UInt64) {
        var chance = SplitMix64(seed: seed)
        var heap = IndexedHeap<UInt64>()
        var model: [(key: UInt64, element: UInt64, handle: IndexedHeap<UInt64>.Handle)] = []
        for element in 0..<2_000 as Range<UInt64> {
            switch UInt64.random(in: 0..<10, using: &chance) {
            case ..<5:
                let key = UInt64.random(in: 0..<200, using: &chance)
                model.append((key, element, heap.insert(element, key: key)))
            case ..<8 where !model.isEmpty:
                let place = Int.random(in: 0..<model.count, using: &chance)
                heap.remove(model.remove(at: place).handle)
            default:
                let limit = UInt64.random(in: 0..<250, using: &chance)
                let popped = heap.popFirst(through: limit)
                let least = model.map(\.key).min()
                guard let least, least <= limit else {
                    #expect(popped == nil)
                    continue
                }
                let place = model.firstIndex { $0.element == popped }
                #expect(place.map { model[$0].key } == least)
                if let place { model.remove(at: place) }
            }
            #expect(heap.count == model.count)
            #expect(heap.firstKey == model.map(\.key).min())
        }
    }
}

@Suite("A slot table's numbers rise and are never used twice")
struct SlotTableTests {
    @Test func aRemovedNumberFindsNothingEvenWhenItsSlotIsUsedAgain() {
        var table = SlotTable<Int>()
        let first = table.insert(1)
        #expect(table[first] == 1)
        #expect(table.remove(first) == 1)
        #expect(table.remove(first) == nil)
        let second = table.insert(2)
        #expect(second > first && table[first] == nil && table[second] == 2)
        #expect(table[.max] == nil && table[0] == nil)
        #expect(table.count == 1 && table.values == [2])
    }

    @Test func numbersRise() {
        var table = SlotTable<Int>()
        var last: UInt64 = 0
        for value in 0..<1_000 {
            let number = table.insert(value)
            #expect(number > last)
            last = number
            if value % 3 != 0 { table.remove(number) }
        }
        #expect(table.values.sorted() == Array(stride(from: 0, to: 1_000, by: 3)))
    }
}

@Suite("What leaves an output buffer is counted over the connection's life")
struct OutputBufferTests {
    @Test func anAnswersEndIsReachedWhenItsLastByteIsSent() {
        var output = OutputBuffer()
        output.bytes.append(contentsOf: [1, 2, 3])
        let first = output.end
        output.bytes.append(contentsOf: [4, 5])
        output.sent(2)
        #expect(output.totalSentByteCount < first && output.waitingByteCount == 3)
        output.sent(1)
        #expect(output.totalSentByteCount == first && !output.isEmpty)
        output.sent(2)
        #expect(output.isEmpty && output.bytes.isEmpty && output.end == 5)
    }

    @Test func whatIsSentOfALargeBufferIsGivenBack() {
        var output = OutputBuffer()
        output.bytes = [UInt8](repeating: 7, count: 3 << 20)
        output.sent(2 << 20)
        #expect(output.waitingByteCount == 1 << 20 && output.bytes.count == 1 << 20)
        #expect(output.sentByteCount == 0)
        output.sent(1 << 20)
        #expect(output.bytes.capacity == 0)
    }
}

@Suite("A queue gives back in order, and keeps nothing that was taken")
struct QueueTests {
    private final class Token {
        let number: Int
        init(_ number: Int) { self.number = number }
    }

    @Test func aQueueThatNeverEmptiesStaysSmallAndForgets() {
        var queue = Queue<Token>()
        var next = 0
        var expected = 0
        weak var taken: Token?
        for _ in 0..<10 {
            queue.append(Token(next))
            next += 1
        }
        for _ in 0..<10_000 {
            queue.append(Token(next))
            next += 1
            let token = queue.popFirst()
            #expect(token?.number == expected)
            expected += 1
            taken = token
        }
        #expect(taken == nil, "what was taken is gone")
        #expect(queue.count == 10 && queue.first?.number == expected)
        while queue.popFirst() != nil { expected += 1 }
        #expect(expected == next && queue.isEmpty && queue.first == nil)
    }
}
