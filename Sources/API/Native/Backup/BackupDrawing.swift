internal import Backup
package import Keyspace

/// A backup on its way from a frozen state to bytes, to be drawn piece by piece on a thread that may
/// take its time: a piece takes milliseconds.
package struct BackupDrawing: Sendable {
    /// What it is of.
    package let state: FrozenKeyspace
    /// Nil once everything is drawn.
    private var encoder: SnapshotEncoder?
    private var writer = BackupWriter()
    private var piece: [UInt8]

    init(_ header: BackupHeader, of state: FrozenKeyspace) {
        self.state = state
        encoder = SnapshotEncoder(state)
        piece = writer.begin(header)
    }

    /// Whether no piece comes after the one that is there.
    var isWhole: Bool { encoder == nil }

    /// Draws the next piece.
    ///
    /// - Complexity: O(bytes of one chunk).
    package mutating func draw() {
        guard let payload = encoder?.next() else {
            encoder = nil
            piece = writer.end()
            return
        }
        piece = writer.chunk(payload)
    }

    /// The piece that is there, once.
    mutating func takePiece() -> [UInt8]? {
        guard !piece.isEmpty else { return nil }
        defer { piece = [] }
        return piece
    }
}
