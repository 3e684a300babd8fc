internal import Bytes

/// The versions that are no longer in force, in the order in which they were superseded, written
/// one after the other into large pieces, each with the place of the one before it of its key.
///
/// So nobody counts references to single values or frees them one by one, a copy of the store
/// shares all pieces, a change after that copies one, and a snapshot reads them from end to end.
struct VersionLog: Sendable {
    /// A piece is closed when it has this many bytes: what a change after a freeze copies.
    private static let pieceByteCount = 1 << Place.offsetBitCount

    /// More than what a version takes beside its value: its head, and where the one before it is.
    private static let overheadByteCountMax = VersionHead.byteCountMax + 10

    /// Where a version is. Places do not change while others are forgotten.
    struct Place: Hashable, Sendable {
        fileprivate static let offsetBitCount: UInt64 = 16
        private static let stepBitCount: UInt64 = 4
        private static let stepMask: UInt64 = 1 << stepBitCount - 1
        private static let offsetMask: UInt64 = 1 << offsetBitCount - 1

        /// From the top: the number of its piece, from 1; where it begins there, always before the
        /// byte at which the piece was closed; the step.
        private(set) var rawValue: UInt64

        /// No place.
        static let none = Place(rawValue: 0)

        init(rawValue: UInt64) { self.rawValue = rawValue }

        fileprivate init(piece: Int, offset: Int) {
            rawValue = (UInt64(piece) << Self.offsetBitCount | UInt64(offset)) << Self.stepBitCount
        }

        /// The place that lies `distance` before this one.
        fileprivate func moved(back distance: UInt64) -> Place {
            Place(rawValue: (position - distance) << Self.stepBitCount)
        }

        /// Places in order are numbers in order.
        fileprivate var position: UInt64 { rawValue >> Self.stepBitCount }
        fileprivate var piece: Int { Int(position >> Self.offsetBitCount) }
        fileprivate var offset: Int { Int(position & Self.offsetMask) }

        /// A number below 16 that goes with the place, for whom it is.
        var step: UInt8 {
            get { UInt8(rawValue & Self.stepMask) }
            set { rawValue = rawValue & ~Self.stepMask | UInt64(newValue) & Self.stepMask }
        }
    }

    private(set) var pieces: [[UInt8]] = []
    /// The number of the first piece.
    private var firstPiece = 1
    /// Where the oldest version is, or will be.
    private(set) var start = Place(piece: 1, offset: 0)
    /// Behind the newest version.
    private(set) var end = Place(piece: 1, offset: 0)

    init() {}

    /// Whether there is no version at that place any more.
    func isForgotten(_ place: Place) -> Bool { place.position < start.position }

    /// Appends a version that was in force until now.
    ///
    /// - Parameters:
    ///   - before: the place of the key's version before that.
    ///   - isSkipTarget: whether a skip pointer leads to it; told when the version is forgotten.
    /// - Complexity: O(value)
    mutating func append(_ version: Version, behind before: Place, isSkipTarget: Bool) -> Place {
        let place = end
        if place.piece - firstPiece == pieces.count { pieces.append(newPiece()) }
        let last = pieces.count - 1
        let byteCountMax =
            pieces[last].count + version.value.count + version.note.count
            + Self.overheadByteCountMax
        if byteCountMax > Self.pieceByteCount, byteCountMax > pieces[last].capacity {
            // The piece's last: room for it and no more, where growing would double the piece.
            pieces[last].reserveCapacity(byteCountMax)
        }
        let distance = isForgotten(before) ? 0 : place.position - before.position
        pieces[last].append(varint: distance << 1 | (isSkipTarget ? 1 : 0))
        pieces[last].append(version)
        end = self.place(behind: pieces[last].count, in: place.piece)
        assert(place.position < end.position, KeyspaceRule.archiveIsContiguous.rawValue)
        return place
    }

    /// Room for a whole piece once there was one: a short history takes little.
    private func newPiece() -> [UInt8] {
        var piece: [UInt8] = []
        if !pieces.isEmpty { piece.reserveCapacity(Self.pieceByteCount + 512) }
        return piece
    }

    /// What is known of a version without its value.
    struct Block {
        /// The key's version before this one.
        let before: Place
        let isSkipTarget: Bool
        let head: VersionHead
        /// Where it is in its piece, after what leads to others.
        fileprivate let start: Int
        fileprivate let note: Range<Int>
        fileprivate let value: Range<Int>
    }

    /// The version at a place that was not forgotten.
    func block(at place: Place) -> Block {
        let piece = pieces[place.piece - firstPiece]
        var reader = ByteReader(piece, in: place.offset..<piece.count)
        do {
            let link = try reader.readVarint()
            let start = reader.position
            let head = try reader.readVersionHead()
            let valueStart = reader.position + head.noteByteCount
            return Block(
                before: link < 2 ? .none : place.moved(back: link >> 1),
                isSkipTarget: link & 1 == 1,
                head: head,
                start: start,
                note: reader.position..<valueStart,
                value: valueStart..<valueStart + head.valueByteCount
            )
        } catch { unreachable("a version in the archive: \(error)") }
    }

    /// The version at a place that was not forgotten.
    ///
    /// - Complexity: O(value)
    func version(at place: Place) -> Version {
        let block = block(at: place)
        let piece = pieces[place.piece - firstPiece]
        return Version(
            block.head,
            value: Array(piece[block.value]),
            note: Array(piece[block.note])
        )
    }

    /// Forgets the oldest version: its item in the state's hash, and whether a skip pointer led to
    /// it.
    /// nil when there is none.
    ///
    /// - Complexity: O(value)
    mutating func removeFirst(key: [UInt8]) -> (item: StableHash, isSkipTarget: Bool)? {
        guard start.position < end.position else { return nil }
        let block = block(at: start)
        let bytes = pieces[start.piece - firstPiece]
        let item = block.head.stateItem(
            key: key,
            value: bytes.span.extracting(block.value),
            note: bytes.span.extracting(block.note)
        )
        start = place(behind: block.value.upperBound, in: start.piece)
        invariant(start.position <= end.position, KeyspaceRule.archiveIsContiguous.rawValue)
        if start.piece > firstPiece {
            pieces.removeFirst()
            firstPiece += 1
        }
        return (item, block.isSkipTarget)
    }

    /// Appends the version at `place` as snapshots have it; the place is then that of the next.
    func write(_ place: inout Place, to output: inout [UInt8]) {
        let block = block(at: place)
        let end = block.value.upperBound
        output.append(contentsOf: pieces[place.piece - firstPiece][block.start..<end])
        place = self.place(behind: end, in: place.piece)
    }

    /// Where the next version is when one ends before `offset`.
    private func place(behind offset: Int, in piece: Int) -> Place {
        offset < Self.pieceByteCount
            ? Place(piece: piece, offset: offset) : Place(piece: piece + 1, offset: 0)
    }

    /// How many versions there are, read from end to end; nil when they do not lead there.
    ///
    /// - Complexity: O(*n*)
    var versionCount: Int? {
        var count = 0
        var place = start
        while place.position < end.position {
            guard place.piece - firstPiece < pieces.count else { return nil }
            place = self.place(behind: block(at: place).value.upperBound, in: place.piece)
            count += 1
        }
        return place.position == end.position ? count : nil
    }

    /// The first rule that the archive breaks, nil for a sound one.
    ///
    /// - Complexity: O(*n*)
    var brokenRule: KeyspaceRule? {
        let pieceCount = end.piece - firstPiece + (end.offset > 0 ? 1 : 0)
        guard start.piece == firstPiece, pieces.count == pieceCount, versionCount != nil else {
            return .archiveIsContiguous
        }
        return nil
    }
}
