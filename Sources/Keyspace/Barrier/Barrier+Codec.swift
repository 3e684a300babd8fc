internal import Bytes

// How barriers are written, in requests, answers and snapshots. A number is never given another
// meaning.

private enum BarrierActTag: UInt8 {
    case enter = 1
    case leave = 2
    case withdraw = 3
    case breakUp = 4
}

private enum BarrierOutcomeTag: UInt8 {
    case entered = 1
    case left = 2
    case withdrawn = 3
    case broken = 4
}

private enum BarrierRefusalTag: UInt8 {
    case partiesDiffer = 1
    case occupied = 2
    case broken = 3
    case notIn = 4
    case full = 5
}

private enum BarrierPhaseTag: UInt8 {
    case filling = 0
    case open = 1
    case leaving = 2
    case left = 3
    case broken = 4
}

private enum PartyOwnershipTag: UInt8 {
    case lease = 0
    case own = 1
}

extension [UInt8] {
    mutating func append(_ name: BarrierName) { append(lengthPrefixed: name.bytes) }

    mutating func append(_ generation: BarrierGeneration) { append(varint: generation.rawValue) }

    fileprivate mutating func append(_ breach: BarrierBreach) {
        append(breach.cause)
        append(breach.lease)
    }

    fileprivate mutating func append(_ phase: BarrierPhase) {
        switch phase {
        case .filling: append(BarrierPhaseTag.filling)
        case .open: append(BarrierPhaseTag.open)
        case .leaving: append(BarrierPhaseTag.leaving)
        case .left: append(BarrierPhaseTag.left)
        case .broken(let breach):
            append(BarrierPhaseTag.broken)
            append(breach)
        }
    }

    mutating func append(_ standing: BarrierStanding) {
        append(standing.generation)
        append(standing.phase)
        append(varint: UInt64(standing.partyCount))
        append(varint: UInt64(standing.enteredCount))
        append(varint: UInt64(standing.leftCount))
    }
}

extension BarrierRequest {
    func encode(into output: inout [UInt8]) {
        output.append(barrier)
        switch act {
        case .enter(let entry):
            output.append(BarrierActTag.enter)
            output.append(varint: UInt64(entry.partyCount))
            switch entry.ownership {
            case .lease(let lease):
                output.append(PartyOwnershipTag.lease)
                output.append(lease)
            case .own(let milliseconds):
                output.append(PartyOwnershipTag.own)
                output.append(varint: milliseconds)
            }
            output.append(lengthPrefixed: entry.owner)
            output.append(optional: entry.generation) { $1.append($0) }
        case .leave(let lease, let generation):
            output.append(BarrierActTag.leave)
            output.append(lease)
            output.append(optional: generation) { $1.append($0) }
        case .withdraw(let lease, let generation, let extent):
            output.append(BarrierActTag.withdraw)
            output.append(lease)
            output.append(optional: generation) { $1.append($0) }
            output.append(extent)
        case .breakUp: output.append(BarrierActTag.breakUp)
        }
    }
}

extension BarrierOutcome {
    func encode(into output: inout [UInt8]) {
        switch self {
        case .entered(let standing, let lease):
            output.append(BarrierOutcomeTag.entered)
            output.append(standing)
            output.append(lease)
        case .left(let standing):
            output.append(BarrierOutcomeTag.left)
            output.append(standing)
        case .withdrawn(let standing):
            output.append(BarrierOutcomeTag.withdrawn)
            output.append(standing)
        case .broken(let count):
            output.append(BarrierOutcomeTag.broken)
            output.append(varint: count)
        }
    }
}

extension BarrierRefusal {
    func encode(into output: inout [UInt8]) {
        switch self {
        case .partiesDiffer(let count):
            output.append(BarrierRefusalTag.partiesDiffer)
            output.append(varint: UInt64(count))
        case .occupied(let generation):
            output.append(BarrierRefusalTag.occupied)
            output.append(generation)
        case .broken(let generation, let breach):
            output.append(BarrierRefusalTag.broken)
            output.append(generation)
            output.append(breach)
        case .notIn: output.append(BarrierRefusalTag.notIn)
        case .full(let byteCountMax):
            output.append(BarrierRefusalTag.full)
            output.append(varint: byteCountMax)
        }
    }
}

extension ByteReader {
    mutating func readBarrierName() throws(DecodingError) -> BarrierName {
        let start = position
        let name = BarrierName(try readLengthPrefixed(limit: Contest.nameByteCountMax))
        guard name.isValid else { throw .invalidValue(at: start) }
        return name
    }

    mutating func readGeneration() throws(DecodingError) -> BarrierGeneration {
        BarrierGeneration(rawValue: try readVarint())
    }

    mutating func readPartyCount() throws(DecodingError) -> UInt32 {
        let start = position
        guard let number = UInt32(exactly: try readVarint()) else {
            throw .invalidValue(at: start)
        }
        return number
    }

    mutating func readPartyOwner() throws(DecodingError) -> [UInt8] {
        try readLengthPrefixed(limit: LockRequest.ownerByteCountMax)
    }

    fileprivate mutating func readBreach() throws(DecodingError) -> BarrierBreach {
        BarrierBreach(try readCase(), by: try readOptionalLease())
    }

    fileprivate mutating func readPhase() throws(DecodingError) -> BarrierPhase {
        switch try readCase(BarrierPhaseTag.self) {
        case .filling: .filling
        case .open: .open
        case .leaving: .leaving
        case .left: .left
        case .broken: .broken(try readBreach())
        }
    }

    mutating func readBarrierStanding() throws(DecodingError) -> BarrierStanding {
        BarrierStanding(
            generation: try readGeneration(),
            phase: try readPhase(),
            partyCount: try readPartyCount(),
            enteredCount: try readPartyCount(),
            leftCount: try readPartyCount()
        )
    }

    private mutating func readOptionalGeneration() throws(DecodingError) -> BarrierGeneration? {
        try readOptional { reader throws(DecodingError) in try reader.readGeneration() }
    }

    private mutating func readPartyOwnership() throws(DecodingError) -> LockRequest.Ownership {
        switch try readCase(PartyOwnershipTag.self) {
        case .lease: .lease(try readLease())
        case .own: .own(timeToLiveMilliseconds: try readVarint())
        }
    }

    mutating func readBarrierRequest() throws(DecodingError) -> BarrierRequest {
        let barrier = try readBarrierName()
        let act: BarrierRequest.Act =
            switch try readCase(BarrierActTag.self) {
            case .enter:
                .enter(
                    BarrierEntry(
                        partyCount: try readPartyCount(),
                        ownership: try readPartyOwnership(),
                        owner: try readPartyOwner(),
                        generation: try readOptionalGeneration()
                    )
                )
            case .leave: .leave(try readLease(), of: try readOptionalGeneration())
            case .withdraw:
                .withdraw(try readLease(), from: try readOptionalGeneration(), try readCase())
            case .breakUp: .breakUp
            }
        return BarrierRequest(barrier, act: act)
    }

    mutating func readBarrierOutcome() throws(DecodingError) -> BarrierOutcome {
        switch try readCase(BarrierOutcomeTag.self) {
        case .entered: .entered(try readBarrierStanding(), try readLease())
        case .left: .left(try readBarrierStanding())
        case .withdrawn: .withdrawn(try readBarrierStanding())
        case .broken: .broken(partyCount: try readVarint())
        }
    }

    mutating func readBarrierRefusal() throws(DecodingError) -> BarrierRefusal {
        switch try readCase(BarrierRefusalTag.self) {
        case .partiesDiffer: .partiesDiffer(partyCount: try readPartyCount())
        case .occupied: .occupied(try readGeneration())
        case .broken: .broken(try readGeneration(), try readBreach())
        case .notIn: .notIn
        case .full: .full(byteCountMax: try readVarint())
        }
    }
}
