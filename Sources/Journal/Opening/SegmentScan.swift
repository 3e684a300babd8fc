internal import Bytes
internal import Consensus

/// The segments of a directory: which of them form the log, in which order, and which do not.
struct SegmentScan {
    /// A file that is not a part of the log: left over, prepared ahead, or damaged.
    struct Stray {
        let segment: UInt64
        let fault: RecordFault
    }

    /// The log's segments, each naming the one before.
    let chain: [SegmentHeader]
    /// Segments without a valid header, by number.
    let strays: [Stray]
    /// The highest number of any segment file, 0 without one.
    let highest: UInt64

    init(
        _ reader: some DiskReader,
        segments: [UInt64],
        identity: Identity
    ) throws(JournalError) {
        var headers: [SegmentHeader] = []
        var strays: [Stray] = []
        for segment in segments.sorted() {
            var stream = try SegmentStream(reader, segment: segment)
            let bytes = try stream.header()
            do throws(RecordFault) {
                headers.append(
                    try SegmentHeader(
                        decoding: bytes,
                        segment: segment,
                        cluster: identity.cluster,
                        member: identity.member
                    )
                )
            } catch { strays.append(Stray(segment: segment, fault: error)) }
        }
        var chain: [SegmentHeader] = []
        while let next = headers.popLast() {
            // A snapshot made those superfluous that no later segment leads to.
            guard chain.last.map({ $0.end.segment == next.segment }) ?? true else { continue }
            chain.append(next)
            if next.origin == .beginning { break }
        }
        self.chain = chain.reversed()
        self.strays = strays
        highest = segments.max() ?? 0
    }
}
