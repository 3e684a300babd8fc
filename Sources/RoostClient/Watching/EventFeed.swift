internal import Bytes
internal import Platform
internal import Wire

/// Carries the events of one subscription from a thread of its own to one task.
///
/// What the task has not taken yet is bounded: the thread then reads no further, and the service
/// keeps the events.
final class EventFeed<Element: Sendable>: Sendable {
    /// What one block of the stream means.
    enum Meaning: Sendable {
        case elements([Element])
        case end(RoostError)
    }

    /// Which stream, and how its blocks are read.
    struct Plan: Sendable {
        let start: WatchCursor.Start
        let request: @Sendable (WatchCursor) -> Call
        let meaning: @Sendable (ServerSentEvent) -> Meaning
    }

    /// What a task that waits gets; nil is the end.
    private typealias Next = Result<Element?, RoostError>

    private struct State {
        var elements: [Element] = []
        /// How many of `elements` are taken already.
        var takenCount = 0
        var waiting: CheckedContinuation<Next, Never>?
        var ending: RoostError?
        var isOver = false

        mutating func take() -> Next? {
            guard takenCount < elements.count else {
                guard isOver else { return nil }
                defer { ending = nil }
                return ending.map { .failure($0) } ?? .success(nil)
            }
            defer {
                takenCount += 1
                if takenCount == elements.count {
                    elements = []
                    takenCount = 0
                }
            }
            return .success(elements[takenCount])
        }

        var isFull: Bool { elements.count - takenCount >= EventFeed.elementCountMax }
    }

    private static var elementCountMax: Int { 1024 }

    private let plan: Plan
    private let interruption: Interruption
    private let room: Wakeup
    private let state = Locked(State())

    /// Begins to read; the thread ends by `end`, or with the stream.
    init(_ plan: Plan, of client: RoostClient) throws(SystemError) {
        self.plan = plan
        interruption = try Interruption()
        room = try Wakeup(.blocking)
        let (endpoints, authorization) = (client.endpoints, client.authorization)
        let (governor, timeoutMilliseconds) = (client.governor, client.timeoutMilliseconds)
        _ = try Thread(named: "watch") { [self] in
            let client = Client(
                endpoints: endpoints,
                authorization: authorization,
                governor: governor,
                interruption: interruption
            )
            run(client, timeoutMilliseconds: timeoutMilliseconds)
        }
    }

    /// From any thread: whoever waits gets the end.
    func end() {
        interruption.interrupt()
        finish(nil)
    }

    /// The next element; nil at the end, which a cancelled task finds too.
    func next() async -> Result<Element?, RoostError> {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let next: Next? = state.withLock { state in
                    let next = state.take()
                    if next == nil { state.waiting = continuation }
                    return next
                }
                guard let next else { return }
                room.signal()
                continuation.resume(returning: next)
            }
        } onCancel: {
            end()
        }
    }

    // MARK: - The thread

    private func run(_ client: Client, timeoutMilliseconds: UInt64) {
        let subscription = EventSubscription(
            client: client,
            start: plan.start,
            timeoutMilliseconds: timeoutMilliseconds,
            interruption: interruption,
            request: plan.request
        )
        do throws(SubscriptionError) {
            while true {
                let events = try subscription.next()
                guard !events.isEmpty else { return finish(nil) }
                for event in events {
                    switch plan.meaning(event) {
                    case .elements(let elements): for element in elements { deliver(element) }
                    case .end(let error): return finish(error)
                    }
                }
                while isFull { room.wait() }
            }
        } catch { finish(RoostError(error)) }
    }

    private var isFull: Bool { state.withLock { $0.isFull && !$0.isOver } }

    private func deliver(_ element: Element) {
        let waiting: CheckedContinuation<Next, Never>? = state.withLock { state in
            guard !state.isOver else { return nil }
            guard let waiting = state.waiting else {
                state.elements.append(element)
                return nil
            }
            state.waiting = nil
            return waiting
        }
        waiting?.resume(returning: .success(element))
    }

    private func finish(_ error: RoostError?) {
        let waiting: (CheckedContinuation<Next, Never>, Next)? = state.withLock { state in
            guard !state.isOver else { return nil }
            state.isOver = true
            state.ending = error
            guard let waiting = state.waiting, let next = state.take() else { return nil }
            state.waiting = nil
            return (waiting, next)
        }
        waiting?.0.resume(returning: waiting?.1 ?? .success(nil))
        room.signal()
    }
}
