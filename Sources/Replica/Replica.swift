package import Bytes
internal import Consensus
internal import Journal
internal import Keyspace

/// One whole deterministic member: consensus, log and store joined, with its links to the peers.
///
/// It knows no socket, file, clock or chance but what its inputs bring. A shell feeds `step` with
/// everything that happened, then takes the effects of the turn: the frames, the disk's work and
/// the replies of everything that came in together. Server and Simulation are two such shells.
package struct Replica: ~Copyable {
    var configuration: Configuration
    /// Tells this start from every other one of the same directory.
    let boot: BootStamp
    var chance: SplitMix64
    /// What is durable, or what the write under way will make durable.
    var identity: Identity
    var opening: Opening
    var life: Life
    var context = TurnContext()
    /// A double of this start is being put off by a peer until then.
    var disputedUntil: MonotonicTime?

    /// How far the disk is with what finding the data directory left to be done. Inputs are taken
    /// all the while, and nothing is made of them before that is durable.
    enum Opening: Sendable {
        case owing([DiskOperation])
        case underWay
        case done
    }

    /// Whether the member has a cluster. It goes from the first to the second, and never back.
    enum Life {
        case forming(FormingMember)
        case formed(FormedMember.Home)
    }

    /// The member without a cluster; nil once it has one.
    var forming: FormingMember? { if case .forming(let forming) = life { forming } else { nil } }

    /// The member of a cluster; nil before there is one.
    var formed: FormedMember.Home? { if case .formed(let formed) = life { formed } else { nil } }

    /// Absorbs one input; what it leads to waits for the end of the turn.
    ///
    /// - Complexity: O(bytes of the input).
    package mutating func step(_ input: Input, now: MonotonicTime) {
        context.advance(to: now)
        switch input {
        case .tick: break
        case .propose(let ticket, let write): propose(ticket, write: write)
        case .read(let ticket): read(ticket)
        case .forget(let ticket): forget(ticket)
        case .disk(let completion): finishDiskWork(completion)
        case .snapshotWritten(let id, let byteCount):
            formed?.member.snapshotWritten(id, byteCount: byteCount, in: &context)
        case .linkOpened(let link, let address):
            context.links.opened(link, to: address, view: handshakeView, now: context.now)
        case .linkAccepted(let link): context.links.accepted(link, now: context.now)
        case .frame(let link, let bytes): receive(bytes, on: link)
        case .linkClosed(let link, let end):
            handle(context.links.closed(link, end: end, now: context.now))
        case .dialFailed(let address, let end):
            handle(context.links.dialFailed(address, end: end, now: context.now))
        case .diskSpace(let freeByteCount):
            formed?.member.diskSpace =
                freeByteCount < configuration.diskReserveByteCount ? .short : .ample
        case .diskReserve(let byteCount): configuration.diskReserveByteCount = byteCount
        case .wallClock(let milliseconds):
            context.wallClock = WallClockReading(milliseconds: milliseconds, at: context.now)
        case .changeMembership(let ticket, let change):
            changeMembership(by: change, ticket: ticket)
        case .audience(let audience): context.audience = audience
        case .transferLeadership(let target):
            formed?.member.transferLeadership(to: target, in: &context)
        case .stop: beginShutdown()
        }
    }

    private mutating func receive(_ frame: [UInt8], on link: LinkID) {
        let now = context.now
        let taken = context.links.messages(
            frame,
            on: link,
            to: identity.member,
            wallClock: context.wallClock?.milliseconds(at: now),
            now: now
        )
        switch taken {
        case .some(let event): handle(event)
        case .none: handle(context.links.greeting(frame, on: link, view: handshakeView, now: now))
        }
    }

    /// Ends the turn: everything that all inputs since the last call lead to.
    ///
    /// - Complexity: O(what is owed); at most 1,024 entries are applied.
    package mutating func takeEffects(now: MonotonicTime) -> Effects {
        context.advance(to: now)
        switch opening {
        case .owing(let operations):
            opening = .underWay
            context.effects.disk.append(
                DiskBatch(number: 0, lane: .log, operations: operations)
            )
        case .underWay: break
        case .done: finishTurn()
        }
        verify()
        var taken = Effects()
        swap(&taken, &context.effects)
        return taken
    }

    private mutating func finishTurn() {
        for event in context.links.tick(context.now, into: &context.effects) { handle(event) }
        switch life {
        case .forming(let forming): context.effects.disk += forming.journal.takeBatches()
        case .formed(let formed):
            let level = identity.featureLevel
            formed.member.finishTurn(marking: &identity, in: &context)
            if identity.featureLevel > level { endOlderLinks() }
        }
        context.links.take(into: &context.effects)
    }

    /// A release that does not know the level is sent nothing of it.
    private mutating func endOlderLinks() {
        let oldest = ProtocolVersion.arriving(withFeatureLevel: identity.featureLevel)
        for event in context.links.close(speaking: oldest, now: context.now) { handle(event) }
    }

    /// When a turn is due without any input; in the past while there is more to do at once.
    package var nextDeadline: MonotonicTime? {
        switch opening {
        case .owing: return MonotonicTime(rawValue: 0)
        case .underWay: return nil
        case .done: break
        }
        let next = formed?.member.nextDeadline
        guard let links = context.links.nextDeadline else { return next }
        return min(links, next ?? links)
    }

    private mutating func propose(_ ticket: Ticket, write: EncodedWrite) {
        switch life {
        case .forming(let forming):
            forming.propose(ticket, write: write, into: &context.effects)
        case .formed(let formed):
            formed.member.propose(ticket, write: write, in: &context)
        }
    }

    private mutating func read(_ ticket: Ticket) {
        switch life {
        case .forming(let forming): forming.read(ticket, into: &context.effects)
        case .formed(let formed): formed.member.read(ticket, into: &context.effects)
        }
    }

    private mutating func forget(_ ticket: Ticket) {
        switch life {
        case .forming(let forming): forming.forget(ticket, into: &context.effects)
        case .formed(let formed): formed.member.forget(ticket, into: &context.effects)
        }
    }

    private mutating func changeMembership(by change: MembershipChange, ticket: Ticket) {
        switch life {
        case .forming:
            context.effects.replies.append(.unproposed(ticket, .notApplied(.notServing)))
        case .formed(let formed):
            formed.member.changeMembership(by: change, ticket: ticket, in: &context)
        }
    }

    private mutating func beginShutdown() {
        switch life {
        case .forming: context.effects.stop = .orderly
        case .formed(let formed): formed.member.beginShutdown(in: &context)
        }
    }

    private mutating func finishDiskWork(_ completion: DiskCompletion) {
        if case .underWay = opening, completion.lane == .log, completion.number == 0 {
            opening = .done
            return
        }
        switch life {
        case .forming(let forming):
            let completed = forming.journal.absorb(completion)
            if completed.identity != nil { identityPersisted() }
        case .formed(let formed):
            let completed = formed.member.finishDiskWork(completion, in: &context)
            if completed.identity != nil { identityPersisted() }
        }
    }
}
