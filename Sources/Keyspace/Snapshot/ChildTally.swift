/// Holds the directories' counts of children against the keys and directories that they count,
/// while both are read: a directory counts its children that have a value, and those that only
/// their own children imply.
struct ChildTally: Sendable {
    /// What each directory claims, less what was seen of it.
    private var differences = KeyTree<Int>()
    /// How many differences are not zero.
    private var mismatchCount = 0
    /// Children of the directory seen last that are not in `differences` yet: keys of one
    /// directory mostly come together.
    private var run: (directory: [UInt8], childCount: Int) = ([], 0)

    init() {}

    /// Whether every claim so far is met, and nothing is unclaimed.
    ///
    /// - Complexity: O(log *n*)
    mutating func isEven() -> Bool {
        endRun()
        return mismatchCount == 0
    }

    /// The directory of that key claims so many children.
    mutating func claim(_ childCount: UInt64, by directory: [UInt8]) {
        change(directory, by: Int(clamping: childCount))
    }

    /// A child of the directory above `path` was seen; the root is nobody's.
    mutating func see(_ path: Key) {
        guard let parent = path.parent else { return }
        let directory = DirectoryKey.key(of: parent)
        if run.directory != directory {
            endRun()
            run.directory = directory
        }
        run.childCount += 1
    }

    private mutating func endRun() {
        if run.childCount > 0 { change(run.directory, by: -run.childCount) }
        run.childCount = 0
    }

    private mutating func change(_ directory: [UInt8], by amount: Int) {
        mismatchCount += differences.mutate(directory, initial: 0) { difference in
            let before = difference == 0 ? 0 : 1
            difference += amount
            return (difference == 0 ? 0 : 1) - before
        }
    }
}

extension Int: Weighed {}
