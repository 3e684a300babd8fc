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
    let configuration: Configuration
    /// Of this start; drawn anew for each.
    let boot: BootStamp
    var chance: SplitMix64
    /// As it is durable, or as the next write makes it.
    var identity: Identity
    var links = Links()
    var stage: Stage
    /// Until the cluster is formed.
    var forming: Forming?
    /// From then on.
    var member: FormedMember?
    var effects = Effects()
    /// Until then a double of this start is put off by a peer.
    var contestedUntil: MonotonicTime?
    /// Whether the shell wants to hear of each change of a key.
    var audience = Store.Audience.somebody

    /// What the opening owes to the disk goes before everything else.
    enum Stage: Sendable {
        case owing([DiskOperation])
        case opening
        case open
    }

    /// A member without a cluster.
    struct Forming: Sendable {
        var journal: Journal
        var formation: Formation
        /// Writes and reads that came before there was anybody to ask.
        var early: [Early] = []

        enum Early: Sendable {
            case write(Ticket, EncodedWrite)
            case read(Ticket)

            var ticket: Ticket {
                switch self {
                case .write(let ticket, _), .read(let ticket): ticket
                }
            }
        }
    }

    /// More writes and reads than this do not wait for the cluster to be formed.
    private static let earlyCountMax = 1024

    /// Absorbs one input; what it leads to waits for the end of the turn.
    ///
    /// - Complexity: O(bytes of the input).
    package mutating func step(_ input: Input, now: MonotonicTime) {
        switch input {
        case .tick: break
        case .propose(let ticket, let request): propose(ticket, write: EncodedWrite(request))
        case .proposeEncoded(let ticket, let write): propose(ticket, write: write)
        case .read(let ticket): read(ticket)
        case .forget(let ticket): forget(ticket)
        case .disk(let completion): completed(completion, now: now)
        case .snapshotWritten(let id, let byteCount):
            member?.snapshotWritten(id, byteCount: byteCount)
        case .linkOpened(let link, let address):
            links.opened(link, to: address, view: handshakeView, now: now)
        case .linkAccepted(let link): links.accepted(link, now: now)
        case .frame(let link, let bytes):
            received(bytes, on: link, now: now)
        case .linkClosed(let link, let end):
            handle(links.closed(link, end: end, now: now), now: now)
        case .dialFailed(let address, let end):
            handle(links.dialFailed(address, end: end, now: now), now: now)
        case .diskSpace(let freeByteCount):
            member?.space = freeByteCount < configuration.diskReserveByteCount ? .short : .ample
        case .changeMembership(let ticket, let change):
            self.change(change, ticket: ticket, now: now)
        case .audience(let audience):
            self.audience = audience
            member?.audience = audience
        case .transferLeadership(let target):
            member?.transferLeadership(to: target, now: now, links: &links)
        case .stop:
            if member == nil { effects.stop = .orderly }
            member?.leave(now, links: &links, into: &effects)
        }
    }

    private mutating func received(_ bytes: [UInt8], on link: LinkID, now: MonotonicTime) {
        switch links.messages(bytes, on: link, to: identity.member, now: now) {
        case .some(let event): handle(event, now: now)
        case .none: handle(links.greeting(bytes, on: link, view: handshakeView, now: now), now: now)
        }
    }

    /// Ends the turn: everything that all inputs since the last call lead to.
    ///
    /// - Complexity: O(what is owed); at most 1,024 entries are applied.
    package mutating func takeEffects(now: MonotonicTime) -> Effects {
        switch stage {
        case .owing(let operations):
            stage = .opening
            effects.disk.append(DiskBatch(number: 0, lane: .log, operations: operations))
        case .opening: break
        case .open: turn(now)
        }
        var taken = Effects()
        swap(&taken, &effects)
        return taken
    }

    private mutating func turn(_ now: MonotonicTime) {
        for event in links.tick(now, into: &effects) { handle(event, now: now) }
        if forming != nil {
            effects.disk += forming?.journal.takeBatches() ?? []
        }
        member?.turn(now, links: &links, into: &effects)
        links.take(into: &effects)
    }

    /// When a turn is due without any input; in the past while there is more to do at once.
    package var nextDeadline: MonotonicTime? {
        mutating get {
            guard case .open = stage else {
                if case .owing = stage { return MonotonicTime(rawValue: 0) }
                return nil
            }
            let next = inspect { $0.nextDeadline }
            guard let links = links.nextDeadline else { return next }
            return min(links, next ?? links)
        }
    }

    /// Asks the formed member; nil before there is one.
    func look<Value>(_ question: (borrowing FormedMember) -> Value) -> Value? {
        switch member {
        case .some(let member): question(member)
        case .none: nil
        }
    }

    private mutating func propose(_ ticket: Ticket, write: EncodedWrite) {
        if member != nil {
            member?.propose(ticket, write: write, into: &effects)
        } else if forming?.early.count ?? 0 < Self.earlyCountMax {
            forming?.early.append(.write(ticket, write))
        } else {
            effects.replies.append(.unproposed(ticket, .notApplied(.tooManyInFlight)))
        }
    }

    private mutating func read(_ ticket: Ticket) {
        if member != nil {
            member?.read(ticket, into: &effects)
        } else if forming?.early.count ?? 0 < Self.earlyCountMax {
            forming?.early.append(.read(ticket))
        } else {
            effects.replies.append(.unreadable(ticket))
        }
    }

    private mutating func change(
        _ change: MembershipChange,
        ticket: Ticket,
        now: MonotonicTime
    ) {
        guard member != nil else {
            return effects.replies.append(.unproposed(ticket, .notApplied(.notServing)))
        }
        member?.change(change, ticket: ticket, now: now, into: &effects)
    }

    private mutating func forget(_ ticket: Ticket) {
        member?.forget(ticket, into: &effects)
        guard let place = forming?.early.firstIndex(where: { $0.ticket == ticket }),
            let early = forming?.early.remove(at: place)
        else { return }
        switch early {
        case .write:
            effects.replies.append(.unproposed(ticket, .notApplied(.notServing)))
        case .read: effects.replies.append(.unreadable(ticket))
        }
    }

    private mutating func completed(_ completion: DiskCompletion, now: MonotonicTime) {
        if case .opening = stage, completion.lane == .log, completion.number == 0 {
            stage = .open
            return
        }
        if forming != nil {
            let completed = forming?.journal.absorb(completion)
            if completed?.identity != nil { identityPersisted(now) }
        } else if let completed = member?.journal.absorb(completion) {
            member?.completed(
                completed,
                lane: completion.lane,
                now: now,
                links: &links,
                into: &effects
            )
            if completed.identity != nil { identityPersisted(now) }
        }
    }
}
