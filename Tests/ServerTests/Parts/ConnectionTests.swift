import API
import Bytes
import Platform
import Testing
import Wire

@testable import Server

@Suite("Connections are flushed once a listing, answers before streams")
struct FlushQueueTests {
    typealias Connection = ClientConnection<ClientConversation>

    private static func connection(_ number: UInt64, streams: Bool = false) throws -> Connection {
        let connection = Connection(
            number: number,
            channel: try SocketPair().takeChannel(),
            client: ClientOrigin(listener: .client),
            account: ClientAccount(.source(.thisMachine)),
            now: MonotonicTime(rawValue: 0)
        )
        guard streams else { return connection }
        let call = InFlightRequest<ClientConversation>(
            number: number,
            arrivedAt: MonotonicTime(rawValue: 0),
            reply: .init(to: .refusal(HTTPResponse(status: 200)), pipelining: .alone),
            exchange: nil,
            connection: connection
        )
        call.stage = .streaming(.flowing)
        connection.enqueue(call)
        return connection
    }

    @Test func eachIsListedOnce() throws {
        var queue = FlushQueue<ClientConversation>()
        let (first, second) = (try Self.connection(1), try Self.connection(2))
        for connection in [first, second, first] { queue.list(connection) }
        #expect(queue.takeAnswers().map(\.number) == [1, 2])
        #expect(queue.isEmpty && first.flush == .none)
        queue.list(first)
        #expect(queue.takeAnswers().map(\.number) == [1])
    }

    @Test func streamsWaitInTheirOwnLine() throws {
        var queue = FlushQueue<ClientConversation>()
        let streams = [
            try Self.connection(1, streams: true), try Self.connection(2, streams: true),
        ]
        let answer = try Self.connection(3)
        for connection in streams + [answer] { queue.list(connection) }
        #expect(queue.takeAnswers().map(\.number) == [3])
        #expect(queue.takeStream()?.number == 1)
        queue.list(streams[0])
        #expect(queue.takeStream()?.number == 2)
        #expect(queue.takeStream()?.number == 1)
        #expect(queue.takeStream() == nil && queue.isEmpty)
    }

    @Test func whatIsClosedIsNotListed() throws {
        var queue = FlushQueue<ClientConversation>()
        let connection = try Self.connection(1)
        connection.phase = .closed
        queue.list(connection)
        #expect(queue.isEmpty)
    }
}

@Suite("A connection takes in no more than it may hold")
struct ConnectionBoundTests {
    typealias Connection = ClientConnection<ClientConversation>

    private static func connection() throws -> Connection {
        Connection(
            number: 1,
            channel: try SocketPair().takeChannel(),
            client: ClientOrigin(listener: .client),
            account: ClientAccount(.source(.thisMachine)),
            now: MonotonicTime(rawValue: 0)
        )
    }

    @Test func whatWaitsInTheOutputStopsReceiving() throws {
        let connection = try Self.connection()
        #expect(connection.mayReceive && connection.mayParse && connection.isAnswered)
        connection.output.bytes = [UInt8](repeating: 0, count: OutputBuffer.byteCountMax)
        #expect(!connection.mayReceive && !connection.mayParse)
        connection.output.sent(1)
        #expect(connection.mayReceive)
    }

    @Test func whatIsNotParsedStopsReceiving() throws {
        let connection = try Self.connection()
        connection.inbox = [UInt8](repeating: 0, count: 128 << 10)
        #expect(!connection.mayReceive && connection.mayParse)
    }

    @Test func phasesDecideWhatIsReceived() throws {
        let connection = try Self.connection()
        connection.input = .ended
        #expect(!connection.mayReceive && connection.mayParse)
        connection.input = .open
        connection.phase = .closing
        #expect(!connection.mayReceive && !connection.mayParse)
        connection.phase = .lingering(since: MonotonicTime(rawValue: 5))
        #expect(connection.mayReceive && !connection.mayParse)
        let patience = ConnectionPulse.lingerMilliseconds
        #expect(
            connection.deadline
                == MonotonicTime(rawValue: 5).advanced(byMilliseconds: patience)
        )
    }
}

@Suite("What all clients make the member hold is bounded")
struct MemoryBudgetTests {
    @Test func changesAddUp() {
        var budget = MemoryBudget()
        budget.changeInput(by: 10)
        budget.changeInput(by: -4)
        budget.changeOutput(by: 7)
        #expect(budget.inputByteCount == 6 && budget.outputByteCount == 7)
        #expect(budget.hasRoomForOutput && budget.admits(inputByteCount: .max))
    }

    @Test func outputThatIsGoneMakesRoomAgain() {
        var budget = MemoryBudget()
        budget.changeOutput(by: MemoryBudget.outputByteCountMax)
        #expect(!budget.hasRoomForOutput)
        budget.changeOutput(by: -1)
        #expect(budget.hasRoomForOutput)
    }
}
