internal import Bytes

/// Looks for an order of one partition's operations that agrees with real time and with what every
/// client was told (Wing and Gong, "Testing and verifying concurrent objects"; Lowe, "Testing for
/// linearizability"): a depth-first search over a linked list of calls and returns, that never
/// visits one pair of "operations in effect" and "state" twice.
///
/// Three things keep it short without taking anything from it:
///
/// * Where several operations may come next, the one with the lowest revision is tried first. The
///   revisions only order the attempts: in a correct recording the first descent arrives, and no
///   wrong answer can talk the search into accepting a wrong recording, nor out of a right one.
/// * An operation without an answer that would change nothing is not put into effect.
/// * Of several unanswered unconditional puts of one key whose values nobody ever saw or compared
///   with, only the one that began first is tried; all of them write one value that stands for
///   "unseen". This is sound: let an order use the later one, `u`, and not the earlier one, `e`,
///   before it. If `e` is not used, put it in `u`'s place: it had begun. If it is used later, swap
///   the two: both had begun by then. No answer shows either value and each adds one version, so
///   every answer stays as it was. The same holds for unanswered unconditional deletes of one key.
struct LinearizabilitySearch {
    /// One operation that has to, or may, take effect.
    struct Call {
        /// Its number in the recording.
        let operation: Int
        let ask: Recording.Ask
        /// nil: it may take effect at any time after its beginning, or never.
        let answer: Recording.Answer?
        /// The revision of an unanswered one, as far as any client knows it.
        let revision: UInt64
        /// Where it belongs among the others, as far as anybody knows it.
        var hint: UInt64
        let begin: UInt64
        /// `.max` for an unanswered one.
        let end: UInt64
        /// Not tried before that call is in effect; -1 is none.
        var twin = -1
        var rank = 0
    }

    enum End {
        case linearizable
        /// The longest order found, as numbers of calls, and the call that cannot follow it.
        case impossible(longest: [Int], stuck: Int)
        case inconclusive
    }

    private let calls: [Call]
    private let slots: [Int]
    /// Calls and returns in the order of time: entry `e` is the call `e / 2`, odd ones are returns.
    private var next: [Int32]
    private var previous: [Int32]
    private let head: Int
    private let end: Int

    private var order: [Int] = []
    private var states: [RegisterMap] = []
    private var inEffect: [Bool]
    private var mustFollow: Int
    private var visited: Set<UInt128> = []
    private var longest: [Int] = []
    private var stuck = -1
    private(set) var stepCount = 0

    /// - Parameter slots: the place of each key in the partition.
    init(_ calls: [Call], slots: [Int], keyCount: Int) {
        self.calls = calls
        self.slots = slots
        head = 2 * calls.count
        end = head + 1
        next = Array(repeating: Int32(2 * calls.count + 1), count: 2 * calls.count + 2)
        previous = next
        states = [RegisterMap(keyCount: keyCount)]
        inEffect = Array(repeating: false, count: calls.count)
        mustFollow = calls.count { $0.answer != nil }
        link()
    }

    private mutating func link() {
        var entries: [(time: UInt64, entry: Int)] = []
        for (number, call) in calls.enumerated() {
            entries.append((call.begin, 2 * number))
            if call.answer != nil { entries.append((call.end, 2 * number + 1)) }
        }
        // At one moment calls come first: what touches is concurrent.
        entries.sort { ($0.time, $0.entry & 1, $0.entry) < ($1.time, $1.entry & 1, $1.entry) }
        var last = head
        for (_, entry) in entries {
            next[last] = Int32(entry)
            previous[entry] = Int32(last)
            last = entry
        }
        next[last] = Int32(end)
        previous[end] = Int32(last)
    }

    mutating func run(stepCountMax: Int) -> End {
        var tried = -1
        while mustFollow > 0 {
            if let call = candidate(after: tried) {
                stepCount += 1
                guard stepCount <= stepCountMax else { return .inconclusive }
                tried = put(call) ? -1 : calls[call].rank
            } else {
                noteLongest()
                guard let call = takeBack() else {
                    return .impossible(longest: longest, stuck: stuck)
                }
                tried = calls[call].rank
            }
        }
        return .linearizable
    }

    /// The untried call of the lowest rank among those that began before any return.
    private func candidate(after tried: Int) -> Int? {
        var best = -1
        var bestRank = Int.max
        var entry = Int(next[head])
        while entry & 1 == 0 && entry < head {
            let number = entry >> 1
            let rank = calls[number].rank
            if rank > tried, rank < bestRank {
                let twin = calls[number].twin
                if twin < 0 || inEffect[twin] { (best, bestRank) = (number, rank) }
            }
            entry = Int(next[entry])
        }
        return best < 0 ? nil : best
    }

    /// Lets the call take effect next, if it can and that leads to anything new.
    private mutating func put(_ number: Int) -> Bool {
        let call = calls[number]
        var state = states[states.count - 1]
        let isPossible =
            if let answer = call.answer {
                state.admits(call.ask, answer: answer, slots: slots)
            } else {
                state.takes(call.ask, at: call.revision, slots: slots)
            }
        guard isPossible else { return false }
        inEffect[number] = true
        guard visited.insert(fingerprint(with: number, state: state)).inserted else {
            inEffect[number] = false
            return false
        }
        order.append(number)
        fingerprints.append(fingerprints[fingerprints.count - 1] ^ Self.mark(of: number))
        states.append(state)
        if call.answer != nil { mustFollow -= 1 }
        unlink(2 * number)
        if call.answer != nil { unlink(2 * number + 1) }
        return true
    }

    private mutating func takeBack() -> Int? {
        guard let number = order.popLast() else { return nil }
        states.removeLast()
        fingerprints.removeLast()
        inEffect[number] = false
        if calls[number].answer != nil {
            mustFollow += 1
            relink(2 * number + 1)
        }
        relink(2 * number)
        return number
    }

    private mutating func unlink(_ entry: Int) {
        let (before, after) = (previous[entry], next[entry])
        next[Int(before)] = after
        previous[Int(after)] = before
    }

    private mutating func relink(_ entry: Int) {
        next[Int(previous[entry])] = Int32(entry)
        previous[Int(next[entry])] = Int32(entry)
    }

    private mutating func noteLongest() {
        guard order.count > longest.count || stuck < 0 else { return }
        longest = order
        var entry = Int(next[head])
        while entry & 1 == 0 && entry < head { entry = Int(next[entry]) }
        stuck = entry >> 1
    }

    // MARK: What was visited

    /// The operations in effect, after each of `order`: 128 bits stand for the set, one mark
    /// each. Two different sets that look alike would only cut a search short, once in about 10^30.
    private var fingerprints: [UInt128] = [0]

    private func fingerprint(with number: Int, state: RegisterMap) -> UInt128 {
        var hash = StableHash(seed: 0x6C69_6E)
        let set = fingerprints[fingerprints.count - 1] ^ Self.mark(of: number)
        hash.combine(UInt64(truncatingIfNeeded: set))
        hash.combine(UInt64(truncatingIfNeeded: set >> 64))
        for cell in state.cells {
            hash.combine(cell.value)
            hash.combine(cell.modRevision)
            hash.combine(cell.version)
        }
        return hash.value
    }

    private static func mark(of number: Int) -> UInt128 {
        var hash = StableHash(seed: 0x6D61_726B)
        hash.combine(UInt64(number))
        return hash.value
    }
}
