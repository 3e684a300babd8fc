/// The name of a regular backup's file: `roost-SECONDS-REVISION.backup`.
struct BackupName: Hashable, Comparable, Sendable {
    /// Of the wall clock, since 1970.
    let seconds: UInt64
    let revision: UInt64

    init(seconds: UInt64, revision: UInt64) {
        self.seconds = seconds
        self.revision = revision
    }

    /// Nil for a name that is not one of these to the letter.
    init?(_ text: String) {
        guard text.hasPrefix("roost-"), text.hasSuffix(".backup") else { return nil }
        let numbers = text.dropFirst(6).dropLast(7).split(separator: "-")
        guard numbers.count == 2, let seconds = UInt64(numbers[0]),
            let revision = UInt64(numbers[1])
        else { return nil }
        self.init(seconds: seconds, revision: revision)
        guard self.text == text else { return nil }
    }

    var text: String { "roost-\(seconds)-\(revision).backup" }

    /// While it is being written.
    var draft: String { text + ".part" }

    /// Whether it is the draft of a backup, of an earlier process perhaps.
    static func isDraft(_ text: String) -> Bool {
        text.hasSuffix(".part") && BackupName(String(text.dropLast(5))) != nil
    }

    static func < (left: BackupName, right: BackupName) -> Bool {
        (left.seconds, left.revision) < (right.seconds, right.revision)
    }
}
