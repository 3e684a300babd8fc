package import Bytes

/// The numbers of sequential children: of one parent each is given once, and they grow as they are
/// given.
package struct SequenceLog: Sendable {
    fileprivate struct Child: Sendable {
        let parent: Int
        let number: UInt64
        let revision: UInt64
        let begin: MonotonicTime
        let end: MonotonicTime
    }

    private var children: [Child] = []

    /// Nobody has made a child yet.
    package init() {}

    /// How many children were made.
    package var count: Int { children.count }

    /// A client was told the number and the revision of a child that it asked for at `begin`.
    package mutating func append(
        parent: Int,
        number: UInt64,
        revision: UInt64,
        begin: MonotonicTime,
        end: MonotonicTime
    ) {
        children.append(
            Child(parent: parent, number: number, revision: revision, begin: begin, end: end)
        )
    }

    /// Numbers grow with revisions; of two that did not overlap the later one's is higher.
    ///
    /// - Complexity: O(*n* log *n*)
    package func check() -> [Finding] {
        var findings: [Finding] = []
        let byRevision = children.sorted {
            ($0.parent, $0.revision, $0.number) < ($1.parent, $1.revision, $1.number)
        }
        for (earlier, later) in zip(byRevision, byRevision.dropFirst())
        where earlier.parent == later.parent && earlier.number >= later.number {
            findings.append(later.went(backAfter: earlier))
        }
        let ended = children.sorted { $0.end < $1.end }
        var highest: [Int: Child] = [:]
        var next = 0
        for child in children.sorted(by: { $0.begin < $1.begin }) {
            while next < ended.count, ended[next].end < child.begin {
                let parent = ended[next].parent
                if (highest[parent]?.number ?? 0) < ended[next].number {
                    highest[parent] = ended[next]
                }
                next += 1
            }
            if let highest = highest[child.parent], highest.number >= child.number {
                findings.append(child.went(backAfter: highest))
            }
        }
        return findings
    }
}

extension SequenceLog.Child {
    fileprivate func went(backAfter earlier: Self) -> Finding {
        .sequenceWentBack(parent: parent, number: number, after: earlier.number)
    }
}
