internal import Bytes

// How queues are written, in requests, answers and snapshots. A number is never given another
// meaning.

private enum QueueActTag: UInt8 {
    case push = 1
    case take = 2
    case acknowledged = 3
    case failed = 4
    case undelivered = 5
    case extended = 6
    case purge = 7
}

private enum QueueOutcomeTag: UInt8 {
    case pushed = 1
    case taken = 2
    case empty = 3
    case acknowledged = 4
    case returned = 5
    case extended = 6
    case purged = 7
}

private enum QueueRefusalTag: UInt8 {
    case tokenLost = 1
    case full = 2
}

private enum QueueStandingTag: UInt8 {
    case ready = 0
    case delayed = 1
    case taken = 2
}

extension [UInt8] {
    mutating func append(_ name: QueueName) { append(lengthPrefixed: name.bytes) }

    mutating func append(_ token: QueueToken) { append(varint: token.rawValue) }

    fileprivate mutating func append(_ settings: QueueSettings) {
        append(varint: UInt64(settings.tryCountMax))
        append(settings.dead)
    }

    fileprivate mutating func append(optionalKey key: Key?) {
        append(optional: key) { key, output in output.append(key) }
    }

    fileprivate mutating func append(priority: Int32) {
        append(littleEndian: UInt32(bitPattern: priority))
    }
}

extension QueueRequest {
    func encode(into output: inout [UInt8]) {
        output.append(queue)
        switch act {
        case .push(let push):
            output.append(QueueActTag.push)
            output.append(lengthPrefixed: push.value)
            output.append(optionalKey: push.key)
            output.append(priority: push.priority)
            output.append(varint: push.delayMilliseconds)
            output.append(optional: push.settings) { $1.append($0) }
        case .take(let milliseconds):
            output.append(QueueActTag.take)
            output.append(varint: milliseconds)
        case .settle(let token, let settlement):
            switch settlement {
            case .acknowledged: output.append(QueueActTag.acknowledged)
            case .failed: output.append(QueueActTag.failed)
            case .undelivered: output.append(QueueActTag.undelivered)
            case .extended: output.append(QueueActTag.extended)
            }
            output.append(token)
            if let milliseconds = settlement.milliseconds { output.append(varint: milliseconds) }
        case .purge: output.append(QueueActTag.purge)
        }
    }
}

extension QueueRequest.Settlement {
    fileprivate var milliseconds: UInt64? {
        switch self {
        case .acknowledged, .undelivered: nil
        case .failed(let milliseconds), .extended(let milliseconds): milliseconds
        }
    }
}

extension QueueOutcome {
    func encode(into output: inout [UInt8]) {
        switch self {
        case .pushed(let id, let presence):
            output.append(QueueOutcomeTag.pushed)
            output.append(varint: id)
            output.append(presence)
        case .taken(let delivery):
            output.append(QueueOutcomeTag.taken)
            output.append(varint: delivery.id)
            output.append(delivery.token)
            output.append(lengthPrefixed: delivery.value)
            output.append(optionalKey: delivery.key)
            output.append(priority: delivery.priority)
            output.append(varint: UInt64(delivery.tryCount))
            output.append(varint: delivery.visibleMilliseconds)
            output.append(varint: delivery.ageMilliseconds)
        case .empty: output.append(QueueOutcomeTag.empty)
        case .acknowledged: output.append(QueueOutcomeTag.acknowledged)
        case .returned(let whereabouts):
            output.append(QueueOutcomeTag.returned)
            output.append(whereabouts)
        case .extended(let milliseconds):
            output.append(QueueOutcomeTag.extended)
            output.append(varint: milliseconds)
        case .purged(let count):
            output.append(QueueOutcomeTag.purged)
            output.append(varint: count)
        }
    }
}

extension QueueRefusal {
    func encode(into output: inout [UInt8]) {
        switch self {
        case .tokenLost(let token):
            output.append(QueueRefusalTag.tokenLost)
            output.append(token)
        case .full(let byteCountMax):
            output.append(QueueRefusalTag.full)
            output.append(varint: byteCountMax)
        }
    }
}

extension ByteReader {
    mutating func readQueueName() throws(DecodingError) -> QueueName {
        let start = position
        let name = QueueName(try readLengthPrefixed(limit: Contest.nameByteCountMax))
        guard name.isValid else { throw .invalidValue(at: start) }
        return name
    }

    fileprivate mutating func readQueueToken() throws(DecodingError) -> QueueToken {
        QueueToken(rawValue: try readVarint())
    }

    fileprivate mutating func readSmall() throws(DecodingError) -> UInt32 {
        let start = position
        guard let number = UInt32(exactly: try readVarint()) else {
            throw .invalidValue(at: start)
        }
        return number
    }

    fileprivate mutating func readOptionalKey() throws(DecodingError) -> Key? {
        try readOptional { reader throws(DecodingError) in try reader.readKey() }
    }

    fileprivate mutating func readPriority() throws(DecodingError) -> Int32 {
        Int32(bitPattern: try readLittleEndian(UInt32.self))
    }

    fileprivate mutating func readQueueSettings() throws(DecodingError) -> QueueSettings {
        QueueSettings(tryCountMax: try readSmall(), dead: try readQueueName())
    }

    mutating func readQueueRequest() throws(DecodingError) -> QueueRequest {
        let queue = try readQueueName()
        let act: QueueRequest.Act =
            switch try readCase(QueueActTag.self) {
            case .push:
                .push(
                    QueuePush(
                        value: try readValue(),
                        key: try readOptionalKey(),
                        priority: try readPriority(),
                        delayMilliseconds: try readVarint(),
                        settings: try readOptional { reader throws(DecodingError) in
                            try reader.readQueueSettings()
                        }
                    )
                )
            case .take: .take(visibleMilliseconds: try readVarint())
            case .acknowledged: .settle(try readQueueToken(), .acknowledged)
            case .failed:
                .settle(try readQueueToken(), .failed(delayMilliseconds: try readVarint()))
            case .undelivered: .settle(try readQueueToken(), .undelivered)
            case .extended:
                .settle(try readQueueToken(), .extended(visibleMilliseconds: try readVarint()))
            case .purge: .purge
            }
        return QueueRequest(queue, act: act)
    }

    mutating func readQueueOutcome() throws(DecodingError) -> QueueOutcome {
        switch try readCase(QueueOutcomeTag.self) {
        case .pushed: .pushed(id: try readVarint(), try readCase())
        case .taken:
            .taken(
                QueueDelivery(
                    id: try readVarint(),
                    token: try readQueueToken(),
                    value: try readValue(),
                    key: try readOptionalKey(),
                    priority: try readPriority(),
                    tryCount: try readSmall(),
                    visibleMilliseconds: try readVarint(),
                    ageMilliseconds: try readVarint()
                )
            )
        case .empty: .empty
        case .acknowledged: .acknowledged
        case .returned: .returned(try readCase())
        case .extended: .extended(visibleMilliseconds: try readVarint())
        case .purged: .purged(count: try readVarint())
        }
    }

    mutating func readQueueRefusal() throws(DecodingError) -> QueueRefusal {
        switch try readCase(QueueRefusalTag.self) {
        case .tokenLost: .tokenLost(try readQueueToken())
        case .full: .full(byteCountMax: try readVarint())
        }
    }
}

// MARK: - Snapshot

extension QueueTable {
    /// Walks the queues for a snapshot: what is set of each, then its items.
    struct Encoder: Sendable {
        private var queues: SortedMap<QueueName, ItemQueue>.Elements
        private var name = QueueName([])
        private var items = SortedMap<UInt64, QueueItem>().elements

        init(_ table: QueueTable) { queues = table.queues.elements }

        /// Appends the next item with its tag; false when there is none.
        mutating func encodeNext(into output: inout [UInt8]) -> Bool {
            if let item = items.next() {
                output.append(SessionStateTag.queueItem)
                output.append(name)
                output.append(varint: item.key)
                item.value.encode(into: &output)
                return true
            }
            guard let queue = queues.next() else { return false }
            name = queue.key
            items = queue.value.items.elements
            guard let settings = queue.value.settings else { return encodeNext(into: &output) }
            output.append(SessionStateTag.queueSettings)
            output.append(name)
            output.append(settings)
            return true
        }
    }

    /// Takes one of the two out of a snapshot, its tag already read.
    mutating func insert(
        _ tag: SessionStateTag,
        decoding reader: inout ByteReader,
        appliedIndex: UInt64
    ) throws(DecodingError) {
        let start = reader.position
        let name = try reader.readQueueName()
        guard tag == .queueItem else {
            guard restore(try reader.readQueueSettings(), of: name) else {
                throw .invalidValue(at: start)
            }
            return
        }
        let id = try reader.readNumber()
        let item = try reader.readQueueItem()
        guard item.isSound(id, appliedIndex: appliedIndex), restore(item, id: id, in: name),
            ledger.byteCount <= Self.byteCountMax
        else { throw .invalidValue(at: start) }
    }
}

extension QueueItem {
    fileprivate func encode(into output: inout [UInt8]) {
        output.append(lengthPrefixed: value)
        output.append(optionalKey: key)
        output.append(priority: priority)
        output.append(varint: since.rawValue)
        output.append(varint: UInt64(tryCount))
        output.append(optional: token) { $1.append($0) }
        switch standing {
        case .ready: output.append(QueueStandingTag.ready)
        case .delayed(let end):
            output.append(QueueStandingTag.delayed)
            output.append(varint: end.rawValue)
        case .taken(let end):
            output.append(QueueStandingTag.taken)
            output.append(varint: end.rawValue)
        }
    }
}

extension ByteReader {
    fileprivate mutating func readQueueItem() throws(DecodingError) -> QueueItem {
        var item = QueueItem(
            value: try readValue(),
            key: try readOptionalKey(),
            priority: try readPriority(),
            since: ClusterTime(rawValue: try readNumber())
        )
        item.tryCount = try readSmall()
        item.token = try readOptional { reader throws(DecodingError) in
            try reader.readQueueToken()
        }
        item.standing =
            switch try readCase(QueueStandingTag.self) {
            case .ready: .ready
            case .delayed: .delayed(until: ClusterTime(rawValue: try readNumber()))
            case .taken: .taken(until: ClusterTime(rawValue: try readNumber()))
            }
        return item
    }
}
