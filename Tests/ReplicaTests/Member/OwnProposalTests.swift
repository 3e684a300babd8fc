import Bytes
import Consensus
import Keyspace
import TestSupport
import Testing

@testable import Replica

@Suite("What the cluster itself wants is not held up by rules about its clients")
struct OwnProposalTests {
    private static let root = name("root")

    private static func name(_ text: String) -> AccessName {
        AccessName(Array(text.utf8)) ?? .anonymous
    }

    private static func ask(
        _ command: Command,
        of harness: ReplicaHarness,
        as caller: Caller
    ) -> Outcome? {
        let ticket = harness.ticket()
        let write = EncodedWrite(Request(command, caller: caller))
        harness.tell(0, input: .propose(ticket, write))
        guard case .applied(_, let answer)? = harness.reply(to: ticket, at: 0) else { return nil }
        return answer.outcome
    }

    /// Three members whose clients may do nothing but what `root` may; as whom it asks.
    private static func controlled() throws -> (ReplicaHarness, root: Caller) {
        let harness = ReplicaHarness(3)
        try harness.startAll()
        #expect(harness.settle())
        let admin = AccessRule(.allow, to: .admin, in: .service)
        let keys = AccessRule(.allow, to: [.read, .write], in: .keys(.all))
        for change: AccessChange in [
            .putRole(root, rules: .exactly([admin, keys])),
            .putUser(root, password: .kept, roles: .exactly([root])), .enable,
        ] {
            let outcome = ask(.changeAccess(change), of: harness, as: .nobody)
            guard case .accessChanged = outcome else {
                Issue.record("\(change): \(String(describing: outcome))")
                continue
            }
        }
        let access = try #require(harness.members[0].replica?.keyspace.access)
        return (harness, root: .user(root, asOf: access.revision))
    }

    @Test("the wall clock is told, and told anew")
    func clock() throws {
        let (harness, _) = try Self.controlled()
        for year in [1_700_000_000_000, 1_800_000_000_000] as [UInt64] {
            for number in 0..<3 { harness.tell(number, input: .wallClock(milliseconds: year)) }
            let isTold = harness.run(2_000) {
                harness.members.allSatisfy { member in
                    guard let keyspace = member.replica?.keyspace else { return false }
                    let shown = keyspace.wallTime(at: keyspace.clock).rawValue
                    return shown >= year && shown < year + 60_000
                }
            }
            #expect(isTold)
        }
    }

    @Test("history that has outgrown its limits is forgotten")
    func compaction() throws {
        let (harness, root) = try Self.controlled()
        let item = SettingsChange.Item(.historyMilliseconds, value: 1_000)
        let change = Command.changeSettings(SettingsChange([item], occasion: .always))
        #expect(Self.ask(change, of: harness, as: root) != nil)
        for number in 0..<20 {
            let key = Key(unchecked: Array("/\(number)".utf8))
            let put = Put(key: key, value: [], lease: .none, condition: .none)
            #expect(Self.ask(.put(put), of: harness, as: root) != nil)
            harness.run(200)
        }
        let isForgotten = harness.run(5_000) {
            harness.members.allSatisfy {
                ($0.replica?.keyspace.store.compactRevision ?? .zero) > .zero
            }
        }
        #expect(isForgotten)
    }

    @Test("an order about members is carried out, and nobody else gives one")
    func order() throws {
        let (harness, root) = try Self.controlled()
        let place = MemberOrder.Place(
            name: Array("n4".utf8),
            peerAddress: ReplicaHarness.address(3).text
        )
        let command = Command.orderMembers(.begin(.add(place, as: .voter)))
        let refusal = Self.ask(command, of: harness, as: .nobody)
        #expect(refusal == .refused(.unauthenticated))
        guard case .memberOrder = Self.ask(command, of: harness, as: root) else {
            Issue.record("the order was not taken")
            return
        }
        let newcomer = try harness.startJoiner("n4", asking: [0])
        let isDone = harness.run(5_000) {
            harness.members.allSatisfy { $0.replica?.keyspace.memberOrders.isEmpty ?? false }
        }
        #expect(isDone)
        let id = try #require(harness.member(newcomer)).id
        #expect(harness.members[0].replica?.membership?.isVoter(id) == true)
    }
}
