/// Writes Server-Sent Events (HTML Living Standard, 9.2) field by field.
package enum EventStream {
    /// The media type of a stream.
    package static let mediaType: StaticString = "text/event-stream"

    /// How long a client waits before it connects again.
    package static func append(retryMilliseconds: UInt64, to output: inout [UInt8]) {
        output.append("retry: ")
        output.append(decimal: retryMilliseconds)
        output.append("\n")
    }

    /// The event's name; without one a block is a `message`.
    package static func append(event: StaticString, to output: inout [UInt8]) {
        output.append("event: ")
        output.append(event)
        output.append("\n")
    }

    /// - Parameter id: without line ends and NUL.
    package static func append(id: [UInt8], to output: inout [UInt8]) {
        output.append("id: ")
        output.append(contentsOf: id)
        output.append("\n")
    }

    /// - Parameter data: one line, such as compact JSON.
    package static func append(data: [UInt8], to output: inout [UInt8]) {
        output.append("data: ")
        output.append(contentsOf: data)
        output.append("\n")
    }

    /// Ends a block: what the client dispatches.
    package static func appendEnd(to output: inout [UInt8]) { output.append("\n") }
}

/// Why a stream can't be followed further.
package enum EventStreamError: Error, Hashable, Sendable {
    case blockTooLarge(limit: Int)
}

/// Takes Server-Sent Events out of bytes as they arrive, wherever they are split, with any of the
/// three line ends. Unlike a browser it also reports blocks without data: they carry progress.
package struct EventStreamParser: Sendable {
    /// The largest block: a key object with its predecessor, base64 and escapes included.
    package static let blockByteCountMax = 16 << 20

    /// Where to resume; survives the end of a connection.
    package private(set) var lastEventID: [UInt8]
    /// The wait before connecting again that the server asked for.
    package private(set) var retryMilliseconds: UInt64?

    private var line: [UInt8] = []
    private var event: [UInt8] = []
    private var data: [UInt8]?
    private var hasFields = Presence.empty
    private var lineEnd = LineEnd.other
    private var isFirstLine = Position.first

    private enum Presence: UInt8, Sendable {
        case empty = 0
        case some = 1
    }

    private enum LineEnd: UInt8, Sendable {
        /// The last byte was CR: a following LF belongs to it.
        case carriageReturn = 0
        case other = 1
    }

    private enum Position: UInt8, Sendable {
        case first = 0
        case later = 1
    }

    /// - Parameter lastEventID: where an earlier connection ended.
    package init(lastEventID: [UInt8] = []) { self.lastEventID = lastEventID }

    /// The blocks that `bytes` complete, in order.
    package mutating func append(
        _ bytes: some Collection<UInt8>
    ) throws(EventStreamError) -> [ServerSentEvent] {
        var events: [ServerSentEvent] = []
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\n") where lineEnd == .carriageReturn: lineEnd = .other
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                lineEnd = byte == UInt8(ascii: "\r") ? .carriageReturn : .other
                if let event = takeLine() { events.append(event) }
            default:
                lineEnd = .other
                line.append(byte)
                guard line.count + (data?.count ?? 0) <= Self.blockByteCountMax else {
                    throw .blockTooLarge(limit: Self.blockByteCountMax)
                }
            }
        }
        return events
    }

    private mutating func takeLine() -> ServerSentEvent? {
        defer { line.removeAll(keepingCapacity: true) }
        if isFirstLine == .first {
            isFirstLine = .later
            if line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
        }
        guard !line.isEmpty else { return dispatch() }
        let nameEnd = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
        var value = line[nameEnd...].dropFirst()
        if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
        takeField(line[..<nameEnd], value: value)
        return nil
    }

    private mutating func takeField(_ name: ArraySlice<UInt8>, value: ArraySlice<UInt8>) {
        if name.equals("data") {
            if data == nil { data = [] } else { data?.append(UInt8(ascii: "\n")) }
            data?.append(contentsOf: value)
        } else if name.equals("event") {
            event = Array(value)
        } else if name.equals("id") {
            guard !value.contains(0) else { return }
            lastEventID = Array(value)
        } else if name.equals("retry") {
            retryMilliseconds = value.decimalValue ?? retryMilliseconds
        } else {
            return
        }
        hasFields = .some
    }

    private mutating func dispatch() -> ServerSentEvent? {
        guard hasFields == .some else { return nil }
        defer {
            event = []
            data = nil
            hasFields = .empty
        }
        return ServerSentEvent(event: event, data: data, lastEventID: lastEventID)
    }
}
