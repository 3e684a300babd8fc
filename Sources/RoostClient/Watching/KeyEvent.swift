internal import Wire

/// What happened to a key.
public enum KeyEvent: Hashable, Sendable {
    /// Why a key is no more.
    public enum DeleteCause: String, Sendable {
        /// Somebody deleted it.
        case deleted
        /// The time of its lease came.
        case expired
        /// Its lease was revoked.
        case revoked
    }

    /// It was written; also each that is there, where a watch begins with what there is.
    case put(KeyValue)
    /// It is no more, since that revision.
    case delete(RoostKey, revision: UInt64, cause: DeleteCause)
    /// Everything that was there at the beginning has been told; once only.
    case synced

    /// The key that it is about; nil for `synced`.
    public var key: RoostKey? {
        switch self {
        case .put(let value): value.key
        case .delete(let key, _, _): key
        case .synced: nil
        }
    }

    /// The revision that made the change; nil for `synced`.
    public var revision: UInt64? {
        switch self {
        case .put(let value): value.modRevision
        case .delete(_, let revision, _): revision
        case .synced: nil
        }
    }

    /// What a block of the stream tells; nil for one that is of no concern here.
    init?(_ event: ServerSentEvent) {
        if event.event.equals("synced") {
            self = .synced
            return
        }
        guard let data = event.data, let json = Self.json(data) else { return nil }
        if event.event.equals("put") {
            guard let value = KeyValue(json) else { return nil }
            self = .put(value)
        } else if event.event.equals("delete") {
            guard let key = json.key, let revision = json["mod_revision"]?.whole else {
                return nil
            }
            let cause = json["cause"]?.string.map { String(decoding: $0, as: UTF8.self) }
            self = .delete(
                RoostKey(key),
                revision: revision,
                cause: cause.flatMap(DeleteCause.init) ?? .deleted
            )
        } else {
            return nil
        }
    }

    static func json(_ data: [UInt8]) -> JSONValue? {
        do throws(JSONError) { return try JSONValue(parsing: data) } catch { return nil }
    }
}

/// Where a watch begins.
public enum WatchOrigin: Hashable, Sendable {
    /// With what changes from now on.
    case now
    /// With the changes of this revision, which history must reach.
    case revision(UInt64)
    /// With everything that is there, then `synced`, then what changes.
    case presentItems
}
