package import Bytes

/// When, by whom and why a change set is made.
package struct ChangeStamp: Hashable, Sendable {
    /// The cluster's time.
    package let time: ClusterTime
    /// What the versions written are told to be from.
    package let wallTime: WallTime
    /// Who writes them.
    let author: AuthorID
    /// What the writer notes.
    let note: [UInt8]

    /// A change of nobody's, without a note.
    package init(time: ClusterTime, wallTime: WallTime = .unknown) {
        self.init(time: time, wallTime: wallTime, author: .nobody, note: [])
    }

    init(time: ClusterTime, wallTime: WallTime, author: AuthorID, note: [UInt8]) {
        self.time = time
        self.wallTime = wallTime
        self.author = author
        self.note = note
    }

    /// The same at `time`, if it is later.
    func moved(notBefore time: ClusterTime) -> ChangeStamp {
        guard time > self.time else { return self }
        return ChangeStamp(time: time, wallTime: wallTime, author: author, note: note)
    }
}
