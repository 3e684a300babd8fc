import Bytes
import Testing

@testable import Keyspace

@Suite("The sorted map against an array")
struct SortedMapTests {
    @Test func agreesWithASortedArray() {
        var random = SplitMix64(seed: 7)
        var map = SortedMap<Int, Int>()
        var model: [(key: Int, value: Int)] = []
        for step in 0..<30_000 {
            let key = Int.random(in: 0..<3_000, using: &random)
            let place = model.firstIndex { $0.key >= key } ?? model.count
            let isThere = place < model.count && model[place].key == key
            // Growing first, shrinking later, so that chunks are split and joined.
            if Int.random(in: 0..<30_000, using: &random) > step {
                #expect(map.insert(step, for: key) == (isThere ? model[place].value : nil))
                if isThere {
                    model[place].value = step
                } else {
                    model.insert((key, step), at: place)
                }
            } else {
                #expect(map.remove(key) == (isThere ? model[place].value : nil))
                if isThere { model.remove(at: place) }
            }
            #expect(map.count == model.count)
            if step % 500 == 0 { compare(map, model: model, at: key) }
        }
        while let last = model.popLast() { #expect(map.remove(last.key) == last.value) }
        #expect(map.isEmpty && map.first == nil && map.last == nil)
    }

    @Test func aCopyStaysAsItWas() {
        var map = SortedMap<Int, Int>()
        for key in 0..<1_000 { map.insert(key, for: key) }
        let frozen = map
        for key in 0..<1_000 where key % 3 != 0 { map.remove(key) }
        _ = map.update(0) { $0 = -1 }
        #expect(frozen.elements.map(\.key) == Array(0..<1_000))
        #expect(frozen[0] == 0 && map[0] == -1)
    }

    private func compare(
        _ map: SortedMap<Int, Int>,
        model: [(key: Int, value: Int)],
        at key: Int
    ) {
        #expect(map.elements.map(\.key) == model.map(\.key))
        #expect(map.elements.map(\.value) == model.map(\.value))
        #expect(map.first?.key == model.first?.key && map.last?.key == model.last?.key)
        #expect(map.rank(of: key) == model.count { $0.key < key })
        #expect(map.elements(from: key).map(\.key) == model.map(\.key).filter { $0 >= key })
        #expect(map.elements(after: key).map(\.key) == model.map(\.key).filter { $0 > key })
    }
}
