import API
import Bytes
import Credentials
import Platform
import Testing

@testable import Server

@Suite("Passwords are worked on beside the reactor")
struct PasswordDeskTests {
    private static func hash(_ password: String) throws -> PasswordHash {
        try PasswordHash(
            of: Array(password.utf8),
            salt: [UInt8](repeating: 1, count: 16),
            cost: .trifling
        )
    }

    /// The outcomes of these tasks, by their places.
    private static func outcomes(of tasks: [PasswordTask]) throws -> [PasswordOutcome?] {
        let desk = PasswordDesk()
        let wakeup = try Wakeup(.blocking)
        desk.wakeup = wakeup
        for (number, task) in tasks.enumerated() {
            #expect(desk.submit(task, number: UInt64(number)) == .taken)
        }
        var outcomes: [UInt64: PasswordOutcome] = [:]
        while outcomes.count < tasks.count {
            wakeup.wait()
            for done in desk.takeDone() { outcomes[done.number] = done.outcome }
        }
        return tasks.indices.map { outcomes[UInt64($0)] }
    }

    private static func check(_ password: String, against kept: PasswordHash) -> PasswordTask {
        PasswordTask(
            .check(against: kept),
            user: Array("ann".utf8),
            password: Array(password.utf8),
            digest: Array("ann:\(password)".utf8)
        )
    }

    @Test(
        "who comes with what is looked at already hears the same, against the same password alone"
    )
    func joins() throws {
        let (old, new) = (try Self.hash("one password"), try Self.hash("another one"))
        let outcomes = try Self.outcomes(of: [
            Self.check("one password", against: old), Self.check("one password", against: old),
            // The password was changed while the first is under way.
            Self.check("one password", against: new),
        ])
        for outcome in outcomes.prefix(2) {
            guard case .right? = outcome else {
                Issue.record("\(String(describing: outcome))")
                continue
            }
        }
        #expect(outcomes.last == .wrong)
    }
}
