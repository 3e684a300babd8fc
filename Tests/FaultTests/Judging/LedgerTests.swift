import Bytes
import Simulation
import Testing

@Suite("What is recorded of real processes is judged: planted lies are found")
struct LedgerTests {
    private static let revisions: [Timeline.Change] = [
        .init(key: 0, value: 1), .init(key: 0, value: 2),
    ]

    /// Findings for clients who say what `tell` makes them say of a key that was written twice.
    private func findings(_ tell: (Ledger) -> Void) -> [String] {
        var timeline = Timeline(after: 0)
        for (number, change) in Self.revisions.enumerated() {
            let position = Timeline.Position(revision: UInt64(number + 1))
            #expect(timeline.observe(change, at: position) == nil)
        }
        let ledger = Ledger(names: KeyNames())
        tell(ledger)
        let now = MonotonicTime.now
        return ledger.findings(timeline, serving: now..<now)
    }

    private func write(_ ledger: Ledger, value: UInt64, outcome: Recording.Operation.Outcome) {
        let ask = Recording.Ask(then: [.put(0, value: value)])
        ledger.end(ledger.begin(.put, client: 0, ask: ask), outcome: outcome)
    }

    private func read(_ ledger: Ledger, value: UInt64, at revision: UInt64) {
        let cell = Recording.Cell(value: value, modRevision: revision)
        let number = ledger.begin(.get, client: 1, ask: .init(then: [.get(0)]))
        ledger.end(number, outcome: .ok(.init([.got(cell)], revision: revision)))
    }

    @Test("the truth is believed")
    func truth() {
        let found = findings { ledger in
            write(ledger, value: 1, outcome: .ok(.init([.put(version: 1)], revision: 1)))
            write(ledger, value: 2, outcome: .unknown)
            write(ledger, value: 3, outcome: .denied)
            read(ledger, value: 2, at: 2)
        }
        #expect(found == [])
    }

    @Test("an acknowledged write that is not in history")
    func lost() {
        #expect(
            !findings { write($0, value: 3, outcome: .ok(.init([.put(version: 1)], revision: 2))) }
                .isEmpty
        )
    }

    @Test("a denied write that is in history")
    func denied() { #expect(!findings { write($0, value: 2, outcome: .denied) }.isEmpty) }

    @Test("a read of what was overwritten before it began")
    func stale() {
        let found = findings { ledger in
            write(ledger, value: 1, outcome: .ok(.init([.put(version: 1)], revision: 1)))
            write(ledger, value: 2, outcome: .ok(.init([.put(version: 2)], revision: 2)))
            read(ledger, value: 1, at: 1)
        }
        #expect(found.contains { $0.contains("notLinearizable") || $0.contains("linearizable") })
        #expect(found.contains { $0.contains("revisionWentBack") })
    }

    @Test("a write under a token that was no longer the newest")
    func oldToken() {
        let found = findings { ledger in
            let now = MonotonicTime.now
            for token in [UInt64(0), 1] {
                _ = ledger.withTenures { tenures in
                    tenures.begin(
                        .init(contest: 0, token: token, mode: .exclusive),
                        asked: now,
                        from: now,
                        until: now
                    )
                }
            }
            ledger.guarded(value: 2, contest: 0, token: 0)
        }
        #expect(found.contains { $0.contains("oldTokenWrote") })
    }

    @Test("a lease's key that is gone while its owner relies on it")
    func early() {
        let found = findings { ledger in
            let now = MonotonicTime.now
            ledger.withLeases { leases in
                let lease = leases.begin(
                    id: 1,
                    reliableNanoseconds: 1_000_000_000,
                    sent: now,
                    received: now
                )
                leases.attached(lease)
                leases.gone(lease, at: now.advanced(byMilliseconds: 500))
            }
        }
        #expect(found.contains { $0.contains("leaseEndedEarly") })
    }
}
