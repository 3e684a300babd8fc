package import Bytes

/// What clients asked for, when, and what they were told: all that the checkers look at, whether a
/// simulated world or real processes answered.
///
/// Keys are small numbers from 0, values numbers from 1 that are written once in a recording: so a
/// value that is seen names its write. Times are one observer's monotonic clock.
package struct Recording: Sendable {
    /// In the order of their beginnings, unless they were added otherwise.
    package private(set) var operations: [Operation] = []

    /// An empty recording.
    package init() {}

    /// Somebody asks; returns the operation's number.
    package mutating func begin(
        _ kind: Operation.Kind,
        ask: Ask,
        client: Int,
        at time: MonotonicTime
    ) -> Int {
        operations.append(Operation(client: client, kind: kind, ask: ask, begin: time))
        return operations.count - 1
    }

    /// What became of it. One that is never ended may take effect at any time, or never.
    package mutating func end(
        _ operation: Int,
        outcome: Operation.Outcome,
        at time: MonotonicTime
    ) {
        operations[operation].outcome = outcome
        operations[operation].end = time
    }

    /// Adds an operation that is known as a whole.
    package mutating func append(_ operation: Operation) { operations.append(operation) }
}

extension Recording {
    /// One request of one client, from its first sending to its last answer.
    package struct Operation: Hashable, Sendable {
        /// What it is called in totals and counterexamples.
        package enum Kind: UInt8, Hashable, Sendable, CaseIterable {
            case get = 0
            case list = 1
            case put = 2
            case compareAndSwap = 3
            case delete = 4
            case transaction = 5
            /// Conditions or steps of a transaction are about a range.
            case rangeTransaction = 6
            /// A transaction within one.
            case nestedTransaction = 7
            /// A whole directory was written.
            case tree = 8
            /// A range was deleted by itself.
            case rangeDelete = 9
        }

        /// What its client knows of it.
        package enum Outcome: Hashable, Sendable {
            case pending
            case ok(Answer)
            /// It certainly had no effect.
            case denied
            case unknown
        }

        /// One process or connection that asks for one thing after another.
        package let client: Int
        /// For people.
        package let kind: Kind
        /// What was asked.
        package let ask: Ask
        /// When it was first sent.
        package let begin: MonotonicTime
        /// When its outcome was known; nil while pending.
        package fileprivate(set) var end: MonotonicTime?
        /// What became of it.
        package fileprivate(set) var outcome = Outcome.pending

        /// An operation, ended or not.
        package init(
            client: Int,
            kind: Kind,
            ask: Ask,
            begin: MonotonicTime,
            end: MonotonicTime? = nil,
            outcome: Outcome = .pending
        ) {
            self.client = client
            self.kind = kind
            self.ask = ask
            self.begin = begin
            self.end = end
            self.outcome = outcome
        }

        /// What was answered, if anything was.
        package var answer: Answer? {
            guard case .ok(let answer) = outcome else { return nil }
            return answer
        }
    }

    /// Everything that a client can ask of keys: conditions, then one of two lists of steps. A get
    /// has only a get in `then`; a conditional put tells in `otherwise` what it met instead.
    package struct Ask: Hashable, Sendable {
        /// All must hold for `then`.
        package let compares: [Compare]
        /// Carried out in order when they do.
        package let then: [Step]
        /// Carried out when one does not.
        package let otherwise: [Step]
        /// More conditions, where all of `compares` hold.
        package let inner: Inner?

        /// Conditions of a transaction within `then`; like the others, they see what was there
        /// before the whole.
        package struct Inner: Hashable, Sendable {
            /// All must hold, too, for `then`.
            package let compares: [Compare]
            /// Carried out, instead of the whole of `then`, when one does not.
            package let otherwise: [Step]

            package init(compares: [Compare], otherwise: [Step]) {
                self.compares = compares
                self.otherwise = otherwise
            }
        }

        /// Conditions and all branches.
        package init(
            compares: [Compare] = [],
            then: [Step],
            otherwise: [Step] = [],
            inner: Inner? = nil
        ) {
            self.compares = compares
            self.then = then
            self.otherwise = otherwise
            self.inner = inner
        }

        /// The steps of all branches.
        package var allSteps: [Step] { then + otherwise + (inner?.otherwise ?? []) }

        /// The conditions of all branches.
        package var allCompares: [Compare] { compares + (inner?.compares ?? []) }

        /// Every key it names, some of them repeatedly.
        package var keys: [Int] { allCompares.map(\.key) + allSteps.map(\.key) }

        /// Whether no branch changes anything.
        package var isRead: Bool { !allSteps.contains { $0.isWrite } }

        /// The one step of an operation that has no other, and no condition.
        package var onlyStep: Step? {
            compares.isEmpty && inner == nil && then.count == 1 ? then.first : nil
        }

        /// The branch's steps.
        package func steps(of branch: Answer.Branch) -> [Step] {
            switch branch {
            case .then: then
            case .otherwise: otherwise
            case .innerOtherwise: inner?.otherwise ?? []
            }
        }

        /// Which branch is carried out where those conditions hold.
        package func branch(where holds: (Compare) -> Bool) -> Answer.Branch {
            guard compares.allSatisfy(holds) else { return .otherwise }
            guard let inner, !inner.compares.allSatisfy(holds) else { return .then }
            return .innerOtherwise
        }
    }

    /// A condition on one key.
    package struct Compare: Hashable, Sendable {
        /// What is wanted of the key.
        package enum Condition: Hashable, Sendable {
            case exists
            case absent
            case modRevision(UInt64)
            /// At one of these revisions, of which the last is the newest that the client saw.
            case oneOf([UInt64])
            /// Missing, or at another revision than the one that the client saw.
            case changedSince(UInt64)
            /// False for a missing key.
            case value(UInt64)
            /// Missing, or put less often than that since it came into being.
            case versionBelow(UInt64)
        }

        package let key: Int
        package let condition: Condition

        /// "This key is like that."
        package init(_ key: Int, _ condition: Condition) {
            self.key = key
            self.condition = condition
        }
    }

    /// One step of a branch.
    package enum Step: Hashable, Sendable {
        case get(Int)
        case put(Int, value: UInt64)
        case delete(Int)

        /// The key it is about.
        package var key: Int {
            switch self {
            case .get(let key), .put(let key, _), .delete(let key): key
            }
        }

        /// Whether it may change the key.
        package var isWrite: Bool {
            guard case .get = self else { return true }
            return false
        }
    }

    /// A key as somebody saw it.
    package struct Cell: Hashable, Sendable {
        /// A revision that nobody was told.
        package static let unknownRevision = UInt64.max

        /// Nothing is there.
        package static let absent = Cell(value: 0, modRevision: 0, version: 0)

        /// 0 is a missing key.
        package var value: UInt64
        /// 0 when the recording has none.
        package var modRevision: UInt64
        /// How often it was put since it came into being; 0 when the recording does not say.
        package var version: UInt64

        /// A key with a value.
        package init(value: UInt64, modRevision: UInt64 = 0, version: UInt64 = 0) {
            self.value = value
            self.modRevision = modRevision
            self.version = version
        }
    }

    /// What one step came to.
    package enum Observation: Hashable, Sendable {
        case got(Cell)
        /// The key's version now; 0 when the recording does not say.
        case put(version: UInt64)
        /// Whether there was anything to delete.
        case deleted(Bool)
        /// Whatever was there is gone; how many keys that was is told of all steps together.
        case cleared
    }

    /// What a client was told.
    package struct Answer: Hashable, Sendable {
        /// Which list was carried out.
        package enum Branch: UInt8, Hashable, Sendable {
            case then = 0
            case otherwise = 1
            /// The conditions held, those within did not.
            case innerOtherwise = 2
        }

        package let branch: Branch
        /// One for each step of the branch.
        package let observations: [Observation]
        /// The revision of a write's changes; of anything else, the store's as it was read.
        /// 0 when the recording does not say.
        package let revision: UInt64
        /// How many keys those steps deleted that were only told together.
        package let clearedCount: UInt64

        /// What the branch's steps came to.
        package init(
            branch: Branch = .then,
            _ observations: [Observation],
            revision: UInt64 = 0,
            clearedCount: UInt64 = 0
        ) {
            self.branch = branch
            self.observations = observations
            self.revision = revision
            self.clearedCount = clearedCount
        }
    }
}

extension Recording.Cell {
    /// Whether the key is as is wanted, as far as its revision is known.
    package func meets(_ condition: Recording.Compare.Condition) -> Bool {
        switch condition {
        case .exists: value != 0
        case .absent: value == 0
        case .modRevision(let revision): value != 0 && modRevision == revision
        case .oneOf(let revisions): value != 0 && revisions.contains(modRevision)
        case .changedSince(let revision): value == 0 || modRevision != revision
        case .value(let wanted): value != 0 && value == wanted
        case .versionBelow(let bound): value == 0 || version < bound
        }
    }
}

extension Recording.Operation {
    /// The steps that were carried out; empty without an answer.
    package var stepsTaken: [Recording.Step] {
        guard let answer else { return [] }
        return ask.steps(of: answer.branch)
    }

    /// Whether it is known to have changed something.
    package var isAcknowledgedWrite: Bool {
        guard let answer else { return false }
        return answer.clearedCount > 0
            || zip(stepsTaken, answer.observations).contains { step, observation in
                switch (step, observation) {
                case (.put, _), (.delete, .deleted(true)): true
                default: false
                }
            }
    }
}
