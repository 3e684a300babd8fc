internal import Bytes

extension ContestTable {
    /// Walks every holder and waiter: contest by contest, holders first, each in order.
    struct Encoder: Sendable {
        private let format: SnapshotFormat
        private var contests: SortedMap<Contest, ContestQueue>.Elements
        private var contest: Contest?
        private var holders = SortedMap<FencingToken, Participant>().elements
        private var waiters = SortedMap<Turn, Participant>().elements

        init(_ table: ContestTable, format: SnapshotFormat) {
            self.format = format
            contests = table.elements(after: Contest(kind: .lock, name: []))
        }

        /// Appends the next contender as a snapshot keeps it; false when there is none.
        mutating func encodeNext(into output: inout [UInt8]) -> Bool {
            while true {
                if let contest {
                    if let holder = holders.next() {
                        encode(
                            holder.value,
                            in: contest,
                            standing: .holding(holder.key),
                            into: &output
                        )
                        return true
                    }
                    if let waiter = waiters.next() {
                        encode(
                            waiter.value,
                            in: contest,
                            standing: .waiting(waiter.key),
                            into: &output
                        )
                        return true
                    }
                }
                guard let next = contests.next() else { return false }
                contest = next.key
                holders = next.value.holders.elements
                waiters = next.value.waiters.elements
            }
        }

        private func encode(
            _ contender: Participant,
            in contest: Contest,
            standing: Participation,
            into output: inout [UInt8]
        ) {
            output.append(contest)
            switch standing {
            case .holding(let token):
                output.append(0)
                output.append(token)
            case .waiting(let turn):
                output.append(turn.choice == .waiting ? 1 : 2)
                output.append(varint: turn.arrival)
            }
            output.append(contender.lease)
            output.append(contender.mode.rawValue)
            output.append(lengthPrefixed: contender.owner)
            output.append(lengthPrefixed: contender.value)
            output.append(lengthPrefixed: contender.info)
            output.append(varint: contender.since.rawValue)
            if format >= .sixth { encode(termsOf: contender, standing: standing, into: &output) }
            guard format >= .fifth, case .waiting = standing else { return }
            let caller = contender.caller
            output.append(optional: caller == .nobody ? nil : caller) { caller, output in
                output.append(caller)
            }
        }

        private func encode(
            termsOf contender: Participant,
            standing: Participation,
            into output: inout [UInt8]
        ) {
            contender.terms.encode(into: &output)
            guard case .holding = standing else { return }
            output.append(varint: UInt64(contender.holdCount))
            output.append(optional: contender.holdEnd) { end, output in
                output.append(varint: end.rawValue)
            }
        }
    }

    /// Takes one holder or waiter out of a snapshot; a contest's come in order, holders first.
    ///
    /// - Parameter appliedIndex: the snapshot's; nobody can have come later.
    /// - Returns: the contender's lease.
    mutating func insert(
        decoding reader: inout ByteReader,
        appliedIndex: UInt64,
        format: SnapshotFormat
    ) throws(DecodingError) -> LeaseID {
        let start = reader.position
        let contest = try reader.readContest()
        let place = try reader.readPlaceTag(format)
        let isWaiting = place != .holding
        let order = try reader.readVarint()
        var contender = Participant(
            lease: try reader.readLease(),
            mode: try reader.readCase(),
            owner: try reader.readLengthPrefixed(limit: LockRequest.ownerByteCountMax),
            value: try reader.readValue(),
            info: format < .third
                ? [] : try reader.readLengthPrefixed(limit: LockRequest.infoByteCountMax),
            since: WallTime(rawValue: format < .third ? 0 : try reader.readNumber())
        )
        if format >= .sixth { try reader.readTerms(of: &contender, isWaiting: isWaiting) }
        if format >= .fifth, isWaiting {
            let caller = try reader.readOptional { reader throws(DecodingError) in
                try reader.readCaller()
            }
            guard caller?.isWellFormed ?? true else { throw .invalidValue(at: start) }
            contender.caller = caller ?? .nobody
        }
        let queue = self[contest]
        guard standing(of: contender.lease, in: contest) == nil,
            contest.kind == .lock || contender.mode == .exclusive,
            contender.terms.isWellFormed(in: contender.mode, of: contest.kind),
            queue?.agrees(with: contender.terms, mode: contender.mode) ?? true
        else { throw .invalidValue(at: start) }
        if isWaiting {
            var turn = contender.turn(arrival: order)
            if place == .chosen { turn.choice = .chosen }
            let isInOrder = queue?.waiters.last.map { $0.key < turn } ?? true
            guard isInOrder, order <= appliedIndex else {
                throw .invalidValue(at: start)
            }
            enqueue(contender, in: contest, turn: turn)
            return contender.lease
        }
        let token = FencingToken(rawValue: order)
        let last = queue?.holders.last
        let isInOrder = last.map { $0.key < token && $0.value.mode == .shared } ?? true
        let isOpen = queue?.isOpen(to: contender.mode) ?? true
        guard isInOrder, isOpen else { throw .invalidValue(at: start) }
        addHolder(contender, in: contest, token: token)
        return contender.lease
    }
}

/// Where a contender of a snapshot stands.
private enum PlaceTag: UInt8 {
    case holding = 0
    case waiting = 1
    /// From format 6 on.
    case chosen = 2
}

extension ByteReader {
    fileprivate mutating func readPlaceTag(_ format: SnapshotFormat) throws(DecodingError)
        -> PlaceTag
    {
        let start = position
        let tag = try readCase(PlaceTag.self)
        guard tag != .chosen || format >= .sixth else { throw .invalidValue(at: start) }
        return tag
    }

    /// Reads what a contender asked for, and what became of it once it held.
    fileprivate mutating func readTerms(
        of contender: inout Participant,
        isWaiting: Bool
    ) throws(DecodingError) {
        let start = position
        contender.terms = try LockTerms(decoding: &self)
        guard !isWaiting else { return }
        let count = try readNumber()
        guard let holdCount = UInt32(exactly: count), holdCount > 0,
            holdCount == 1 || contender.terms.reentry == .counted
        else { throw .invalidValue(at: start) }
        contender.holdCount = holdCount
        contender.holdEnd = try readOptional { reader throws(DecodingError) in
            ClusterTime(rawValue: try reader.readNumber())
        }
    }
}
