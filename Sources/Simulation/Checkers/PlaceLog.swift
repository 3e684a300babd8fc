/// Places in queues as those were told of them who asked: what was called not applied is in no log,
/// and what was called given up is granted no more.
package struct PlaceLog: Sendable {
    private enum Word: Sendable {
        /// Nothing of the request was carried out, or will be.
        case notApplied
        /// The place is given up; told by a member that had this revision.
        case givenUp(revision: UInt64)
    }

    /// Who asks, by a name that is used for one request alone, and what was said last.
    private var words: [(owner: UInt64, Word)] = []
    /// Whose requests are committed.
    private var committed: Set<UInt64> = []
    /// The last token of each owner.
    private var tokens: [UInt64: UInt64] = [:]

    /// Nobody asked for a place yet.
    package init() {}

    /// How many answers are held against history.
    package var count: Int { words.count }

    /// The owner was told that its request was certainly not applied.
    package mutating func calledNotApplied(_ owner: UInt64) { words.append((owner, .notApplied)) }

    /// The owner was told that its place is given up, by a member with that revision.
    package mutating func calledGivenUp(_ owner: UInt64, at revision: UInt64) {
        words.append((owner, .givenUp(revision: revision)))
    }

    /// A request of that owner for a place is in the log for good.
    package mutating func committed(_ owner: UInt64) { committed.insert(owner) }

    /// The owner holds, with that token.
    package mutating func granted(_ owner: UInt64, token: UInt64) {
        tokens[owner] = max(tokens[owner] ?? 0, token)
    }

    /// - Complexity: O(answers)
    package func check() -> [Finding] {
        var findings: [Finding] = []
        for (owner, word) in words {
            switch word {
            case .notApplied where committed.contains(owner):
                findings.append(.deniedPlaceApplied(owner: owner))
            case .givenUp(let revision):
                guard let token = tokens[owner], token > revision else { continue }
                findings.append(.givenUpPlaceGranted(owner: owner, token: token))
            case .notApplied: break
            }
        }
        return findings
    }
}
