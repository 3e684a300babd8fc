internal import Bytes
internal import Wire

/// What `lock`, `elect` and `barrier` try to win: one name, for one owner.
package struct LockTarget: Sendable {
    /// What winning means.
    package enum Kind: Hashable, Sendable {
        case exclusiveLock
        case sharedLock
        /// Shared by at most so many at a time.
        case semaphore(permits: UInt64)
        /// With the value that the leader proclaims.
        case election(value: [UInt8], Candidacy = Candidacy())
        /// A place in a barrier that so many pass together.
        case barrier(parties: UInt64)
    }

    /// How a candidate stands to the others.
    package struct Candidacy: Hashable, Sendable {
        /// A higher one is granted first among those who wait.
        package var priority: Int32 = 0
        /// What a leader of lower priority is asked for.
        package var demand = Demand.nothing

        /// Of priority 0, asking nothing of a leader.
        package init() {}
    }

    /// What a candidate asks of a leader of lower priority.
    package enum Demand: Hashable, Sendable {
        case nothing
        /// That it hands over.
        case handover
    }

    package let kind: Kind
    package let name: [UInt8]
    /// For people: who asks.
    package let owner: [UInt8]
    /// For people: what for, up to 1 KiB of UTF-8; nil where nothing is said.
    package let info: [UInt8]?

    /// How long it may be held, whatever becomes of the lease; nil for as long as that lives.
    package let holdMilliseconds: UInt64?
    /// How long nobody gets it after a hold that ended by its time, or by its lease's.
    package let delayMilliseconds: UInt64?

    package init(
        kind: Kind,
        name: [UInt8],
        owner: [UInt8],
        info: [UInt8]? = nil,
        holdMilliseconds: UInt64? = nil,
        delayMilliseconds: UInt64? = nil
    ) {
        self.info = info
        self.holdMilliseconds = holdMilliseconds
        self.delayMilliseconds = delayMilliseconds
        self.kind = kind
        self.name = name
        self.owner = owner
    }

    /// Asks for the place that belongs to a lease, or for what became of it: the same place or
    /// token however often it is sent, so that a lost connection loses nothing.
    package func request(lease: [UInt8], waitMilliseconds: UInt64) -> Call {
        // Who does not wait at all would be in a barrier that is not open.
        let isBarrier = if case .barrier = kind { true } else { false }
        let waitMilliseconds = isBarrier ? max(waitMilliseconds, 1) : waitMilliseconds
        let body = body(waitMilliseconds: waitMilliseconds) { writer in
            writer.member("lease", string: lease)
        }
        return .repeatable(.post, path: address, body: body)
    }

    /// Asks for it under a lease of its own, which nobody keeps alive once it is granted.
    package func detachedRequest(
        timeToLiveMilliseconds: UInt64,
        waitMilliseconds: UInt64,
        key: IdempotencyKey
    ) -> Call {
        let body = body(waitMilliseconds: waitMilliseconds) { writer in
            writer.member("ttl", string: Array("\(timeToLiveMilliseconds)ms".utf8))
            writer.member("detached", bool: true)
        }
        var call = Call.write(.post, path: address, body: body, key: key)
        call.note(waitMillisecondsInBody: waitMilliseconds)
        return call
    }

    /// Where a place is asked for.
    private var address: [UInt8] {
        switch kind {
        case .exclusiveLock, .sharedLock, .semaphore: return path
        case .election: return path + Array("/campaign".utf8)
        case .barrier: return path + Array("/enter".utf8)
        }
    }

    private func body(
        waitMilliseconds: UInt64,
        _ ownership: (inout JSONWriter) -> Void
    ) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        ownership(&writer)
        writer.member("wait", string: Array("\(waitMilliseconds)ms".utf8))
        writer.member("owner", string: owner)
        if let info { writer.member("info", string: info) }
        if let holdMilliseconds {
            writer.member("max_hold", string: Array("\(holdMilliseconds)ms".utf8))
        }
        if let delayMilliseconds {
            writer.member("delay", string: Array("\(delayMilliseconds)ms".utf8))
        }
        switch kind {
        case .exclusiveLock: break
        case .sharedLock: writer.member("shared", bool: true)
        case .semaphore(let permits): writer.member("permits", number: permits)
        case .barrier(let parties): writer.member("parties", number: parties)
        case .election(let value, let candidacy):
            if candidacy.priority != 0 {
                writer.member("priority", integer: Int64(candidacy.priority))
            }
            if candidacy.demand == .handover { writer.member("preempt", bool: true) }
            if value.span.isValidUTF8 {
                writer.member("value", string: value)
            } else {
                writer.name("value")
                writer.base64(value)
                writer.member("encoding", string: "base64")
            }
        }
        writer.endObject()
        return writer.output
    }

    /// Asks who holds it.
    package var inquiry: Call { .read(path) }

    /// Whether the answer to `inquiry` names a token as a holder's.
    package func isHeld(by token: UInt64, accordingTo reply: Response) -> Bool {
        guard let json = reply.json else { return false }
        switch kind {
        case .election: return json["token"]?.whole == token
        // What fills is not open yet.
        case .barrier:
            let isOpen = json["phase"]?.string != Array("filling".utf8)
            return isOpen && json["generation"]?.whole == token
        case .exclusiveLock, .sharedLock, .semaphore:
            return json["holders"]?.array?.contains { $0["token"]?.whole == token } ?? false
        }
    }

    /// Whether the answer to `inquiry` tells the leader that a candidate asks it to hand over.
    package func isAskedFor(accordingTo reply: Response) -> Bool {
        reply.json?["handover_asked"]?.bool == true
    }

    /// The address of the lock or election.
    package var path: [UInt8] {
        switch kind {
        case .exclusiveLock, .sharedLock, .semaphore: Call.path("/v1/locks", segment: name)
        case .election: Call.path("/v1/elections", segment: name)
        case .barrier: Call.path("/v1/barriers", segment: name)
        }
    }
}
