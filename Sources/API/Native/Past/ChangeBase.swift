internal import Keyspace
internal import Wire

/// The state that a tree is compared with, or goes back to: `diff` and `undo`.
enum ChangeBase {
    /// The most keys that are looked at for the newest change.
    private static let keyCountMax = 500_000

    case revision(Revision)
    /// Right before the newest change at or below the path: the parameter stands alone.
    case beforeNewest

    init(_ name: StaticString, parameters: inout Parameters) throws(Problem) {
        var others = parameters
        guard try others.text(name)?.isEmpty == false else {
            _ = try parameters.text(name)
            self = .beforeNewest
            return
        }
        guard let revision = try parameters.pastRevision(name) else {
            throw .parameter(name, fault: "is missing")
        }
        self = .revision(revision)
    }

    func revision(of range: KeyRange, in store: Store) throws(Problem) -> Revision {
        switch self {
        case .revision(let revision): return revision
        case .beforeNewest:
            guard let newest = store.newestChange(in: range, keyCountMax: Self.keyCountMax) else {
                throw Problem(
                    .tooLarge,
                    "There are more than \(Self.keyCountMax) keys; name the revision to compare with."
                )
            }
            guard newest > .initial else {
                throw .notFound("key", detail: "History knows of no change there.")
            }
            return Revision(rawValue: newest.rawValue - 1)
        }
    }
}
