internal import Keyspace
internal import Wire

/// `If-Match` and `If-None-Match` (RFC 9110, 13.1).
enum Conditions {
    /// What a write demands of the key.
    static func ofWrite(
        _ request: HTTPRequest,
        allowing: Allowed
    ) throws(Problem) -> KeyCondition {
        let match = try condition(request.header("if-match"), of: "If-Match")
        let noneMatch = try condition(request.header("if-none-match"), of: "If-None-Match")
        switch (match, noneMatch) {
        case (nil, nil): return .none
        case (.some, .some):
            throw .header("If-None-Match", "excludes If-Match")
        case (.some, nil) where allowing == .nothing:
            throw .header("If-Match", "has no meaning for this call")
        case (.some(.any), nil): return .exists
        case (.some(.tags(let tags)), nil):
            guard tags.count == 1, let tag = tags.first, tag.strength == .strong,
                let revision = tag.opaque.decimalValue
            else {
                throw .header("If-Match", "is no single \"REVISION\" in quotes and no *")
            }
            return .modRevision(Revision(rawValue: revision))
        case (nil, .some(.any)):
            guard allowing == .both else {
                throw .header("If-None-Match", "has no meaning for this call")
            }
            return .absent
        case (nil, .some(.tags)):
            throw .header("If-None-Match", "can only be * on a write")
        }
    }

    enum Allowed {
        case nothing
        case match
        case both
    }

    /// Whether a read's `If-None-Match` names the revision, so that 304 is enough.
    static func noneMatch(
        _ request: HTTPRequest
    ) throws(Problem) -> EntityTagCondition? {
        try condition(request.header("if-none-match"), of: "If-None-Match")
    }

    private static func condition(
        _ field: ArraySlice<UInt8>?,
        of name: StaticString
    ) throws(Problem) -> EntityTagCondition? {
        guard let field else { return nil }
        do { return try EntityTag.parse(field) } catch {
            throw .header(name, "is neither * nor a revision in quotes, such as \"42\"")
        }
    }
}

extension EntityTagCondition {
    /// Weak comparison (RFC 9110, 8.8.3.2): revisions are never weak, but caches may make them so.
    func names(_ revision: Revision) -> Bool {
        switch self {
        case .any: true
        case .tags(let tags): tags.contains { $0.opaque.decimalValue == revision.rawValue }
        }
    }
}
