internal import Bytes
package import Platform

/// Looks, on a thread of its own, at what a claim waits for, so that a person can be told.
package final class Lookout: Sendable {
    /// What one look showed.
    package enum Sight: Sendable {
        /// The answer to `LockTarget.inquiry`.
        case answered(Response)
        case unanswered(ClientError)
    }

    private static let pauseMilliseconds: UInt64 = 2_000
    private static let timeoutMilliseconds: UInt64 = 2_000

    private let target: LockTarget
    private let endpoints: [ServiceAddress]
    private let sights: Mailbox<Sight>
    private let endings: Mailbox<Void>

    /// Begins to look, and goes on until `end` is called.
    package init(
        target: LockTarget,
        endpoints: [ServiceAddress],
        sights: Mailbox<Sight>
    ) throws(SystemError) {
        self.target = target
        self.endpoints = endpoints
        self.sights = sights
        endings = try Mailbox()
        _ = try Thread(named: "lookout") { [self] in run() }
    }

    /// From any thread; a look under way still shows something.
    package func end() { endings.send(()) }

    private func run() {
        let client = Client(endpoints: endpoints)
        while true {
            do throws(ClientError) {
                let reply = try client.perform(
                    target.inquiry,
                    timeoutMilliseconds: Self.timeoutMilliseconds
                )
                sights.send(.answered(reply))
            } catch { sights.send(.unanswered(error)) }
            guard isToGoOn() else { return }
        }
    }

    private func isToGoOn() -> Bool {
        let next = Clock.monotonicNow().advanced(byMilliseconds: Self.pauseMilliseconds)
        do throws(SystemError) { try endings.wait(until: next) } catch { Pause.until(next) }
        return endings.takeAll().isEmpty
    }
}
