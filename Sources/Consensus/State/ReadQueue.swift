internal import Bytes

/// Linearizable reads on their way to an index (dissertation 6.4).
struct ReadQueue: Sendable {
    /// Who wants an index.
    enum Waiter: Hashable, Sendable {
        case own(ReadID)
        case peer(MemberID, ReadRequest)
    }

    /// Reads that arrived before a round of heartbeats was sent.
    struct Round: Sendable {
        let number: ReadRound
        /// The commit index when the round was sent.
        let index: LogIndex
        let waiters: [Waiter]
    }

    /// This member's reads that a question to the leader was sent for.
    struct Question: Sendable {
        let request: ReadRequest
        let waiters: [Waiter]
    }

    /// Rounds on their way at one time; later reads gather for the next.
    static let roundCountMax = 8

    private(set) var waiting: [Waiter] = []
    /// A leader's, oldest first.
    private(set) var rounds: [Round] = []
    /// A follower's, oldest first.
    var questions: [Question] = []
    /// The first question of this life of the process, and the next.
    private let firstRequest: UInt64
    private var nextRequest: UInt64
    /// When a question without an answer is asked again.
    var retryDeadline: MonotonicTime?
    /// Reads that wait, for a round, a question or an answer.
    var count = 0

    init(firstRequest: UInt64) {
        self.firstRequest = firstRequest
        nextRequest = firstRequest
    }

    mutating func add(_ waiter: Waiter) {
        waiting.append(waiter)
        count += 1
    }

    /// Everything that waits goes into a round that is about to be sent.
    mutating func open(_ number: ReadRound, at index: LogIndex) {
        rounds.append(Round(number: number, index: index, waiters: waiting))
        waiting = []
    }

    /// The oldest round that a majority has confirmed; nil when there is none.
    mutating func takeRound(confirmedThrough number: ReadRound) -> Round? {
        guard let first = rounds.first, first.number <= number else { return nil }
        rounds.removeFirst()
        count -= first.waiters.count
        return first
    }

    /// A fresh question for everything that waits; an answer to it answers earlier ones too.
    mutating func ask(retryAt deadline: MonotonicTime) -> ReadRequest {
        if planted(.readJoinsSentQuestion), let asked = questions.popLast() {
            let all = asked.waiters + waiting
            questions.append(Question(request: asked.request, waiters: all))
            waiting = []
            retryDeadline = deadline
            return asked.request
        }
        let request = ReadRequest(rawValue: nextRequest)
        nextRequest += 1
        questions.append(Question(request: request, waiters: waiting))
        waiting = []
        retryDeadline = deadline
        return request
    }

    /// The reads that an answer to `request` serves: those of this question and of earlier ones.
    mutating func takeQuestions(through request: ReadRequest) -> [Waiter] {
        guard request.rawValue >= firstRequest, request.rawValue < nextRequest else { return [] }
        let end = questions.firstIndex { $0.request > request } ?? questions.count
        let waiters = questions[..<end].flatMap(\.waiters)
        questions.removeFirst(end)
        count -= waiters.count
        if questions.isEmpty { retryDeadline = nil }
        return waiters
    }

    /// The first broken rule that costs a few comparisons.
    func brokenRule(isLeader: Bool) -> RaftRule? {
        if questions.isEmpty != (retryDeadline == nil) { return .questionHasDeadline }
        if isLeader ? !questions.isEmpty : !rounds.isEmpty { return .roundsAreLed }
        return rounds.count <= Self.roundCountMax ? nil : .roundsRise
    }

    /// - Complexity: O(*n*) in rounds and questions.
    var brokenScanRule: RaftRule? {
        guard zip(rounds, rounds.dropFirst()).allSatisfy({ $0.number < $1.number }) else {
            return .roundsRise
        }
        let asked = questions.map(\.request.rawValue) + [nextRequest]
        guard zip(asked, asked.dropFirst()).allSatisfy(<) else { return .questionsRise }
        let sent =
            rounds.reduce(0) { $0 + $1.waiters.count }
            + questions.reduce(0) { $0 + $1.waiters.count }
        return count == sent + waiting.count ? nil : .readsAreCounted
    }

    /// Whether every read that waits is this member's own.
    ///
    /// - Complexity: O(*n*) in the reads.
    var areOwn: Bool {
        (waiting + questions.flatMap(\.waiters)).allSatisfy {
            if case .own = $0 { true } else { false }
        }
    }

    /// Whether the read waits: for a round, a question or an answer.
    ///
    /// - Complexity: O(*n*) in the reads.
    func holds(_ waiter: Waiter) -> Bool {
        waiting.contains(waiter) || rounds.contains { $0.waiters.contains(waiter) }
            || questions.contains { $0.waiters.contains(waiter) }
    }

    /// Whether a question waits for its answer.
    var isAsking: Bool { !questions.isEmpty }

    /// Another leader, or none: this member's reads wait again, those of others are asked again by
    /// them.
    mutating func startAgain() {
        let all = rounds.flatMap(\.waiters) + questions.flatMap(\.waiters) + waiting
        waiting = all.filter { if case .own = $0 { true } else { false } }
        rounds = []
        questions = []
        if planted(.questionOutlivesLeader), all.isEmpty { return }
        retryDeadline = nil
        count = waiting.count
    }
}
