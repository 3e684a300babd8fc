internal import Bytes

/// The versions that are no longer in force, in the order in which they were superseded, written
/// one behind the other into large pieces.
///
/// So nobody counts references to single values or frees them one by one, a copy of the store
/// shares all pieces, a change after that copies one, and a snapshot reads them from end to end.
struct VersionArchive: Sendable {
    /// A piece is closed when it has this many bytes: what a change after a freeze copies.
    private static let pieceByteCount = 1 << Place.offsetBitCount

    /// Where a version is. Places do not change while others are forgotten.
    struct Place: Hashable, Sendable {
        fileprivate static let offsetBitCount = 16

        /// The number of its piece, and where it begins there: always before the byte at which the
        /// piece was closed.
        private var rawValue: UInt64

        fileprivate init(piece: Int, offset: Int) {
            rawValue = UInt64(piece) << Self.offsetBitCount | UInt64(offset)
        }

        fileprivate var piece: Int { Int(rawValue >> Self.offsetBitCount) }
        fileprivate var offset: Int { Int(rawValue & (1 << Self.offsetBitCount - 1)) }
    }

    private var pieces: [[UInt8]] = []
    /// How many pieces were dropped: the number of the first.
    private var droppedPieceCount = 0
    /// Where the oldest version is, or will be.
    private(set) var start = Place(piece: 0, offset: 0)
    /// Behind the newest version.
    private(set) var end = Place(piece: 0, offset: 0)

    init() {}

    /// Appends a version that was in force until now.
    ///
    /// - Complexity: O(value)
    mutating func append(_ version: Version) -> Place {
        let place = end
        if place.piece - droppedPieceCount == pieces.count { pieces.append(newPiece()) }
        let last = pieces.count - 1
        pieces[last].append(version)
        end = self.place(behind: pieces[last].count, in: place.piece)
        return place
    }

    /// Room for a whole piece once there was one: a short history takes little.
    private func newPiece() -> [UInt8] {
        var piece: [UInt8] = []
        if !pieces.isEmpty { piece.reserveCapacity(Self.pieceByteCount + 512) }
        return piece
    }

    /// The version at a place that was not forgotten.
    func version(at place: Place) -> Version {
        var reader = reader(at: place)
        return Self.sound { () throws(DecodingError) in try reader.readVersion() }
    }

    /// Whether the version at a place that was not forgotten has a value.
    func isLive(at place: Place) -> Bool { head(at: place).head.isLive }

    /// Forgets the oldest version; its item in the state's hash. nil when there is none.
    ///
    /// - Complexity: O(value)
    mutating func removeFirst(key: [UInt8]) -> StableHash? {
        guard start != end else { return nil }
        let (head, value) = head(at: start)
        let piece = start.piece - droppedPieceCount
        let bytes = pieces[piece]
        let item = head.stateItem(key: key, value: bytes.span.extracting(value))
        start = place(behind: value.upperBound, in: start.piece)
        if start.piece - droppedPieceCount > piece {
            pieces.removeFirst()
            droppedPieceCount += 1
        }
        return item
    }

    /// Appends the version at `place` as it is written here; the place is then behind it.
    func write(_ place: inout Place, to output: inout [UInt8]) {
        let piece = pieces[place.piece - droppedPieceCount]
        let end = head(at: place).value.upperBound
        output.append(contentsOf: piece[place.offset..<end])
        place = self.place(behind: end, in: place.piece)
    }

    /// Where the next version is when one ends before `offset`.
    private func place(behind offset: Int, in piece: Int) -> Place {
        offset < Self.pieceByteCount
            ? Place(piece: piece, offset: offset) : Place(piece: piece + 1, offset: 0)
    }

    /// A version's head, and where its value lies in the piece.
    private func head(at place: Place) -> (head: VersionHead, value: Range<Int>) {
        var reader = reader(at: place)
        let head = Self.sound { () throws(DecodingError) in try reader.readVersionHead() }
        return (head, reader.position..<reader.position + head.valueByteCount)
    }

    private func reader(at place: Place) -> ByteReader {
        let piece = pieces[place.piece - droppedPieceCount]
        return ByteReader(piece, in: place.offset..<piece.count)
    }

    private static func sound<Value>(_ read: () throws(DecodingError) -> Value) -> Value {
        do { return try read() } catch { unreachable("a version in the archive: \(error)") }
    }
}
