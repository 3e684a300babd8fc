import Platform
import Replica
import Testing

@testable import Transport

@Suite("A link's own rules: each is broken by hand, and found")
struct LinkTests {
    private static func link(_ stage: (Dial) -> Link.Stage) throws -> Link {
        let listeners = try ListeningSocket.open(at: Endpoint(parsing: "127.0.0.1:0"))
        let place = try #require(listeners.first?.address)
        let dial = Dial(
            address: PeerAddress(text: Array("127.0.0.1:1".utf8)),
            places: [],
            deadline: Clock.monotonicNow()
        )
        let socket = try Socket(connectingTo: place)
        return Link(id: LinkID(rawValue: 16), socket: socket, stage: stage(dial), place: "here")
    }

    @Test func aLinkBreaksNoneInEitherStage() throws {
        let securing = { (dial: Dial) in Link.Stage.securing(dial, until: dial.deadline) }
        for stage in [{ .connecting($0) }, securing, { _ in .open }] as [(Dial) -> Link.Stage] {
            #expect(try Self.link(stage).brokenRule == nil)
        }
    }

    @Test func noFramesWaitWhileItIsDialled() throws {
        let link = try Self.link { .connecting($0) }
        link.outgoing.append([1])
        #expect(link.brokenRule == .dialHasNoFrames)
    }

    @Test func thePollerIsAskedForWhatTheStageNeeds() throws {
        let dialled = try Self.link { .connecting($0) }
        dialled.interest = .readable
        #expect(dialled.brokenRule == .interestFollowsStage)
        let securing = try Self.link { .securing($0, until: $0.deadline) }
        securing.interest = .writable
        #expect(securing.brokenRule == .interestFollowsStage)
        let open = try Self.link { _ in .open }
        open.interest = .writable
        #expect(open.brokenRule == .interestFollowsStage)
    }

    @Test func oneThatWasAcceptedStands() throws {
        let link = try Self.link { _ in .open }
        link.stage = try Self.link { .connecting($0) }.stage
        #expect(link.brokenRule == .acceptedStands)
    }
}
