import Backup
import Bytes
import Fuzzing
import Testing

@Suite("Backups: every byte counts (Docs/Formats/backup.md)")
struct BackupTests {
    private static let header = BackupHeader(
        cluster: 0xC1,
        index: 42,
        clusterTimeMilliseconds: 1000,
        wallTimeMilliseconds: 1_700_000_000_000,
        revision: 17,
        compactRevision: 3,
        keyCount: 5,
        leaseCount: 1
    )

    private static let payloads: [[UInt8]] = [
        [1, 2, 3], Array(repeating: 7, count: 70_000), [0],
    ]

    private static var bytes: [UInt8] {
        var writer = BackupWriter()
        var bytes = writer.begin(header)
        for payload in payloads { bytes += writer.chunk(payload) }
        return bytes + writer.end()
    }

    private static func pieces(
        _ bytes: [UInt8],
        cutAt size: Int = 1 << 20
    ) throws(BackupFault) -> [BackupReader.Piece] {
        var reader = BackupReader()
        var pieces: [BackupReader.Piece] = []
        var start = 0
        while start < bytes.count {
            let end = min(start + size, bytes.count)
            pieces += try reader.feed(Array(bytes[start..<end]))
            start = end
        }
        try reader.finish()
        return pieces
    }

    @Test("what is written is read, however the bytes are cut")
    func roundTrip() throws {
        let bytes = Self.bytes
        for size in [1, 7, 4096, 1 << 20] {
            let pieces = try Self.pieces(bytes, cutAt: size)
            #expect(pieces.first == .header(Self.header))
            #expect(Array(pieces.dropFirst().dropLast()) == Self.payloads.map { .payload($0) })
            #expect(pieces.last == .end(Array(bytes.suffix(32))))
        }
    }

    @Test("every flipped bit, every cut and every byte too many is refused")
    func damage() {
        var writer = BackupWriter()
        var bytes = writer.begin(Self.header)
        bytes += writer.chunk([1, 2, 3])
        bytes += writer.chunk([4])
        bytes += writer.end()
        for place in bytes.indices {
            for bit in 0..<8 as Range<UInt8> {
                var damaged = bytes
                damaged[place] ^= 1 << bit
                #expect(throws: BackupFault.self) { try Self.pieces(damaged) }
            }
        }
        for count in bytes.indices {
            #expect(throws: BackupFault.self) { try Self.pieces(Array(bytes[..<count])) }
        }
        #expect(throws: BackupFault.bytesAfterEnd) { try Self.pieces(bytes + [0]) }
    }

    @Test("chunks of one backup do not go into another, nor into another order")
    func order() {
        var (one, other) = (BackupWriter(), BackupWriter())
        let head = one.begin(Self.header)
        _ = other.begin(Self.header)
        let (a, b) = (one.chunk([1]), one.chunk([2]))
        let end = one.end()
        #expect(throws: BackupFault.digestMismatch(chunk: 1)) {
            try Self.pieces(head + b + a + end)
        }
        #expect(throws: BackupFault.digestMismatch(chunk: 2)) {
            try Self.pieces(head + a + a + end)
        }
        _ = other.chunk([9])
        let foreign = other.chunk([2])
        #expect(throws: BackupFault.digestMismatch(chunk: 2)) {
            try Self.pieces(head + a + foreign + end)
        }
    }

    @Test("another magic, another version, a length beyond the limit")
    func foreign() {
        let bytes = Self.bytes
        var magic = bytes
        magic[0] = 0
        #expect(throws: BackupFault.notABackup) { try Self.pieces(magic) }
        var version = bytes
        version[8] = 9
        #expect(throws: BackupFault.unknownFormat(9)) { try Self.pieces(version) }
        var long = bytes
        long[112 + 3] = 0xFF
        #expect(throws: BackupFault.chunkTooLong(byteCount: 0xFF00_0003, chunk: 1)) {
            try Self.pieces(long)
        }
        #expect(throws: BackupFault.incomplete(chunk: 0)) { try Self.pieces([]) }
        #expect(throws: BackupFault.incomplete(chunk: 0)) { try Self.pieces(Array(bytes[..<7])) }
        #expect(throws: BackupFault.notABackup) { try Self.pieces(Array("hello".utf8)) }
    }

    @Test("whatever bytes come, the reader gives no payload that was not written")
    func fuzz() {
        let known = Set(Self.payloads)
        var fuzzer = Fuzzer("backup", corpus: [Self.bytes, Array(Self.bytes.prefix(200))])
        fuzzer.run { input in
            do throws(BackupFault) {
                let pieces = try Self.pieces(input)
                for case .payload(let payload) in pieces { #expect(known.contains(payload)) }
                return "whole \(pieces.count)"
            } catch { return String(error.text.prefix(24)) }
        }
    }
}
