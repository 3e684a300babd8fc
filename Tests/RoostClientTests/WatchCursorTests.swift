import RoostClient
import Testing
import Wire

@Suite("Resuming a watch: exactly once, in order, gap-free (Docs/http-api.md, watching)")
struct WatchCursorTests {
    /// The blocks of a stream.
    private static func blocks(_ text: String) throws -> [ServerSentEvent] {
        var parser = EventStreamParser()
        return try parser.append(Array(text.utf8))
    }

    @Test("the first block and progress only move the place; events are delivered")
    func changes() throws {
        var cursor = WatchCursor(start: .changes)
        #expect(cursor.next == .resume(lastEventID: []))
        let stream = try Self.blocks(
            "retry: 1000\nid: 7\n\nevent: put\nid: 8.0\ndata: {}\n\nid: 9\n\n"
        )
        #expect(stream.map { cursor.receive($0) } == [.progress, .deliver, .progress])
        #expect(cursor.next == .resume(lastEventID: Array("9".utf8)))
    }

    @Test("a break among the initial items begins again; after synced it resumes")
    func initialItems() throws {
        var cursor = WatchCursor(start: .initialItems)
        for block in try Self.blocks("retry: 1000\nid: 7\n\nevent: put\nid: 7\ndata: {}\n\n") {
            _ = cursor.receive(block)
        }
        #expect(cursor.asksForInitialItems)
        #expect(cursor.next == .resume(lastEventID: []))
        for block in try Self.blocks("event: synced\nid: 7\ndata: {}\n\n") {
            #expect(cursor.receive(block) == .deliver)
        }
        #expect(!cursor.asksForInitialItems)
        #expect(cursor.next == .resume(lastEventID: Array("7".utf8)))
    }

    @Test("the end that was asked for is delivered and is the end")
    func end() throws {
        var cursor = WatchCursor(start: .changes)
        for block in try Self.blocks("id: 7\n\nevent: end\nid: 9\ndata: {\"revision\":9}\n\n") {
            _ = cursor.receive(block)
        }
        #expect(cursor.next == .finish)
    }

    @Test("compacted is delivered and is the end")
    func compacted() throws {
        var cursor = WatchCursor(start: .changes)
        let stream = try Self.blocks(
            "event: compacted\nid: COMPACTED\ndata: {\"compact_revision\":5}\n\n"
        )
        #expect(stream.map { cursor.receive($0) } == [.deliver])
        #expect(cursor.next == .finish)
    }
}
