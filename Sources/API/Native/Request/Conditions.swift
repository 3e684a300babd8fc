internal import Keyspace
internal import Wire

/// `If-Match` and `If-None-Match` (RFC 9110, 13.1). A key's entity tag is its revision in quotes.
struct Conditions {
    private let match: EntityTagCondition?
    private let noneMatch: EntityTagCondition?

    /// Of a request that has none.
    static let none = Conditions(match: nil, noneMatch: nil)

    private init(match: EntityTagCondition?, noneMatch: EntityTagCondition?) {
        self.match = match
        self.noneMatch = noneMatch
    }

    init(_ request: HTTPRequest) throws(Problem) {
        match = try Self.condition(request.headers.values(of: "if-match"), of: "If-Match")
        noneMatch = try Self.condition(
            request.headers.values(of: "if-none-match"),
            of: "If-None-Match"
        )
    }

    private static func condition(
        _ lines: [ArraySlice<UInt8>],
        of name: StaticString
    ) throws(Problem) -> EntityTagCondition? {
        do { return try EntityTagCondition(parsing: lines) } catch {
            switch error {
            case .malformed(let offset):
                throw .header(
                    name,
                    fault:
                        "is neither * nor a list of revisions in quotes, such as \"42\", at byte \(offset)"
                )
            case .anyAmongOthers: throw .header(name, fault: "has * among others; it stands alone")
            case .tooMany(let limit):
                throw .header(name, fault: "lists more than \(limit) revisions")
            }
        }
    }

    /// Refuses conditions where they would have no effect. A GET may always say what it has seen:
    /// to be sent something whole is never wrong.
    static func expectNone(_ request: HTTPRequest) throws(Problem) {
        if request.header("if-match") != nil {
            throw .header("If-Match", fault: "has no meaning for this call")
        }
        switch request.method {
        case .get, .head, .options: return
        case .put, .post, .delete, .other: break
        }
        if request.header("if-none-match") != nil {
            throw .header("If-None-Match", fault: "has no meaning for this call")
        }
    }

    // MARK: - Writes

    /// What a write demands of the key when it is applied. Of two conditions both have to hold.
    var ofWrite: KeyCondition {
        switch (match, noneMatch) {
        case (nil, nil): .none
        case (.any, nil): .exists
        case (nil, .any): .absent
        case (.tags(let tags), nil): .one(of: Self.revisions(tags, comparison: .strong))
        case (nil, .tags(let tags)):
            .none(of: Self.revisions(tags, comparison: .weak), missing: .meets)
        case (.any, .tags(let tags)):
            .none(of: Self.revisions(tags, comparison: .weak), missing: .fails)
        case (.tags(let wanted), .tags(let unwanted)):
            .one(
                of: Self.revisions(wanted, comparison: .strong)
                    .subtracting(Self.revisions(unwanted, comparison: .weak))
            )
        // It would have to be there and not be there.
        case (.some, .any): .oneOf([])
        }
    }

    /// The revisions whose tags are among these.
    private static func revisions(
        _ tags: [EntityTag],
        comparison: EntityTag.Strength
    ) -> Set<Revision> {
        Set(tags.compactMap { $0.revision(comparison) })
    }

    // MARK: - Reads

    /// What a read's conditions come to, in the order of RFC 9110, 13.2.2.
    enum Verdict {
        case met
        /// `If-Match` names other revisions: 412.
        case failed
        /// `If-None-Match` names this one: 304.
        case unmodified
    }

    /// - Parameter revision: of a key that is there.
    func verdict(on revision: Revision) -> Verdict {
        if let match, !match.names(revision, comparison: .strong) { return .failed }
        if let noneMatch, noneMatch.names(revision, comparison: .weak) { return .unmodified }
        return .met
    }
}

extension KeyCondition {
    fileprivate static func one(of revisions: Set<Revision>) -> KeyCondition {
        guard revisions.count == 1, let revision = revisions.first else {
            return .oneOf(revisions.sorted())
        }
        return .modRevision(revision)
    }

    fileprivate static func none(of revisions: Set<Revision>, missing: Missing) -> KeyCondition {
        guard revisions.isEmpty else { return .noneOf(revisions.sorted(), missing: missing) }
        return missing == .meets ? .none : .exists
    }
}

extension EntityTagCondition {
    fileprivate func names(_ revision: Revision, comparison: EntityTag.Strength) -> Bool {
        switch self {
        case .any: true
        case .tags(let tags): tags.contains { $0.revision(comparison) == revision }
        }
    }
}

extension EntityTag {
    /// The revision that has this tag, octet by octet; nil where none has.
    ///
    /// - Parameter comparison: a weak tag is none under the strong one (RFC 9110, 8.8.3.2).
    fileprivate func revision(_ comparison: Strength) -> Revision? {
        guard strength == .strong || comparison == .weak, opaque.first != UInt8(ascii: "0"),
            let value = opaque.decimalValue
        else { return nil }
        return Revision(rawValue: value)
    }
}
