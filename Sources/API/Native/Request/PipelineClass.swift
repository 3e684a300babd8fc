package import Wire

/// Which requests of one connection may be under way at the same time, so that their answers are
/// those of carrying them out one after another.
package enum PipelineClass: UInt8, Hashable, Sendable {
    /// A write of keys: several are proposed in their order, and take effect in it.
    case write = 0
    /// A linearizable read of one key: several share a round.
    case read = 1
    /// Waits for everything before it, and everything after it waits for it.
    case alone = 2

    private static let keys = Array("/v1/kv/".utf8)
    /// Keys that are named in the query.
    private static let selection = Array("/v1/kv".utf8)
    private static let transactions = Array("/v1/txn".utf8)

    /// The class of a request.
    package init(_ request: HTTPRequest) {
        let path = request.rawPath
        let isOnKeys = path.starts(with: Self.keys) || path.elementsEqual(Self.selection)
        switch request.method {
        case .get: self = isOnKeys && request.rawQuery == nil ? .read : .alone
        case .put, .delete, .patch: self = isOnKeys && !Self.isDry(request) ? .write : .alone
        case .post:
            let isWrite = isOnKeys || path.elementsEqual(Self.transactions)
            self = isWrite && !Self.isUndo(request) ? .write : .alone
        case .head, .options, .other: self = .alone
        }
    }

    /// Whether a write only asks what it would change: it reads.
    private static func isDry(_ request: HTTPRequest) -> Bool {
        guard let text = request.rawQuery, var query = try? Query(parsing: text) else {
            return false
        }
        return (try? query.takeFlag("dry-run")) ?? false
    }

    /// Whether a write first looks at what it has to change.
    private static func isUndo(_ request: HTTPRequest) -> Bool {
        guard let text = request.rawQuery, var query = try? Query(parsing: text) else {
            return false
        }
        return (try? query.take("undo")) != nil
    }

    /// The class of a batch.
    package init(_ kind: RequestBatch.Kind) {
        switch kind {
        case .reads: self = .read
        case .puts: self = .write
        case .staleReads: self = .alone
        }
    }
}
