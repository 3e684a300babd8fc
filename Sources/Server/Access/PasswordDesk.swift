internal import API
internal import Bytes
internal import Platform

/// Has passwords worked on, a few at a time, each on a thread of its own; the others wait in a short
/// queue, and beyond that are turned away.
final class PasswordDesk {
    /// What came of one.
    struct Done: Sendable {
        let number: UInt64
        let outcome: PasswordOutcome
    }

    /// How many are worked on at once: each takes 32 MiB and a processor.
    private static let runningCountMax = 2
    private static let waitingCountMax = 16

    private struct Work {
        let number: UInt64
        let task: PasswordTask
    }

    /// Signalled when something is done.
    var wakeup: Wakeup?
    private let done = LockedQueue<Done>()
    private var waiting = Queue<Work>(keptCountMax: 16)
    private var running: [UInt64: PasswordTask] = [:]
    /// Those that wait for the same credentials to be proven.
    private var joined: [UInt64: [UInt64]] = [:]

    /// Takes a task, or does not: then there is no room. Credentials that are looked at already,
    /// against the same, wait for what comes of that.
    ///
    /// - Parameter number: under which it is given back.
    func submit(_ task: PasswordTask, number: UInt64) -> Admittance {
        if let digest = task.digest,
            let other = running.first(where: {
                $0.value.digest == digest && $0.value.goal == task.goal
            })?.key
        {
            joined[other, default: []].append(number)
            return .taken
        }
        guard running.count >= Self.runningCountMax else {
            return start(Work(number: number, task: task))
        }
        guard waiting.count < Self.waitingCountMax else { return .full }
        waiting.append(Work(number: number, task: task))
        return .taken
    }

    enum Admittance {
        case taken
        case full
    }

    private func start(_ work: Work) -> Admittance {
        let (done, wakeup, number, task) = (done, wakeup, work.number, work.task)
        do throws(SystemError) {
            let thread = try Thread(named: "roost-password") {
                done.append(Done(number: number, outcome: Self.outcome(of: task)))
                wakeup?.signal()
            }
            _ = consume thread
        } catch { return .full }
        running[number] = task
        return .taken
    }

    private static func outcome(of task: PasswordTask) -> PasswordOutcome {
        do throws(SystemError) {
            return task.carryOut(salt: try random(wordCount: 2), secret: try random(wordCount: 4))
        } catch { return .impossible }
    }

    private static func random(wordCount: Int) throws(SystemError) -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<wordCount { bytes.append(littleEndian: try Entropy.word()) }
        return bytes
    }

    /// What was done since the last call, and begins what waits.
    func takeDone() -> [Done] {
        var taken: [Done] = []
        for one in done.takeAll() {
            running[one.number] = nil
            taken.append(one)
            for number in joined.removeValue(forKey: one.number) ?? [] {
                taken.append(Done(number: number, outcome: one.outcome))
            }
        }
        while running.count < Self.runningCountMax, let next = waiting.popFirst() {
            if case .full = start(next) {
                taken.append(
                    Done(number: next.number, outcome: .turnedAway(retryAfterSeconds: 1))
                )
            }
        }
        return taken
    }
}
