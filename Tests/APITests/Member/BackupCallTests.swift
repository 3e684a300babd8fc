import API
import Backup
import Keyspace
import Replica
import Testing
import Wire

@Suite("Backups over HTTP: GET /v1/snapshot")
struct BackupCallTests {
    /// Everything that the stream has to say.
    private func bytes(_ session: inout Session, _ stage: inout ExchangeHarness) -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let piece = session.exchange.nextPiece(
                keyspace: stage.keyspace,
                member: stage.member,
                cache: &stage.encodings,
                now: stage.now
            )
            switch piece {
            case .bytes(let more): bytes += more
            case .end(let more): return bytes + more
            case .step(let step): session.follow(step, &stage)
            case .idle: Issue.record("a backup waits for nothing")
            }
        }
    }

    private func state(_ bytes: [UInt8]) throws -> (BackupHeader, Keyspace) {
        var reader = BackupReader()
        var decoder = SnapshotDecoder()
        var header: BackupHeader?
        for piece in try reader.feed(bytes) {
            switch piece {
            case .header(let found): header = found
            case .payload(let payload): try decoder.feed(payload)
            case .end: break
            }
        }
        try reader.finish()
        return (try #require(header), try decoder.finish())
    }

    @Test("it is the state as it was when the stream began, whatever is written meanwhile")
    func state() throws {
        var stage = ExchangeHarness()
        for number in 0..<3000 {
            _ = stage.call(.put, "/v1/kv/k/\(number)", body: String(repeating: "v", count: 200))
        }
        _ = stage.call(.put, "/v1/kv?key=%FF", body: "odd")
        _ = stage.call(.post, "/v1/locks/l", body: #"{"ttl":"1h"}"#)
        let hash = stage.keyspace.hash
        let revision = stage.keyspace.store.revision
        let keyCount = stage.keyspace.store.keyCount
        var session = stage.open(request(.get, "/v1/snapshot"))
        guard case .streaming(let head) = session.state else {
            Issue.record("no stream")
            return
        }
        let name = head.headers["content-disposition"].map { String(decoding: $0, as: UTF8.self) }
        #expect(name == "attachment; filename=\"roost-\(revision.rawValue).backup\"")
        _ = stage.call(.put, "/v1/kv/k/1", body: "later")
        _ = stage.call(.delete, "/v1/kv/k/2")
        let (header, keyspace) = try state(bytes(&session, &stage))
        #expect(keyspace.hash == hash && keyspace.hash != stage.keyspace.hash)
        #expect(header.revision == revision.rawValue && header.keyCount == UInt64(keyCount))
        #expect(header.leaseCount == 1 && header.index == keyspace.appliedIndex)
    }

    @Test("it holds what was acknowledged: without a majority there is none")
    func quorum() {
        var stage = ExchangeHarness()
        stage.quorum = .absent(.unknown)
        #expect(stage.call(.get, "/v1/snapshot").code == "unavailable")
    }

    @Test("two are read at a time; a third is told to come again, or to ask another member")
    func bound() {
        var stage = ExchangeHarness()
        for (count, isGiven) in [(0, true), (1, true), (2, false), (3, false)] {
            stage.keptStateCount = count
            let session = stage.open(request(.get, "/v1/snapshot"))
            if case .streaming = session.state {
                #expect(isGiven && session.exchange.keptState != nil)
            } else {
                #expect(!isGiven && session.reply?.code == "too-many-requests")
                #expect(session.reply?.header("retry-after") == "5")
            }
        }
    }

    @Test("HEAD freezes nothing; parameters are not known; other methods neither")
    func manners() {
        var stage = ExchangeHarness()
        // As many are read as may be: one more that froze the state would be refused.
        stage.keptStateCount = 2
        let head = stage.open(request(.head, "/v1/snapshot"))
        #expect(head.reply?.status == 200 && head.exchange.keptState == nil)
        #expect(stage.call(.get, "/v1/snapshot?x").json?["parameter"]?.text == "x")
        #expect(stage.call(.put, "/v1/snapshot").code == "method-not-allowed")
    }
}
