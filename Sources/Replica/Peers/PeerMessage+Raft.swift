internal import Bytes
internal import Consensus

/// The bodies of consensus messages. Sender and receiver are the link's and not in the bytes; an
/// append's entries carry what differs from the one before.
extension Message {
    private enum Tag: UInt8 {
        case preVote = 0
        case preVoteAnswer = 1
        case requestVote = 2
        case vote = 3
        case appendEntries = 4
        case appendAccepted = 5
        case appendRefused = 6
        case heartbeat = 7
        case heartbeatResponse = 8
        case commit = 9
        case termIsStale = 10
        case installSnapshot = 11
        case installSnapshotResponse = 12
        case timeoutNow = 13
        case readIndex = 14
        case readIndexAnswer = 15
    }

    private var tag: Tag {
        switch body {
        case .preVote: .preVote
        case .preVoteAnswer: .preVoteAnswer
        case .requestVote: .requestVote
        case .vote: .vote
        case .appendEntries: .appendEntries
        case .appendEntriesResponse(.accepted): .appendAccepted
        case .appendEntriesResponse(.refused): .appendRefused
        case .heartbeat: .heartbeat
        case .heartbeatResponse: .heartbeatResponse
        case .commit: .commit
        case .termIsStale: .termIsStale
        case .installSnapshot: .installSnapshot
        case .installSnapshotResponse: .installSnapshotResponse
        case .timeoutNow: .timeoutNow
        case .readIndex: .readIndex
        case .readIndexAnswer: .readIndexAnswer
        }
    }

    func encode(into output: inout [UInt8]) {
        output.append(tag.rawValue)
        output.append(littleEndian: term.rawValue)
        switch body {
        case .preVote(let last): output.append(last)
        case .preVoteAnswer(let vote, let campaignTerm):
            output.append(vote.rawValue)
            output.append(littleEndian: campaignTerm.rawValue)
        case .requestVote(let last, let cause):
            output.append(last)
            output.append(cause.rawValue)
        case .vote(let vote): output.append(vote.rawValue)
        case .appendEntries(let append): append.encode(into: &output)
        case .appendEntriesResponse(.accepted(let match, let verified)):
            output.append(littleEndian: match.rawValue)
            output.append(littleEndian: verified.rawValue)
        case .appendEntriesResponse(.refused(let previous, let hint)):
            output.append(littleEndian: previous.rawValue)
            output.append(hint)
        case .heartbeat(let heartbeat):
            output.append(littleEndian: heartbeat.commitIndex.rawValue)
            output.append(littleEndian: heartbeat.lastIndex.rawValue)
            output.append(littleEndian: heartbeat.round.rawValue)
        case .heartbeatResponse(let round): output.append(littleEndian: round.rawValue)
        case .commit(let index): output.append(littleEndian: index.rawValue)
        case .installSnapshot(let chunk): chunk.encode(into: &output)
        case .installSnapshotResponse(let place): place.encode(into: &output)
        case .termIsStale, .timeoutNow: break
        case .readIndex(let request): output.append(littleEndian: request.rawValue)
        case .readIndexAnswer(let request, let index):
            output.append(littleEndian: request.rawValue)
            output.append(littleEndian: index.rawValue)
        }
    }

    init(from reader: inout ByteReader, sender: MemberID, receiver: MemberID)
        throws(DecodingError)
    {
        let at = reader.position
        let byte = try reader.readByte()
        guard let tag = Tag(rawValue: byte) else { throw .unknownTag(UInt64(byte), at: at) }
        let term = try reader.readTerm()
        let body = try Self.body(tag, from: &reader)
        self.init(from: sender, to: receiver, term: term, body: body)
    }

    private static func body(_ tag: Tag, from reader: inout ByteReader) throws(DecodingError)
        -> Body
    {
        switch tag {
        case .preVote: .preVote(lastEntry: try reader.readEntryID())
        case .preVoteAnswer:
            .preVoteAnswer(try reader.readVote(), campaignTerm: try reader.readTerm())
        case .requestVote:
            .requestVote(lastEntry: try reader.readEntryID(), cause: try reader.readCause())
        case .vote: .vote(try reader.readVote())
        case .appendEntries: .appendEntries(try AppendEntries(from: &reader))
        case .appendAccepted:
            .appendEntriesResponse(
                .accepted(match: try reader.readLogIndex(), verified: try reader.readLogIndex())
            )
        case .appendRefused:
            .appendEntriesResponse(
                .refused(previous: try reader.readLogIndex(), hint: try reader.readEntryID())
            )
        case .heartbeat: .heartbeat(try Heartbeat(from: &reader))
        case .heartbeatResponse:
            .heartbeatResponse(ReadRound(rawValue: try reader.readLittleEndian()))
        case .commit: .commit(try reader.readLogIndex())
        case .termIsStale: .termIsStale
        case .installSnapshot: .installSnapshot(try SnapshotChunk(from: &reader))
        case .installSnapshotResponse: .installSnapshotResponse(try SnapshotOffset(from: &reader))
        case .timeoutNow: .timeoutNow
        case .readIndex: .readIndex(ReadRequest(rawValue: try reader.readLittleEndian()))
        case .readIndexAnswer:
            .readIndexAnswer(
                ReadRequest(rawValue: try reader.readLittleEndian()),
                try reader.readLogIndex()
            )
        }
    }
}

extension ByteReader {
    fileprivate mutating func readVote() throws(DecodingError) -> Message.Vote {
        let at = position
        let byte = try readByte()
        guard let vote = Message.Vote(rawValue: byte) else {
            throw .unknownTag(UInt64(byte), at: at)
        }
        return vote
    }

    fileprivate mutating func readCause() throws(DecodingError) -> Message.CampaignCause {
        let at = position
        let byte = try readByte()
        guard let cause = Message.CampaignCause(rawValue: byte) else {
            throw .unknownTag(UInt64(byte), at: at)
        }
        return cause
    }
}

extension Heartbeat {
    fileprivate init(from reader: inout ByteReader) throws(DecodingError) {
        self.init(
            commitIndex: try reader.readLogIndex(),
            lastIndex: try reader.readLogIndex(),
            round: ReadRound(rawValue: try reader.readLittleEndian())
        )
    }
}

extension AppendEntries {
    fileprivate func encode(into output: inout [UInt8]) {
        output.append(previous)
        output.append(littleEndian: commitIndex.rawValue)
        output.append(littleEndian: lastIndex.rawValue)
        output.append(varint: UInt64(entries.count))
        output.makeRoom(for: byteCountMax)
        var term = previous.term.rawValue
        var time: UInt64 = 0
        // By position: an entry that is not copied is not retained.
        for position in entries.indices {
            let (id, at) = (entries[position].id, entries[position].time.rawValue)
            invariant(
                id.term.rawValue >= term && at >= time,
                "an append whose terms or times go back"
            )
            let (kind, byteCount) = (entries[position].kind, entries[position].payload.count)
            output.append(addingCapacity: Self.entryByteCountMax) { head in
                head.append(varint: id.term.rawValue - term)
                head.append(varint: at - time)
                head.append(kind.rawValue)
                head.append(varint: UInt64(byteCount))
            }
            output.append(contentsOf: entries[position].payload)
            term = id.term.rawValue
            time = at
        }
    }

    /// The most that an entry takes beside its payload.
    private static var entryByteCountMax: Int { 3 * OutputSpan<UInt8>.varintByteCountMax + 1 }

    private var byteCountMax: Int {
        var byteCount = entries.count * Self.entryByteCountMax
        for position in entries.indices { byteCount += entries[position].payload.count }
        return byteCount
    }

    fileprivate init(from reader: inout ByteReader) throws(DecodingError) {
        let previous = try reader.readEntryID()
        let commitIndex = try reader.readLogIndex()
        let lastIndex = try reader.readLogIndex()
        let count = try reader.readCount(byteCountMin: 4)
        var entries: [Entry] = []
        entries.reserveCapacity(count)
        var id = previous
        var time = ClusterTime.zero
        for _ in 0..<count {
            let entry = try Entry(from: &reader, after: id, previousTime: time)
            entries.append(entry)
            id = entry.id
            time = entry.time
        }
        self.init(
            previous: previous,
            entries: entries,
            commitIndex: commitIndex,
            lastIndex: lastIndex
        )
    }
}

extension [UInt8] {
    /// Grows at once for so many bytes more, and no less than by doubling.
    fileprivate mutating func makeRoom(for byteCount: Int) {
        guard capacity - count < byteCount else { return }
        reserveCapacity(Swift.max(count + byteCount, 2 * capacity))
    }
}

extension Entry {
    fileprivate init(
        from reader: inout ByteReader,
        after previous: EntryID,
        previousTime: ClusterTime
    ) throws(DecodingError) {
        let at = reader.position
        let (term, termOverflowed) = previous.term.rawValue.addingReportingOverflow(
            try reader.readVarint()
        )
        let (time, timeOverflowed) = previousTime.rawValue.addingReportingOverflow(
            try reader.readVarint()
        )
        // A valid index is at most 2^62, so the next one can't overflow.
        let id = EntryID(
            term: Term(rawValue: term),
            index: LogIndex(rawValue: previous.index.rawValue + 1)
        )
        guard !termOverflowed, !timeOverflowed, id.term <= .highest, id.index <= .highest else {
            throw .invalidValue(at: at)
        }
        let tagAt = reader.position
        let byte = try reader.readByte()
        guard let kind = Kind(rawValue: byte) else { throw .unknownTag(UInt64(byte), at: tagAt) }
        let payload = try reader.readLengthPrefixed(limit: Self.payloadByteCountMax)
        self.init(id: id, time: ClusterTime(rawValue: time), kind: kind, payload: payload)
    }
}

extension SnapshotChunk {
    func encode(into output: inout [UInt8]) {
        output.append(snapshot)
        output.append(littleEndian: totalByteCount)
        output.append(littleEndian: offset)
        output.append(lengthPrefixed: bytes)
    }

    init(from reader: inout ByteReader) throws(DecodingError) {
        let snapshot = try reader.readEntryID()
        let at = reader.position
        let total: UInt64 = try reader.readLittleEndian()
        let offset: UInt64 = try reader.readLittleEndian()
        let bytes = try reader.readLengthPrefixed(limit: Self.byteCountMax)
        guard total <= UInt64(Int.max), offset <= total, UInt64(bytes.count) <= total - offset
        else { throw .invalidValue(at: at) }
        self.init(snapshot: snapshot, offset: offset, bytes: bytes, totalByteCount: total)
    }
}

extension SnapshotOffset {
    func encode(into output: inout [UInt8]) {
        output.append(snapshot)
        output.append(littleEndian: nextOffset)
    }

    init(from reader: inout ByteReader) throws(DecodingError) {
        let snapshot = try reader.readEntryID()
        let at = reader.position
        let nextOffset: UInt64 = try reader.readLittleEndian()
        guard nextOffset <= UInt64(Int.max) else { throw .invalidValue(at: at) }
        self.init(snapshot: snapshot, nextOffset: nextOffset)
    }
}
