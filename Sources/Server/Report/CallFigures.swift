internal import API
internal import Bytes
internal import Wire

/// What came of the requests of clients, by what they were about; as many counts as there are
/// addresses, whatever clients ask.
struct CallFigures {
    /// A class of answers that was given at least once.
    private struct Answers {
        let status: UInt16
        var count: UInt64
    }

    /// One answer, or many that were given together, whose bytes leave at the end of the turn.
    private struct Leaving {
        let subject: CallSubject
        let arrivedAt: MonotonicTime
        let count: UInt64
        let trace: [UInt8]?
    }

    /// Answers that took longer than an operator wants.
    struct Slow {
        let subject: CallSubject
        let nanoseconds: UInt64
        let count: UInt64
        /// As the client gave it, where that was sound.
        let trace: [UInt8]?
    }

    /// More are not told of in one turn.
    private static let slowCountMax = 16

    private var answers = [[Answers]](repeating: [], count: CallSubject.count)
    private var times = [DurationHistogram](
        repeating: DurationHistogram(),
        count: CallSubject.count
    )
    private var leaving: [Leaving] = []

    /// An answer of that status, or the head of a stream.
    mutating func note(_ status: UInt16, to subject: CallSubject) {
        let place = Int(subject.rawValue)
        for known in answers[place].indices where answers[place][known].status == status {
            answers[place][known].count &+= 1
            return
        }
        answers[place].append(Answers(status: status, count: 1))
    }

    /// Requests that came at once are answered in this turn.
    mutating func answered(
        _ subject: CallSubject,
        arrivedAt: MonotonicTime,
        count: Int,
        trace: [UInt8]?
    ) {
        leaving.append(
            Leaving(
                subject: subject,
                arrivedAt: arrivedAt,
                count: UInt64(clamping: count),
                trace: trace
            )
        )
    }

    /// The turn's answers are with the system; those that took `slowNanoseconds` or more.
    mutating func endTurn(_ now: MonotonicTime, slowNanoseconds: UInt64) -> [Slow] {
        var slow: [Slow] = []
        for answer in leaving {
            let took = now.nanoseconds(since: answer.arrivedAt)
            times[Int(answer.subject.rawValue)].add(nanoseconds: took, count: answer.count)
            if took >= slowNanoseconds, slow.count < Self.slowCountMax {
                slow.append(
                    Slow(
                        subject: answer.subject,
                        nanoseconds: took,
                        count: answer.count,
                        trace: answer.trace
                    )
                )
            }
        }
        leaving.removeAll(keepingCapacity: true)
        return slow
    }

    /// Whether the end of the turn is waited for.
    var awaitsEnd: Bool { !leaving.isEmpty }

    func append(to page: inout MetricsPage) {
        var counts: [(labels: [MetricsPage.Label], value: UInt64)] = []
        var durations: [(labels: [MetricsPage.Label], histogram: DurationHistogram)] = []
        for place in answers.indices {
            guard let subject = CallSubject(rawValue: UInt16(place)) else { continue }
            let labels: [MetricsPage.Label] = [
                ("method", Array(subject.method.utf8)), ("route", [UInt8](subject.route)),
            ]
            for known in answers[place].sorted(by: { $0.status < $1.status }) {
                let code: MetricsPage.Label = ("code", Array("\(known.status)".utf8))
                counts.append((labels + [code], known.count))
            }
            if times[place].count > 0 { durations.append((labels, times[place])) }
        }
        page.counters("roost_http_requests_total", help: "Requests that were answered.", of: counts)
        page.histograms(
            "roost_http_request_seconds",
            help:
                "From a request's arrival until its answer was sent, of those that waited for nothing.",
            of: durations
        )
    }
}
