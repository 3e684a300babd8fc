internal import Keyspace
internal import Wire

/// `If-Match` and `If-None-Match` (RFC 9110, 13.1). A key's entity tag is its revision, that of a
/// range of keys its highest revision and how many they are.
struct Conditions {
    private let match: EntityTagCondition?
    private let noneMatch: EntityTagCondition?

    /// What a request has that names no condition.
    static let none = Conditions(match: nil, noneMatch: nil)

    /// Whether there is none.
    var areNone: Bool { match == nil && noneMatch == nil }

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
        case .put, .post, .patch, .delete, .other: break
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

    /// - Parameter tag: of what is there, without the quotes.
    func verdict(on tag: @autoclosure () -> [UInt8]) -> Verdict {
        if match == nil, noneMatch == nil { return .met }
        let tag = tag()
        if let match, !match.names(tag, comparison: .strong) { return .failed }
        if let noneMatch, noneMatch.names(tag, comparison: .weak) { return .unmodified }
        return .met
    }

    // MARK: - Trees

    /// What the writing of a tree demands of the tree as it is.
    ///
    /// - Throws: for entity tags in `If-None-Match`, which have no use there.
    func ofTree() throws(Problem) -> TreeWrite.Condition {
        if case .tags = noneMatch {
            throw .header("If-None-Match", fault: "can only be * where a tree is written")
        }
        switch (match, noneMatch) {
        case (nil, nil): return .none
        case (.any, nil): return .exists
        case (nil, .some): return .absent
        case (.tags(let tags), nil): return .oneOf(tags.compactMap(\.treeTag))
        // It would have to be there and not be there.
        case (.some, .some): return .oneOf([])
        }
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
    /// Whether a thing of that tag is meant; tags are compared octet by octet, and a weak one is
    /// none under the strong comparison (RFC 9110, 8.8.3.2).
    fileprivate func names(_ tag: [UInt8], comparison: EntityTag.Strength) -> Bool {
        switch self {
        case .any: true
        case .tags(let tags):
            tags.contains {
                ($0.strength == .strong || comparison == .weak) && $0.opaque == tag
            }
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
    /// The state of a tree that has this tag; nil where none has.
    fileprivate var treeTag: TreeWrite.Tag? {
        let parts = opaque.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard strength == .strong, parts.count == 2, let revision = parts[0].decimalValue,
            let count = parts[1].decimalValue
        else { return nil }
        let tag = TreeWrite.Tag(modRevision: Revision(rawValue: revision), keyCount: count)
        return tag.text == opaque ? tag : nil
    }
}

extension TreeWrite.Tag {
    /// What stands in the entity tag of a range of keys: `R-N`.
    var text: [UInt8] {
        var text = modRevision.text
        text.append(UInt8(ascii: "-"))
        text.append(decimal: keyCount)
        return text
    }
}
