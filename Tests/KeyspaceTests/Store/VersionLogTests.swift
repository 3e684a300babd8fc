import Bytes
import Testing

@testable import Keyspace

@Suite("The version archive against an array")
struct VersionLogTests {
    private static let key = Array("/k".utf8)

    /// Versions with values from nothing to more than a piece, and deletions.
    private static func versions(_ count: Int, seed: UInt64) -> [Version] {
        var random = SplitMix64(seed: seed)
        return (1...count).map { number in
            let revision = Revision(rawValue: UInt64(number) * 1000)
            guard number % 7 != 0 else { return .deletion(at: revision) }
            let byteCount = number % 50 == 0 ? 100_000 : Int.random(in: 0..<900, using: &random)
            let head = VersionHead(
                createRevision: Revision(rawValue: UInt64(number)),
                modRevision: revision,
                version: UInt64.random(in: 1..<300, using: &random),
                lease: UInt64.random(in: 0..<2, using: &random) << 40,
                created: WallTime(rawValue: UInt64.random(in: 0..<3, using: &random) << 40),
                modified: WallTime(rawValue: UInt64.random(in: 0..<3, using: &random) << 41),
                author: AuthorID(rawValue: UInt32.random(in: 0..<300, using: &random)),
                valueByteCount: byteCount,
                noteByteCount: number % 3 == 0 ? number % 257 : 0
            )
            return Version(
                head,
                value: (0..<byteCount).map { UInt8(truncatingIfNeeded: $0) },
                note: (0..<head.noteByteCount).map { UInt8(truncatingIfNeeded: $0) }
            )
        }
    }

    private func item(_ version: Version) -> UInt128 { version.stateItem(key: Self.key).value }

    @Test("what was appended is at its place, whatever else comes and goes, in a copy too")
    func places() {
        let versions = Self.versions(1000, seed: 1)
        var archive = VersionLog()
        let places = versions.map { archive.append($0, behind: .none, isSkipTarget: false) }
        #expect(Set(places).count == places.count)
        let frozen = archive
        for (index, version) in versions.enumerated() {
            #expect(item(archive.version(at: places[index])) == item(version))
            #expect(archive.block(at: places[index]).head.isLive == version.isLive)
            #expect(archive.removeFirst(key: Self.key)?.item.value == item(version))
            #expect(archive.isForgotten(places[index]))
            guard index % 100 == 50 else { continue }
            for later in places.indices where later > index {
                #expect(item(archive.version(at: places[later])) == item(versions[later]))
            }
        }
        #expect(archive.removeFirst(key: Self.key) == nil)
        #expect(archive.start == archive.end)
        for (place, version) in zip(places, versions) {
            #expect(item(frozen.version(at: place)) == item(version))
        }
    }

    @Test("a queue that is never long goes on for ever, and comes back from what it writes")
    func queue() throws {
        let versions = Self.versions(2000, seed: 2)
        var archive = VersionLog()
        for (index, version) in versions.enumerated() {
            let place = archive.append(version, behind: .none, isSkipTarget: false)
            #expect(item(archive.version(at: place)) == item(version))
            guard index >= 5 else { continue }
            #expect(archive.removeFirst(key: Self.key)?.item.value == item(versions[index - 5]))
        }
        var output: [UInt8] = []
        var place = archive.start
        while place != archive.end { archive.write(&place, to: &output) }
        var reader = ByteReader(output)
        for version in versions.suffix(5) {
            #expect(item(try reader.readVersion(.fourth)) == item(version))
        }
        try reader.expectEnd()
    }

    @Test(
        "what is reserved is what is held, whatever the size of values",
        arguments: [40, 100, 600, 3_000, 5_000, 20_000, 40_000, 70_000, 1_048_576]
    )
    func memory(_ byteCount: Int) {
        var archive = VersionLog()
        var held = 0
        for number in 1...max(24, 2_000_000 / byteCount) {
            let head = VersionHead(
                createRevision: Revision(rawValue: 1),
                modRevision: Revision(rawValue: UInt64(number)),
                version: UInt64(number),
                lease: 0,
                created: .unknown,
                modified: .unknown,
                author: .nobody,
                valueByteCount: byteCount,
                noteByteCount: 0
            )
            let version = Version(head, value: [UInt8](repeating: 7, count: byteCount), note: [])
            _ = archive.append(version, behind: .none, isSkipTarget: false)
            held += byteCount
        }
        let reserved = archive.pieces.reduce(0) { $0 + $1.capacity }
        // Small values have heads as large as they are.
        let overhead = (held / byteCount) * 40
        #expect(reserved <= held + held / 50 + overhead + 2 * 65_536)
    }
}
