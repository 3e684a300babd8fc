internal import Platform

/// A few threads, each with a connection of its own, that make calls in the order in which they
/// were given: what blocks, blocks here and never on the cooperative pool.
final class CallLanes: Sendable {
    /// What is done on a lane, with its client.
    typealias Work = @Sendable (Client) -> Void

    private struct State {
        var works: [Work] = []
        var idle: [Wakeup] = []
        var laneCount = 0
        var isClosed = false
    }

    private let laneCountMax: Int
    private let makeClient: @Sendable (_ lane: Int) -> Client
    private let state = Locked(State())

    /// - Parameter laneCountMax: at least 1; threads start as they are needed.
    init(laneCountMax: Int, makeClient: @escaping @Sendable (_ lane: Int) -> Client) {
        self.laneCountMax = max(laneCountMax, 1)
        self.makeClient = makeClient
    }

    /// Has work done by the next lane that is free; after `close` by none.
    func submit(_ work: @escaping Work) throws(SystemError) {
        enum Next {
            case nothing
            case wake(Wakeup)
            case start(Int)
        }
        let next: Next = state.withLock { state in
            guard !state.isClosed else { return .nothing }
            state.works.append(work)
            if let lane = state.idle.popLast() { return .wake(lane) }
            guard state.laneCount < laneCountMax else { return .nothing }
            defer { state.laneCount += 1 }
            return .start(state.laneCount)
        }
        switch next {
        case .nothing: break
        case .wake(let lane): lane.signal()
        case .start(let number): try start(number)
        }
    }

    /// Ends the threads once they have done what they are doing.
    func close() {
        let idle = state.withLock { state in
            state.isClosed = true
            state.works = []
            defer { state.idle = [] }
            return state.idle
        }
        for lane in idle { lane.signal() }
    }

    private func start(_ number: Int) throws(SystemError) {
        do throws(SystemError) {
            let wakeup = try Wakeup(.blocking)
            _ = try Thread(named: "lane") { [self] in run(number, wokenBy: wakeup) }
        } catch {
            // The other lanes do it; without any the next call tries again.
            let isAlone = state.withLock { state in
                state.laneCount -= 1
                return state.laneCount == 0
            }
            if isAlone { throw error }
        }
    }

    private func run(_ number: Int, wokenBy wakeup: Wakeup) {
        enum Next {
            case work(Work)
            case rest, end
        }
        let client = makeClient(number)
        while true {
            let next: Next = state.withLock { state in
                if !state.works.isEmpty { return .work(state.works.removeFirst()) }
                if state.isClosed { return .end }
                state.idle.append(wakeup)
                return .rest
            }
            switch next {
            case .work(let work): work(client)
            case .rest: wakeup.wait()
            case .end: return
            }
        }
    }
}
