import Testing

@testable import roost

@Suite("Changes of trees as merge patches")
struct TreePatchTests {
    private func leaf(_ path: String, _ value: String) -> TreeLeaf {
        TreeLeaf(path: Array(path.utf8), value: Array(value.utf8))
    }

    private func patches(
        _ present: [TreeLeaf],
        _ wanted: [TreeLeaf],
        rest: TreeComparison.Rest = .goes
    ) throws -> [String] {
        let comparison = TreeComparison(from: present, to: wanted, rest: rest)
        var patches = try TreePatches(comparison, of: present)
        var texts: [String] = []
        while let patch = patches.next() { texts.append(String(decoding: patch, as: UTF8.self)) }
        return texts
    }

    @Test("only what differs is named, and what is to stay beside it")
    func small() throws {
        let present = [leaf("/a", "1"), leaf("/b", "1"), leaf("/c/d", "1"), leaf("/c/e", "1")]
        #expect(try patches(present, present) == [])
        #expect(try patches(present, present + [leaf("/a/x", "2")]) == [#"{"a":{"":"1","x":"2"}}"#])
        #expect(
            try patches(present, [leaf("/b", "2"), leaf("/c", "own"), leaf("/c/d", "1")])
                == [#"{"a":null,"b":"2","c":{"":"own","e":null}}"#]
        )
        #expect(try patches(present, [leaf("/b", "2")], rest: .stays) == [#"{"b":"2"}"#])
        #expect(try patches([], [leaf("", "x")]) == [#"{"":"x"}"#])
        let own = [leaf("/c", "1"), leaf("/c/d", "1")]
        #expect(try patches(own, [leaf("/c/d", "1")]) == [#"{"c":{"":null}}"#])
    }

    @Test("large changes are several patches, each of a size that a request may have")
    func large() throws {
        let value = String(repeating: "\u{1}", count: 1_000)
        let wanted = (0..<1_000).map { leaf("/d\($0 % 7)/k\($0)", value) }
        let texts = try patches([], wanted)
        #expect(texts.count > 4 && texts.allSatisfy { $0.utf8.count <= 1_500_000 })
        let many = (0..<90_000).map { leaf("/k\($0)", "v") }
        #expect(try patches([], many).count == 3)
    }

    @Test("a path deeper than a request's JSON is refused")
    func deep() {
        #expect(throws: Failure.self) {
            try patches([], [leaf(String(repeating: "/d", count: 63), "v")])
        }
    }
}
