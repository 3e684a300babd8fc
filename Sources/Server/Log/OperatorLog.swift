internal import Bytes
internal import Platform

/// Where an operator reads what happens: each event is one line, and what happens again and again is
/// counted instead of written.
final class OperatorLog {
    /// An event that was written, and how often it came since.
    private struct Written {
        var event: LogEvent
        let writtenAt: MonotonicTime
        var repetitions: UInt64 = 0
    }

    /// The same event is counted for so long.
    static let quietMilliseconds: UInt64 = 10_000
    /// More events than this are not compared: the oldest is forgotten.
    private static let writtenCountMax = 64

    private let format: LogFormat
    private var level: LogLevel
    private let sink: LogSink
    private var written: [Written] = []

    init(_ format: LogFormat, level: LogLevel?, sink: LogSink) {
        self.format = format
        self.level = level ?? format.usualLevel
        self.sink = sink
    }

    /// Events below this are not written from now on; nil for the usual ones.
    func setLevel(_ level: LogLevel?) { self.level = level ?? format.usualLevel }

    /// When `renew` has something to do.
    var deadline: MonotonicTime? {
        written.first { $0.repetitions > 0 }?.writtenAt
            .advanced(byMilliseconds: Self.quietMilliseconds)
    }

    /// Writes an event, or counts it.
    func write(_ event: LogEvent, now: MonotonicTime) {
        guard event.level >= level else { return }
        renew(now)
        let place = written.firstIndex {
            $0.event.sameness == event.sameness && $0.event.name == event.name
        }
        if let place {
            written[place].event = event
            written[place].repetitions += 1
            return
        }
        if written.count == Self.writtenCountMax { settle(written.removeFirst()) }
        written.append(Written(event: event, writtenAt: now))
        put(event, repetitions: 0)
    }

    /// Writes how often events came again, of those that were written long ago.
    func renew(_ now: MonotonicTime) {
        while let first = written.first,
            now >= first.writtenAt.advanced(byMilliseconds: Self.quietMilliseconds)
        {
            settle(written.removeFirst())
        }
    }

    /// Writes what is left to be written; blocks until the file has it.
    func end() {
        for event in written { settle(event) }
        written = []
        sink.end()
    }

    /// Writes why the process ends, and waits until that is taken.
    func writeLast(_ event: LogEvent) {
        let line = format.line(event, unixMilliseconds: Clock.wallMilliseconds(), repetitions: 0)
        sink.putLast(line, priority: event.level.priority)
        end()
    }

    private func settle(_ written: Written) {
        if written.repetitions > 0 { put(written.event, repetitions: written.repetitions) }
    }

    private func put(_ event: LogEvent, repetitions: UInt64) {
        let line = format.line(
            event,
            unixMilliseconds: Clock.wallMilliseconds(),
            repetitions: repetitions
        )
        sink.put(line, priority: event.level.priority)
    }
}

extension StaticString {
    fileprivate static func == (left: StaticString, right: StaticString) -> Bool {
        left.description == right.description
    }
}
