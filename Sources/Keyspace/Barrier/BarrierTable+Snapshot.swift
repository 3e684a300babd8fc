internal import Bytes

extension BarrierTable {
    /// Walks the barriers for a snapshot: each group, then its parties; at last what ended.
    struct Encoder: Sendable {
        private var groups: SortedMap<BarrierGeneration, BarrierGroup>.Elements
        private var generation = BarrierGeneration(rawValue: 0)
        private var parties = SortedMap<LeaseID, BarrierParty>().elements
        private var ended: SortedMap<BarrierGeneration, EndedBarrier>.Elements

        init(_ table: BarrierTable) {
            groups = table.groups.elements
            ended = table.ended.elements
        }

        /// Appends the next item with its tag; false when there is none.
        mutating func encodeNext(into output: inout [UInt8]) -> Bool {
            if let party = parties.next() {
                output.append(SessionStateTag.barrierParty)
                output.append(generation)
                output.append(party.key)
                output.append(varint: UInt64(party.value.order))
                output.append(party.value.presence)
                output.append(lengthPrefixed: party.value.owner)
                return true
            }
            if let group = groups.next()?.value {
                generation = group.generation
                parties = group.parties.elements
                output.append(SessionStateTag.barrier)
                group.encode(into: &output)
                return true
            }
            guard let end = ended.next()?.value else { return false }
            output.append(SessionStateTag.endedBarrier)
            output.append(end.name)
            output.append(end.standing)
            output.append(varint: end.index)
            return true
        }
    }

    /// Takes one of the three out of a snapshot, its tag already read.
    mutating func insert(
        _ tag: SessionStateTag,
        decoding reader: inout ByteReader
    ) throws(DecodingError) {
        let start = reader.position
        let isSound =
            switch tag {
            case .barrier: restore(try reader.readBarrierGroup())
            case .barrierParty: try insertParty(decoding: &reader)
            default: restore(try reader.readEndedBarrier())
            }
        guard isSound, byteCount <= Self.byteCountMax else { throw .invalidValue(at: start) }
    }

    private mutating func insertParty(
        decoding reader: inout ByteReader
    ) throws(DecodingError) -> Bool {
        let generation = try reader.readGeneration()
        let lease = try reader.readLease()
        let order = try reader.readPartyCount()
        let presence: BarrierParty.Presence = try reader.readCase()
        let owner = try reader.readPartyOwner()
        let party = BarrierParty(order: order, owner: owner, presence: presence)
        return restore(party, of: lease, in: generation)
    }
}

extension BarrierGroup {
    fileprivate func encode(into output: inout [UInt8]) {
        output.append(generation)
        output.append(name)
        output.append(varint: UInt64(partyCount))
        output.append(stage)
        output.append(varint: UInt64(arrivalCount))
    }
}

extension ByteReader {
    fileprivate mutating func readBarrierGroup() throws(DecodingError) -> BarrierGroup {
        let (generation, name) = (try readGeneration(), try readBarrierName())
        let partyCount = try readPartyCount()
        let stage: BarrierGroup.Stage = try readCase()
        var group = BarrierGroup(
            generation,
            of: name,
            partyCount: partyCount,
            arrivalCount: try readPartyCount()
        )
        group.stage = stage
        return group
    }

    fileprivate mutating func readEndedBarrier() throws(DecodingError) -> EndedBarrier {
        EndedBarrier(
            name: try readBarrierName(),
            standing: try readBarrierStanding(),
            index: try readNumber()
        )
    }
}
