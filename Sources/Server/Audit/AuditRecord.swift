internal import API
internal import Bytes
internal import Keyspace
internal import Wire

/// One thing that a client did, or was refused.
struct AuditRecord {
    /// Who did it, and from where.
    struct Origin: Hashable {
        /// Empty for nobody in particular.
        var principal: [UInt8]
        /// As text; empty for a Unix socket.
        var address: [UInt8]
    }

    /// What it was.
    struct Matter {
        let subject: CallSubject
        /// The key or name that it was about, or the query that selects them.
        let object: [UInt8]
        /// The keys and ranges that it would change, where it names several.
        var keys: [KeyRange] = []
        /// What of a user or a role it would change, in words; empty for anything else.
        var change: [UInt8] = []
    }

    let origin: Origin
    let matter: Matter
    /// What the client was answered; nil for what happened in a stream, or after the client left.
    let status: UInt16?
    /// The store's after it was applied; nil where nothing was.
    let revision: Revision?

    /// How it went, as auditors sort it.
    var outcome: StaticString {
        switch status {
        case nil: revision == nil ? "unknown" : "done"
        case 401, 403: "denied"
        // A write that nobody answered for may yet be applied, and says so with this status.
        case 503: "unknown"
        case .some(let status) where status < 400: "done"
        default: revision == nil ? "refused" : "failed"
        }
    }

    /// More keys of one transaction are counted, and not named.
    private static let keyCountMax = 64

    /// Appends `keys`: each as text, with `/**` for all below it; what is no text in base64, and
    /// intervals, each as an object.
    private static func append(_ ranges: [KeyRange], to json: inout JSONWriter) {
        json.name("keys")
        json.beginArray()
        for range in ranges.prefix(keyCountMax) {
            switch range {
            case .key(let key) where key.bytes.span.isValidUTF8: json.string(key.bytes)
            case .key(let key):
                json.beginObject()
                json.name("key_base64")
                json.base64(key.bytes)
                json.endObject()
            case .subtree(let root) where root.bytes.span.isValidUTF8:
                json.string(root.bytes + Array((root == .root ? "**" : "/**").utf8))
            case .subtree(let root):
                json.beginObject()
                json.name("below_base64")
                json.base64(root.bytes)
                json.endObject()
            case .interval(let from, let to):
                json.beginObject()
                json.name("from_base64")
                json.base64(from)
                if let to {
                    json.name("to_base64")
                    json.base64(to)
                }
                json.endObject()
            }
        }
        json.endArray()
        if ranges.count > keyCountMax {
            json.member("more_keys", number: UInt64(ranges.count - keyCountMax))
        }
    }

    /// Appends it as one line of JSON.
    ///
    /// - Parameters:
    ///   - unixMilliseconds: when.
    ///   - member: who writes it.
    func append(to lines: inout [UInt8], unixMilliseconds: UInt64, member: [UInt8]) {
        var time: [UInt8] = []
        time.append(unixMilliseconds: unixMilliseconds)
        var json = JSONWriter()
        json.beginObject()
        json.member("time", string: time)
        json.member("member", string: member)
        if !origin.principal.isEmpty { json.member("principal", string: origin.principal) }
        json.member("address", string: origin.address.isEmpty ? Array("unix".utf8) : origin.address)
        json.member("call", string: Array("\(matter.subject.method) \(matter.subject.route)".utf8))
        let object = matter.object
        if !object.isEmpty {
            if String(validating: object, as: UTF8.self) != nil {
                json.member("object", string: object)
            } else {
                json.name("object_base64")
                json.base64(object)
            }
        }
        if !matter.keys.isEmpty { Self.append(matter.keys, to: &json) }
        if !matter.change.isEmpty { json.member("change", string: matter.change) }
        if let revision { json.member("revision", number: revision.rawValue) }
        if let status { json.member("status", number: UInt64(status)) }
        json.member("outcome", string: outcome)
        json.endObject()
        lines += json.output
        lines.append(UInt8(ascii: "\n"))
    }
}
