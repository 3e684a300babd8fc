import Testing
import roost

@Suite("What a benchmark is asked for")
struct BenchOptionsTests {
    private static func options(_ line: String) throws -> BenchOptions {
        let words = ("bench " + line).split(separator: " ").map { Array($0.utf8) }
        guard case .invocation(let invocation) = try CommandTable.parse(words) else {
            throw Failure.local("'\(line)' asks for help")
        }
        return try BenchOptions(invocation)
    }

    @Test("defaults as the help says", arguments: Work.allCases)
    func defaults(_ work: Work) throws {
        let options = try Self.options(work.rawValue)
        #expect(options.work == work)
        #expect(options.connectionCount == 64 && options.pipelineDepth == 1)
        #expect(options.rate == nil && options.extent == .milliseconds(10_000))
        #expect(options.warmUpMilliseconds == 1000 && options.valueByteCount == 256)
        #expect(options.keyCount == (work == .lock ? 1 : 10_000))
        #expect(options.distribution == .uniform && options.ratio == (1, 10))
        #expect(options.spread == .leader && options.opponent == .service)
        #expect(options.filling == .first)
    }

    @Test("every flag is taken up")
    func flags() throws {
        let options = try Self.options(
            "mixed -c 3 -p 16 --rate 2000 -n 500 --value-size 10 --keys 7 --distribution zipf "
                + "--ratio 3:2 --limit 5 --prefix /a/b --no-fill --seed 9 --all-endpoints "
                + "--report r.html"
        )
        #expect(options.connectionCount == 3 && options.pipelineDepth == 16)
        #expect(options.rate == 2000 && options.extent == .requests(500))
        #expect(options.warmUpMilliseconds == 0, "all requests count unless a warm-up is asked for")
        #expect(options.valueByteCount == 10 && options.keyCount == 7)
        #expect(options.distribution == .zipf && options.ratio == (3, 2) && options.limit == 5)
        #expect(options.prefix == Array("/a/b".utf8) && options.filling == .none)
        #expect(options.seed == 9 && options.spread == .allEndpoints)
        #expect(options.reportPath == "r.html")
    }

    @Test(
        "what makes no sense is a usage error that says what to write",
        arguments: [
            "frobnicate", "write -c 0", "write -c 999999", "write -p 0", "write --rate 0",
            "write -d 0", "write -n 0", "write -d 1s -n 5", "write --keys 0",
            "write --value-size 2000000", "write --distribution normal", "mixed --ratio 1",
            "mixed --ratio 0:0", "mixed --ratio 1:2:3", "list --limit 0", "write --prefix a",
            "write --prefix /", "lock --rate 5", "lock -p 2", "lock --null",
            "read --null --endpoints a:1", "write -d long",
        ]
    )
    func refused(_ line: String) {
        let error = #expect(throws: Failure.self) { try Self.options(line) }
        #expect(error?.exitCode == .usage)
        #expect(error?.explanation.contains(";") ?? false, "it says what to write instead")
    }
}
