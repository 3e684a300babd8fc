/// Work that takes longer than the thread that decides has, and so another one.
package enum LongWork: Sendable {
    /// To draw the next piece of a backup.
    indirect case backup(BackupDrawing)
    case password(PasswordTask)

    /// What came of it.
    package enum Outcome: Sendable {
        /// The backup, with its next piece.
        indirect case backup(BackupDrawing)
        case password(PasswordOutcome)
    }
}
