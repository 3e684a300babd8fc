/// Why a data directory cannot be opened.
package enum JournalError: Error, Hashable, Sendable {
    /// The system refused a read.
    case unreadable(DiskReadError)
    /// Something that was durable is damaged, and no peer can replace it.
    case damaged(Damage)
    /// `hardstate` is damaged beside an intact identity: the member may have forgotten a vote, and
    /// is to be treated as an empty directory.
    case voteLost(Damage)
}
