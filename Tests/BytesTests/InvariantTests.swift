import Bytes
import Testing

@Suite("A broken invariant ends the process and says why")
struct InvariantTests {
    @Test func whatHoldsCostsNothing() {
        var reasons = 0
        func reason() -> String {
            reasons += 1
            return ""
        }
        invariant(true, reason())
        #expect(reasons == 0)
    }

    @Test func brokenOnesSayWhyAndWhere() async throws {
        let result = await #expect(
            processExitsWith: .failure,
            observing: [\.standardErrorContent]
        ) {
            invariant(1 > 2, "one is below two")
        }
        let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
        #expect(text.contains("invariant broken: one is below two"))
        #expect(text.contains("BytesTests/InvariantTests.swift"))
    }

    @Test func placesThatNothingLeadsTo() async {
        await #expect(processExitsWith: .failure) { unreachable("here") }
    }

    @Test func aReaderBeyondItsBytes() async {
        await #expect(processExitsWith: .failure) { _ = ByteReader([1, 2], in: 1..<3) }
    }
}
