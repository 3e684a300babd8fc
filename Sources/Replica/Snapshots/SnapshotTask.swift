internal import Bytes
package import Consensus
package import Journal
package import Keyspace

/// A frozen state to be written as a snapshot file. The shell pulls operations off it in the
/// background, carries out each list before it asks for the next, and says
/// `Input.snapshotWritten` when there are none left.
package struct SnapshotTask: Sendable {
    private enum Stage: UInt8, Sendable {
        case header = 0
        case content = 1
        case done = 2
    }

    private var writer: SnapshotWriter
    private var encoder: SnapshotEncoder
    private var stage = Stage.header

    init(writer: SnapshotWriter, state: Keyspace) {
        self.writer = writer
        encoder = SnapshotEncoder(state.freeze())
    }

    /// The last entry that the state holds.
    package var id: EntryID { writer.header.id }

    /// The state.
    package var state: FrozenKeyspace { encoder.state }

    /// The length of the file so far.
    package var byteCount: UInt64 { UInt64(writer.byteCount) }

    /// The next operations; nil when the draft is whole and durable.
    ///
    /// - Complexity: O(bytes of one chunk).
    package mutating func next() -> [DiskOperation]? {
        switch stage {
        case .header:
            stage = .content
            return writer.begin()
        case .content:
            if let chunk = encoder.next() { return writer.append(chunk) }
            stage = .done
            return writer.finish()
        case .done: return nil
        }
    }
}
