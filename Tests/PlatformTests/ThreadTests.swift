import Platform
import Synchronization
import Testing

@Suite("Threads and what passes between them")
struct ThreadTests {
    @Test func aThreadOwnsWhatIsMovedIntoIt() throws {
        let directory = try TemporaryDirectory()
        let file = try directory.handle.open("a", for: .creating)
        let flag = Flag()
        let thread = try Thread(named: "writer", owning: file) { file in
            do throws(SystemError) { try file.write([1, 2, 3], at: 0) } catch { flag.raise() }
        }
        thread.join()
        #expect(!flag.isRaised)
        #expect(try directory.handle.byteCount(of: "a") == 3)
    }

    @Test func everyElementArrivesOnceAndInItsThreadsOrder() throws {
        let queue = LockedQueue<Int>()
        let wakeup = try Wakeup(.blocking)
        let count = 10_000
        let first = try Thread(named: "even") {
            for number in 0..<count where queue.append(number * 2) == .wasEmpty { wakeup.signal() }
        }
        let second = try Thread(named: "odd") {
            for number in 0..<count where queue.append(number * 2 + 1) == .wasEmpty {
                wakeup.signal()
            }
        }
        var taken: [Int] = []
        while taken.count < 2 * count {
            wakeup.wait()
            taken += queue.takeAll()
        }
        first.join()
        second.join()
        #expect(taken.filter { $0 % 2 == 0 } == (0..<count).map { $0 * 2 })
        #expect(taken.filter { $0 % 2 == 1 } == (0..<count).map { $0 * 2 + 1 })
        #expect(queue.takeAll().isEmpty)
    }

    @Test func monotonicTimeDoesNotGoBack() {
        var last = Clock.monotonicNow()
        for _ in 0..<1_000 {
            let now = Clock.monotonicNow()
            #expect(now >= last)
            last = now
        }
        #expect(Clock.bootTimeNow() >= last, "suspended time counts too")
        #expect(Clock.wallSeconds() > 1_700_000_000)
    }

    @Test func wordsOfEntropyDiffer() throws {
        let words = try (0..<100).map { _ in try Entropy.word() }
        #expect(Set(words).count == 100)
    }
}

private final class Flag: Sendable {
    private let value = Atomic(false)
    var isRaised: Bool { value.load(ordering: .acquiring) }
    func raise() { value.store(true, ordering: .releasing) }
}
