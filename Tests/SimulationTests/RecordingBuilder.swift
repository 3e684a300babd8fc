import Bytes
import Simulation

/// Recordings written by hand: times in milliseconds.
extension Recording {
    init(_ operations: [Operation]) {
        self.init()
        for operation in operations { append(operation) }
    }
}

extension MonotonicTime {
    static func at(_ milliseconds: UInt64) -> MonotonicTime {
        MonotonicTime(rawValue: milliseconds * 1_000_000)
    }
}

extension Recording.Operation {
    private static func make(
        _ client: Int,
        _ kind: Kind,
        _ ask: Recording.Ask,
        _ time: ClosedRange<UInt64>,
        _ answer: Recording.Answer
    ) -> Self {
        Self(
            client: client,
            kind: kind,
            ask: ask,
            begin: .at(time.lowerBound),
            end: .at(time.upperBound),
            outcome: .ok(answer)
        )
    }

    static func put(
        _ client: Int,
        _ key: Int,
        _ value: UInt64,
        _ time: ClosedRange<UInt64>,
        at revision: UInt64 = 0,
        version: UInt64 = 0
    ) -> Self {
        let ask = Recording.Ask(then: [.put(key, value: value)])
        return make(
            client,
            .put,
            ask,
            time,
            Recording.Answer([.put(version: version)], revision: revision)
        )
    }

    /// Sent, and never answered.
    static func lostPut(_ client: Int, _ key: Int, _ value: UInt64, from time: UInt64) -> Self {
        let ask = Recording.Ask(then: [.put(key, value: value)])
        return Self(client: client, kind: .put, ask: ask, begin: .at(time))
    }

    static func deniedPut(_ client: Int, _ key: Int, _ value: UInt64, from time: UInt64) -> Self {
        let ask = Recording.Ask(then: [.put(key, value: value)])
        return Self(
            client: client,
            kind: .put,
            ask: ask,
            begin: .at(time),
            end: .at(time + 1),
            outcome: .denied
        )
    }

    static func get(
        _ client: Int,
        _ key: Int,
        _ value: UInt64,
        _ time: ClosedRange<UInt64>,
        modRevision: UInt64 = 0,
        at revision: UInt64 = 0
    ) -> Self {
        let cell = Recording.Cell(value: value, modRevision: modRevision)
        let answer = Recording.Answer([.got(cell)], revision: revision)
        return make(client, .get, Recording.Ask(then: [.get(key)]), time, answer)
    }

    static func delete(
        _ client: Int,
        _ key: Int,
        _ time: ClosedRange<UInt64>,
        wasThere: Bool,
        at revision: UInt64 = 0
    ) -> Self {
        let answer = Recording.Answer([.deleted(wasThere)], revision: revision)
        return make(client, .delete, Recording.Ask(then: [.delete(key)]), time, answer)
    }

    /// A put under a condition on its key, and what it met instead where that did not hold.
    static func swap(
        _ client: Int,
        _ key: Int,
        _ value: UInt64,
        if condition: Recording.Compare.Condition,
        _ time: ClosedRange<UInt64>,
        met: UInt64? = nil,
        at revision: UInt64 = 0
    ) -> Self {
        let ask = Recording.Ask(
            compares: [Recording.Compare(key, condition)],
            then: [.put(key, value: value)],
            otherwise: [.get(key)]
        )
        let answer =
            met.map { met in
                Recording.Answer(
                    branch: .otherwise,
                    [.got(Recording.Cell(value: met))],
                    revision: revision
                )
            } ?? Recording.Answer([.put(version: 0)], revision: revision)
        return make(client, .compareAndSwap, ask, time, answer)
    }

    /// Several puts at once.
    static func puts(
        _ client: Int,
        _ values: [(key: Int, value: UInt64)],
        _ time: ClosedRange<UInt64>
    ) -> Self {
        let ask = Recording.Ask(then: values.map { .put($0.key, value: $0.value) })
        return make(
            client,
            .transaction,
            ask,
            time,
            Recording.Answer(values.map { _ in .put(version: 0) })
        )
    }

    static func list(
        _ client: Int,
        _ values: [(key: Int, value: UInt64)],
        _ time: ClosedRange<UInt64>
    ) -> Self {
        let ask = Recording.Ask(then: values.map { .get($0.key) })
        return make(
            client,
            .list,
            ask,
            time,
            Recording.Answer(values.map { .got(Recording.Cell(value: $0.value)) })
        )
    }
}
