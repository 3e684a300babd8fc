/// Stored bytes of a member changed: what it promised to remember may be gone.
struct StorageDamage {
    /// The highest index that any member's log reached at that moment: once the member holds it
    /// again nothing is missing.
    let mark: UInt64
    /// The directory before it was damaged; while the member has not run on the damaged one, an
    /// operator may put it back.
    private(set) var original: SimulatedDisk?
    /// The process that runs has not read what is damaged: only its next start tells.
    private(set) var isLatent: Bool
    /// Whether the log was given up and received anew.
    var isReseeding = false

    init(mark: UInt64, original: SimulatedDisk?) {
        self.mark = mark
        self.original = original
        isLatent = false
        if case nil = original { isLatent = true }
    }

    /// The member runs on the damaged directory: there is no way back.
    mutating func started() {
        original = nil
        isLatent = false
    }
}
