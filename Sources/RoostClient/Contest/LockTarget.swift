internal import Bytes
internal import Wire

/// What `lock` and `elect` try to win: one name, for one owner.
package struct LockTarget: Sendable {
    /// What winning means.
    package enum Kind: Hashable, Sendable {
        case exclusiveLock
        case sharedLock
        /// Shared by at most so many at a time.
        case semaphore(permits: UInt64)
        /// With the value that the leader proclaims.
        case election(value: [UInt8])
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
        if case .election = kind { return path + Array("/campaign".utf8) }
        return path
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
        case .election(let value):
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
        case .exclusiveLock, .sharedLock, .semaphore:
            return json["holders"]?.array?.contains { $0["token"]?.whole == token } ?? false
        }
    }

    /// The address of the lock or election.
    package var path: [UInt8] {
        switch kind {
        case .exclusiveLock, .sharedLock, .semaphore: Call.path("/v1/locks", segment: name)
        case .election: Call.path("/v1/elections", segment: name)
        }
    }
}
