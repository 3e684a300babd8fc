package import Bytes

/// When, by whom and why a change set is made.
package struct ChangeStamp: Sendable {
    /// The cluster's time.
    package let time: ClusterTime
    /// What the versions written are told to be from.
    package let wallTime: WallTime
    /// By whom and why.
    let marks: VersionMarks?

    /// A change of nobody's, without a note.
    package init(time: ClusterTime, wallTime: WallTime = .unknown) {
        self.init(time: time, wallTime: wallTime, marks: nil)
    }

    init(time: ClusterTime, wallTime: WallTime, marks: VersionMarks?) {
        self.time = time
        self.wallTime = wallTime
        self.marks = marks
    }

    /// The same at `time`, if it is later.
    func moved(notBefore time: ClusterTime) -> ChangeStamp {
        guard time > self.time else { return self }
        return ChangeStamp(time: time, wallTime: wallTime, marks: marks)
    }
}
