internal import Bytes

/// The cheap half of linearizability: the revisions claim an order of everything, over all keys, and
/// that order must agree with real time.
///
/// An operation that began after another had ended saw that one's revision or a later one; a change
/// got a later one.
package struct RevisionOrder: Sendable {
    /// How many operations were held against others.
    package private(set) var checkCount = 0
    /// What is wrong.
    package private(set) var findings: [Finding] = []

    /// Checks the whole recording.
    ///
    /// - Complexity: O(*n* log *n*)
    package init(checking recording: Recording) {
        let operations = recording.operations
        let answered = operations.indices.filter { (operations[$0].answer?.revision ?? 0) > 0 }
        let begun = answered.sorted { operations[$0].begin < operations[$1].begin }
        let ended = answered.sorted {
            (operations[$0].end?.rawValue ?? .max) < (operations[$1].end?.rawValue ?? .max)
        }
        var highest: UInt64 = 0
        var next = 0
        for number in begun {
            let operation = operations[number]
            while next < ended.count, let end = operations[ended[next]].end, end < operation.begin {
                highest = max(highest, operations[ended[next]].answer?.revision ?? 0)
                next += 1
            }
            guard let revision = operation.answer?.revision else { continue }
            checkCount += 1
            if revision < highest || (revision == highest && operation.isAcknowledgedWrite) {
                findings.append(
                    .revisionWentBack(operation: number, revision: revision, after: highest)
                )
            }
        }
    }
}
