import Testing

@testable import Keyspace

@Suite("The right to be told more is looked at whenever it may have ended")
struct StandingRightTests {
    @Test("it is in doubt at first, and after each change of who may do what")
    func changes() {
        var machine = AccessControlTests.controlled()
        var right = StandingRight()
        #expect(right.isInDoubt(in: machine.keyspace))
        // Looked at, and not there: so it stays.
        #expect(right.isInDoubt(in: machine.keyspace))
        right.stood(in: machine.keyspace)
        #expect(!right.isInDoubt(in: machine.keyspace))
        _ = machine.apply(Request(.put("/app/a"), caller: .member))
        #expect(!right.isInDoubt(in: machine.keyspace))
        for change in [AccessChange.putRole(name("app"), rules: .adding([])), .disable, .enable] {
            let outcome = machine.apply(Request(.changeAccess(change), caller: .member))
            #expect(outcome.refusal == nil)
            // While nothing is controlled everybody may.
            #expect(right.isInDoubt(in: machine.keyspace) == (change != .disable))
            if change != .disable { right.stood(in: machine.keyspace) }
        }
    }
}
