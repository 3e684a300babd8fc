internal import Bytes
internal import Wire

/// When a write of one key is carried out; decided where it is applied.
public enum WriteCondition: Hashable, Sendable {
    /// Whatever there is.
    case always
    /// Only if the key is not there.
    case absent
    /// Only if the key is there.
    case present
    /// Only if the key was written last at this revision.
    case revision(UInt64)
}

/// What is asked of a write beside the key and the value.
public struct WriteOptions: Sendable {
    /// When it is carried out.
    public var condition = WriteCondition.always
    /// The key ends with this session.
    public var session: Session?
    /// The key ends after this time, from 1 s to 30 d.
    public var timeToLive: Duration?
    /// It is carried out only while these are held.
    public var fences: [RoostFence] = []
    /// Kept with the version, for people: up to 256 bytes of UTF-8 in one line.
    public var note: String?

    /// Carried out whatever there is; the key stays until it is deleted.
    public init() {}

    /// Carried out under this condition.
    public static func when(_ condition: WriteCondition) -> WriteOptions {
        var options = WriteOptions()
        options.condition = condition
        return options
    }

    /// Carried out only while this is held.
    public static func fenced(by fence: RoostFence) -> WriteOptions {
        var options = WriteOptions()
        options.fences = [fence]
        return options
    }

    /// A key that ends with this session.
    public static func during(_ session: Session) -> WriteOptions {
        var options = WriteOptions()
        options.session = session
        return options
    }

    func apply(to call: inout Call) throws(RoostError) {
        switch condition {
        case .always: break
        case .absent: call.setHeader("If-None-Match", value: "*".utf8)
        case .present: call.setHeader("If-Match", value: "*".utf8)
        case .revision(let revision): call.setHeader("If-Match", value: "\"\(revision)\"".utf8)
        }
        if let session { call.add("lease", value: session.id) }
        if let timeToLive { call.add("ttl", value: "\(timeToLive.wholeMilliseconds)ms") }
        try applyHeaders(to: &call)
    }

    /// Fences and note: what goes with any write.
    func applyHeaders(to call: inout Call) throws(RoostError) {
        for fence in fences { call.setHeader("Roost-Lock", value: fence.field) }
        guard let note else { return }
        guard note.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }), note.utf8.count <= 256 else {
            throw .invalidArgument("a note is one line of up to 256 bytes of UTF-8")
        }
        call.setHeader("Roost-Note", value: note.utf8)
    }
}

/// What is asked of a read of many keys.
public struct ListOptions: Sendable {
    /// At most so many; nil for all.
    public var limit: Int?
    /// Whether values come along.
    public var content = ListedContent.values
    /// As the store was at this revision; nil for now.
    public var revision: UInt64?

    /// All keys as they are now, with their values.
    public init() {}
}

/// What of the keys a listing tells.
public enum ListedContent: Hashable, Sendable {
    /// Keys with their values.
    case values
    /// Keys alone: the values are empty.
    case keysAlone
}

extension Duration {
    /// Whole milliseconds; 0 below zero, and at most what 64 bits hold.
    var wholeMilliseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let (product, overflows) = UInt64(seconds).multipliedReportingOverflow(by: 1000)
        return overflows
            ? .max : product.addingSaturating(UInt64(attoseconds) / 1_000_000_000_000_000)
    }
}

extension UInt64 {
    fileprivate func addingSaturating(_ other: UInt64) -> UInt64 {
        let (sum, overflows) = addingReportingOverflow(other)
        return overflows ? .max : sum
    }
}
