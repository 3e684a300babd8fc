import API
import Bytes
import Keyspace
import Wire

@testable import Server

/// The line protocol on one connection: many requests at a time, each answered when it is ready.
final class LineConversation {
    /// The number that every line of an answer repeats.
    struct Reply {
        let number: UInt64
    }

    private static let depthMax = 16

    private var hasPreface = false
    private var waiting: [(number: UInt64, request: LineRequest)] = []
    /// Calls that have begun and are not written, by the client's numbers.
    private var calls: [UInt64: UInt64] = [:]
    private(set) var isWithinRequest = false

    var isFull: Bool { waiting.count >= Self.depthMax }
    var waitingCount: Int { waiting.count }

    /// Nil while the bytes may be the preface or its beginning; then whether they are.
    static func isSpoken(_ input: Span<UInt8>) -> Bool? {
        let count = min(input.count, LineRequest.preface.count)
        guard
            Array(span: input.extracting(first: count)) == Array(LineRequest.preface.prefix(count))
        else { return false }
        return count == LineRequest.preface.count ? true : nil
    }

    func take(_ input: Span<UInt8>, from offset: inout Int, counters: inout Counters) -> Intake {
        if !hasPreface {
            offset += LineRequest.preface.count
            hasPreface = true
        }
        while !isFull {
            switch LineRequest.next(input, from: &offset) {
            case .needsMore:
                isWithinRequest = offset < input.count
                return .open
            case .malformed:
                isWithinRequest = false
                waiting.append((0, .end))
                return .refused
            case .request(let number, let request):
                counters.requestCount += 1
                waiting.append((number, request))
            }
        }
        isWithinRequest = false
        return .open
    }

    func next(
        number callNumber: UInt64,
        arrival: ClientArrival,
        in context: borrowing ReadContext
    ) -> NextCall<LineExchange, Reply>? {
        guard !waiting.isEmpty, calls.count < Self.depthMax else { return nil }
        let (number, request) = waiting.removeFirst()
        if let running = calls[number] {
            switch request {
            case .also(let path): return .input(running, .received(path))
            case .end: return .input(running, .inputEnded)
            case .get, .put, .watch:
                return refusal("error number in use", of: number)
            }
        }
        guard number > 0 else { return refusal("error malformed", of: 0) }
        guard arrival.room == .ample else { return refusal("error overloaded", of: number) }
        let (exchange, step) = LineExchange.begin(
            request,
            keyspace: context.keyspace,
            now: context.now
        )
        calls[number] = callNumber
        return .call(Reply(number: number), exchange, step)
    }

    /// The number stays with the call that has it.
    private func refusal(_ text: String, of number: UInt64) -> NextCall<LineExchange, Reply> {
        .call(Reply(number: number), nil, .respond(Array(text.utf8)))
    }

    func leave(_ reply: Reply) { calls.removeValue(forKey: reply.number) }

    func stop() {
        waiting = []
        calls = [:]
    }

    func write(_ line: [UInt8], to reply: Reply, into output: inout [UInt8]) {
        guard !line.isEmpty else { return }
        output.append(decimal: reply.number)
        output.append(UInt8(ascii: " "))
        output.append(contentsOf: line)
        output.append(UInt8(ascii: "\n"))
    }
}
