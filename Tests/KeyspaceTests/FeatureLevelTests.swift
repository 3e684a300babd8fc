import Bytes
import Testing

@testable import Keyspace

@Suite("The feature level of a cluster (operations.md, Upgrade)")
struct FeatureLevelTests {
    private static func snapshot(of keyspace: Keyspace) -> [UInt8] {
        var encoder = SnapshotEncoder(keyspace.freeze())
        var bytes: [UInt8] = []
        while let chunk = encoder.next() { bytes += chunk }
        return bytes
    }

    private static func decoded(_ bytes: [UInt8]) throws(SnapshotError) -> Keyspace {
        var decoder = SnapshotDecoder()
        try decoder.feed(bytes)
        return try decoder.finish()
    }

    @Test("it rises, never falls, and stays where it is held")
    func rises() {
        var machine = Machine()
        #expect(machine.keyspace.featureLevel.number == 1)
        machine.apply(.raiseFeatureLevel(to: 2))
        #expect(machine.keyspace.featureLevel.number == 2)
        machine.apply(.holdFeatureLevel(.held))
        machine.apply(.raiseFeatureLevel(to: 3))
        #expect(machine.keyspace.featureLevel.number == 2)
        machine.apply(.holdFeatureLevel(.free))
        machine.apply(.raiseFeatureLevel(to: FeatureLevel.newest + 1))
        machine.apply(.raiseFeatureLevel(to: 2))
        #expect(machine.keyspace.featureLevel.number == FeatureLevel.newest + 1)
    }

    @Test(
        "a snapshot of the first level has the form of the release before, a later one a new form"
    )
    func snapshots() throws {
        var machine = Machine()
        machine.apply(.put("/a", value: "1"))
        let first = Self.snapshot(of: machine.keyspace)
        #expect(first[2] == 3, "the header's first number is the format")
        machine.apply(.raiseFeatureLevel(to: 2))
        machine.apply(.holdFeatureLevel(.held))
        let second = Self.snapshot(of: machine.keyspace)
        #expect(second[2] == 4)
        #expect(try Self.decoded(first).featureLevel.number == 1)
        let restored = try Self.decoded(second)
        #expect(restored.featureLevel == machine.keyspace.featureLevel)
        #expect(restored.hash == machine.keyspace.hash)
        var claims = second
        claims[2] = 3
        #expect(throws: SnapshotError.self) { try Self.decoded(claims) }
    }
}
