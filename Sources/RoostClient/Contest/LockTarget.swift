internal import Bytes
internal import Wire

/// What `lock` and `elect` try to win: one name, for one owner.
package struct LockTarget: Sendable {
    /// What winning means.
    package enum Kind: Hashable, Sendable {
        case exclusiveLock
        case sharedLock
        /// With the value that the leader proclaims.
        case election(value: [UInt8])
    }

    package let kind: Kind
    package let name: [UInt8]
    /// For people: who asks.
    package let owner: [UInt8]
    /// For people: what for, up to 1 KiB of UTF-8; nil where nothing is said.
    package let info: [UInt8]?

    package init(kind: Kind, name: [UInt8], owner: [UInt8], info: [UInt8]? = nil) {
        self.info = info
        self.kind = kind
        self.name = name
        self.owner = owner
    }

    /// Asks for the place that belongs to a lease, or for what became of it: the same place or
    /// token however often it is sent, so that a lost connection loses nothing.
    package func request(lease: [UInt8], waitMilliseconds: UInt64) -> Call {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("lease", string: lease)
        writer.member("wait", string: Array("\(waitMilliseconds)ms".utf8))
        writer.member("owner", string: owner)
        if let info { writer.member("info", string: info) }
        var path = self.path
        switch kind {
        case .exclusiveLock: break
        case .sharedLock: writer.member("shared", bool: true)
        case .election(let value):
            path += Array("/campaign".utf8)
            if value.span.isValidUTF8 {
                writer.member("value", string: value)
            } else {
                writer.name("value")
                writer.base64(value)
                writer.member("encoding", string: "base64")
            }
        }
        writer.endObject()
        return .repeatable(.post, path: path, body: writer.output)
    }

    /// Asks who holds it.
    package var inquiry: Call { .read(path) }

    /// Whether the answer to `inquiry` names a token as a holder's.
    package func isHeld(by token: UInt64, accordingTo reply: Response) -> Bool {
        guard let json = reply.json else { return false }
        switch kind {
        case .election: return json["token"]?.whole == token
        case .exclusiveLock, .sharedLock:
            return json["holders"]?.array?.contains { $0["token"]?.whole == token } ?? false
        }
    }

    private var path: [UInt8] {
        switch kind {
        case .exclusiveLock, .sharedLock: Call.path("/v1/locks", segment: name)
        case .election: Call.path("/v1/elections", segment: name)
        }
    }
}
