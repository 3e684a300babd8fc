internal import Backup
internal import Bytes
internal import RoostClient
internal import Wire

/// Changes of a tree on their way to the service: one change at one revision while they fit into a
/// request, else several, each marked as a part of the whole in its note.
///
/// Every part is written only while the tree is as it was looked at, or as the part before left
/// it. What a break leaves undone is found by the next comparison.
struct TreeWriting {
    /// The longest note, in bytes.
    private static let noteByteCountMax = 256

    let root: [UInt8]
    let comparison: TreeComparison
    private let tree: StoredTree

    /// - Parameter tree: as it is now.
    init(_ comparison: TreeComparison, of tree: StoredTree, at root: [UInt8]) {
        self.comparison = comparison
        self.tree = tree
        self.root = root
    }

    /// What became of it.
    struct Outcome {
        let revision: UInt64
        let partCount: Int
    }

    /// Writes it.
    ///
    /// - Parameter note: as the user gave it.
    func carryOut(note: [UInt8]?, service: Service) throws(Failure) -> Outcome {
        var patches = try TreePatches(comparison, of: tree.leaves)
        var parts: [[UInt8]] = []
        while let part = patches.next() { parts.append(part) }
        var tag = tree.tag
        var revision = tree.revision
        let whole = SHA256.digest(Array(parts.joined()))
        let digest = String(decoding: Hexadecimal.encode(Array(whole.prefix(4))), as: UTF8.self)
        for (place, part) in parts.enumerated() {
            let mark = "part \(place + 1)/\(parts.count) of \(digest)"
            let reply: Response
            do throws(Failure) {
                reply = try service.write(
                    .patch,
                    path: Call.path(ofKey: root),
                    body: part,
                    note: parts.count > 1 ? Self.note(mark, note: note) : nil
                ) { call in
                    call.setHeader("Content-Type", value: "application/merge-patch+json".utf8)
                    if let tag { call.setHeader("If-Match", value: tag) }
                }
            } catch { throw explained(error, doneCount: place, of: parts.count) }
            tag = reply.headers["etag"].map(Array.init)
            revision = reply.json?["revision"]?.whole ?? revision
        }
        return Outcome(revision: revision, partCount: parts.count)
    }

    /// The mark with as much of the note as there is room for.
    private static func note(_ mark: String, note: [UInt8]?) -> [UInt8] {
        var text = Array(mark.utf8)
        guard let note else { return text }
        text += Array(": ".utf8)
        var rest = note.prefix(noteByteCountMax - text.count)
        while !rest.span.isValidUTF8 { rest.removeLast() }
        return text + rest
    }

    private func explained(_ failure: Failure, doneCount: Int, of count: Int) -> Failure {
        let written =
            doneCount == 0
            ? "nothing was changed"
            : "\(doneCount) of \(count) parts are written, and the same command goes on after them"
        guard failure.exitCode == .preconditionFailed else {
            return doneCount == 0
                ? failure : failure.explained("\(failure.explanation) (\(written))")
        }
        return failure.explained(
            "others wrote at or below \(KeyNotation.path.word(root)) meanwhile; \(written)"
        )
    }

    // MARK: - What is said

    /// How the values differ, for people.
    var difference: [DifferenceText.Line] {
        comparison.changes.flatMap { change in
            DifferenceText.lines(
                of: StoredTree.key(change.path, below: root),
                from: change.before,
                at: "now",
                to: change.after,
                at: "then"
            )
        }
    }

    /// `created 1 changed 2 deleted 0`.
    var summary: String {
        comparison.counts.map { "\($0.name) \($0.count)" }.joined(separator: " ")
    }

    /// A line for each key, then what it came to; the same as JSON.
    func report(_ outcome: Outcome, on console: Console) throws(Failure) {
        guard console.format == .text else { return try console.document(json(of: outcome)) }
        for change in comparison.changes {
            let name = KeyNotation.path.word(StoredTree.key(change.path, below: root))
            try console.confirm("\(change.mark) \(name)")
        }
        let parts = outcome.partCount > 1 ? " in \(outcome.partCount) parts" : ""
        try console.confirm("\(summary) revision \(outcome.revision)\(parts)")
    }

    private func json(of outcome: Outcome) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("revision", number: outcome.revision)
        for (name, mark) in [("created", "+"), ("changed", "~"), ("deleted", "-")]
            as [(StaticString, String)]
        {
            writer.name(name)
            writer.beginArray()
            for change in comparison.changes where change.mark == mark {
                writer.string(StoredTree.key(change.path, below: root))
            }
            writer.endArray()
        }
        writer.member("parts", number: UInt64(outcome.partCount))
        writer.endObject()
        return writer.output
    }
}
