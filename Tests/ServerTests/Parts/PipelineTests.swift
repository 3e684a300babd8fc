import API
import Testing
import Wire

@testable import Server

@Suite("Requests of one kind are under way together, others wait")
struct PipelineTests {
    private static let kinds: [PipelineClass] = [.read, .write, .alone]

    @Test func anythingMayBeginWhereNothingIsUnderWay() {
        for kind in Self.kinds { #expect(Pipeline().admits(kind)) }
    }

    @Test func onlyItsLikeMayJoinAndNothingJoinsWhatIsAlone() {
        for first in Self.kinds {
            var pipeline = Pipeline()
            pipeline.begin(first, requestCount: 1, byteCount: 0)
            for second in Self.kinds {
                #expect(pipeline.admits(second) == (first == second && first != .alone))
            }
            pipeline.end(requestCount: 1, byteCount: 0)
            for second in Self.kinds { #expect(pipeline.admits(second)) }
        }
    }

    @Test func bodiesUnderWayAreBounded() {
        var pipeline = Pipeline()
        pipeline.begin(.write, requestCount: 1, byteCount: Pipeline.byteCountMax - 1)
        #expect(pipeline.admits(.write))
        pipeline.begin(.write, requestCount: 1, byteCount: 1)
        #expect(!pipeline.admits(.write))
        pipeline.end(requestCount: 1, byteCount: 1)
        #expect(pipeline.admits(.write) && pipeline.underWayCount == 1)
    }

    @Test(
        arguments: [
            (Method.get, "/v1/kv/a", nil, PipelineClass.read),
            (.get, "/v1/kv/a", "consistency=stale", .alone), (.get, "/v1/status", nil, .alone),
            (.get, "/v1/kvx", nil, .alone), (.put, "/v1/kv/a", nil, .write),
            (.put, "/v1/kv/a", "lease=1", .write), (.delete, "/v1/kv/a", nil, .write),
            (.delete, "/v1/locks/a", nil, .alone), (.post, "/v1/kv/a", nil, .write),
            (.post, "/v1/txn", nil, .write), (.post, "/v1/txnx", nil, .alone),
            (.post, "/v1/locks/a", nil, .alone), (.head, "/v1/kv/a", nil, .alone),
            (.options, "/v1/kv/a", nil, .alone),
        ] as [(Wire.Method, String, String?, PipelineClass)]
    )
    func aRequestHasItsClass(
        _ method: Wire.Method,
        path: String,
        query: String?,
        kind: PipelineClass
    ) {
        let request = HTTPRequest(
            method: method,
            rawPath: path.utf8,
            rawQuery: query.map { Array($0.utf8) }
        )
        #expect(PipelineClass(request) == kind)
    }
}

@Suite("What was sent and has not begun is kept in its order")
struct BacklogTests {
    private static func request(_ method: Wire.Method, body: String = "") -> Backlog.Item {
        .request(
            HTTPRequest(method: method, rawPath: "/v1/kv/a".utf8, body: Array(body.utf8))
        )
    }

    private static func append(_ kind: RequestBatch.Kind, value: String, to backlog: inout Backlog)
    {
        let (key, value) = (Array("/a".utf8), Array(value.utf8))
        backlog.append(kind, as: KnownRequests(), key: key.span, value: value.span)
    }

    @Test func countsAreThoseOfTheItems() {
        var backlog = Backlog()
        backlog.append(Self.request(.put, body: "12345"))
        Self.append(.puts, value: "abc", to: &backlog)
        Self.append(.puts, value: "de", to: &backlog)
        Self.append(.reads, value: "", to: &backlog)
        backlog.append(.refusal(HTTPResponse(status: 400)))
        #expect(backlog.count == 5 && backlog.byteCount == 10)
        #expect(backlog.brokenRule == nil)
        var counts: [Int] = []
        while let (item, _) = backlog.takeFirst(admittedBy: Pipeline()) {
            counts.append(item.requestCount)
            #expect(backlog.brokenRule == nil)
        }
        #expect(counts == [1, 2, 1, 1])
        #expect(backlog.count == 0 && backlog.byteCount == 0)
    }

    @Test func likeRequestsJoinABatchUntilAnotherComesBetween() {
        var backlog = Backlog()
        Self.append(.reads, value: "", to: &backlog)
        Self.append(.reads, value: "", to: &backlog)
        backlog.append(Self.request(.get))
        Self.append(.reads, value: "", to: &backlog)
        Self.append(.staleReads, value: "", to: &backlog)
        var taken: [(Int, PipelineClass)] = []
        while let (item, pipelining) = backlog.takeFirst(admittedBy: Pipeline()) {
            taken.append((item.requestCount, pipelining))
        }
        #expect(taken.map(\.0) == [2, 1, 1, 1])
        #expect(taken.map(\.1) == [.read, .read, .read, .alone])
    }

    @Test func aBatchThatHasBegunIsJoinedByNone() {
        var backlog = Backlog()
        Self.append(.reads, value: "", to: &backlog)
        let first = backlog.takeFirst(admittedBy: Pipeline())
        Self.append(.reads, value: "", to: &backlog)
        #expect(first?.item.requestCount == 1 && backlog.count == 1)
    }

    @Test func theOldestWaitsForThePipelineAndHoldsUpTheOthers() {
        var backlog = Backlog()
        backlog.append(Self.request(.put))
        backlog.append(Self.request(.get))
        var pipeline = Pipeline()
        pipeline.begin(.read, requestCount: 1, byteCount: 0)
        #expect(backlog.takeFirst(admittedBy: pipeline) == nil)
        #expect(backlog.count == 2)
        pipeline.end(requestCount: 1, byteCount: 0)
        #expect(backlog.takeFirst(admittedBy: pipeline)?.pipelining == .write)
        backlog.removeAll()
        #expect(backlog.count == 0 && backlog.takeFirst(admittedBy: pipeline) == nil)
    }
}
