/// Why a read cannot be answered.
package enum ReadRefusal: Error, Hashable, Sendable {
    /// The revision asked for is gone; the oldest that is left.
    case compacted(Revision)
    case futureRevision(asked: Revision, current: Revision)
}
