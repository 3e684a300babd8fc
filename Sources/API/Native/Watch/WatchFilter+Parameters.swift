internal import Keyspace
internal import Wire

extension WatchFilter {
    /// Takes `path` with `recursive`, `key` and `prefix`, each of which may be repeated, and
    /// `events`. Ranges that another one covers are left out, so that no item is sent twice.
    init(_ parameters: inout Parameters) throws(Problem) {
        let isRecursive = try parameters.flag("recursive")
        var ranges: [KeyRange] = []
        for text in parameters.texts("path") {
            let path = try Key(pathText: text)
            ranges.append(isRecursive ? .subtree(path) : .key(path))
        }
        guard !isRecursive || !ranges.isEmpty else {
            throw .parameter(
                "recursive",
                fault: "belongs to \"path\"; give \"prefix\" for other keys"
            )
        }
        for key in try parameters.keys("key") { ranges.append(.key(key)) }
        for prefix in try parameters.prefixes("prefix") { ranges.append(.prefix(prefix)) }
        guard !ranges.isEmpty else {
            throw .parameter("path", fault: "is missing, and so are \"key\" and \"prefix\"")
        }
        self.init(ranges: Self.withoutCovered(ranges), kinds: try Self.kinds(&parameters))
    }

    /// The widest ranges, in the order of what they begin with.
    private static func withoutCovered(_ ranges: [KeyRange]) -> [KeyRange] {
        var kept: [KeyRange] = []
        for range in ranges where !kept.contains(where: { $0.covers(range) }) {
            kept.removeAll { range.covers($0) }
            kept.append(range)
        }
        return kept.sorted { $0.lowerBound.lexicographicallyPrecedes($1.lowerBound) }
    }

    private static func kinds(_ parameters: inout Parameters) throws(Problem) -> Kinds {
        guard let text = try parameters.text("events") else { return .all }
        if text.equals("put") { return .puts }
        if text.equals("delete") { return .deletes }
        throw .parameter("events", fault: "is neither put nor delete; leave it out for both")
    }
}
