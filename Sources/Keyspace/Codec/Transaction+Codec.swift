internal import Bytes

/// The tag byte of each target of a compare. A number is never given another meaning.
enum TargetTag: UInt8 {
    case version = 0
    case createRevision = 1
    case modRevision = 2
    case value = 3
    case lease = 4
    case exists = 5
    case childVersion = 6
}

/// The tag byte of each operation of a transaction. A number is never given another meaning.
enum OperationTag: UInt8 {
    case put = 0
    case get = 1
    case delete = 2
    case transaction = 3
}

/// The tag byte of a put's value or lease within a transaction.
private enum KeptTag: UInt8 {
    case none = 0
    case given = 1
    case kept = 2
}

extension Transaction {
    func encode(into output: inout [UInt8]) {
        output.append(counted: compares) { compare, output in
            output.append(compare.range)
            output.append(compare.comparison)
            compare.target.encode(into: &output)
        }
        for list in [then, otherwise] {
            output.append(counted: list) { operation, output in operation.encode(into: &output) }
        }
    }
}

extension Transaction.Target {
    fileprivate func encode(into output: inout [UInt8]) {
        switch self {
        case .version(let version):
            output.append(TargetTag.version)
            output.append(varint: version)
        case .createRevision(let revision):
            output.append(TargetTag.createRevision)
            output.append(revision)
        case .modRevision(let revision):
            output.append(TargetTag.modRevision)
            output.append(revision)
        case .value(let value):
            output.append(TargetTag.value)
            output.append(lengthPrefixed: value)
        case .lease(let lease):
            output.append(TargetTag.lease)
            output.append(varint: lease)
        case .exists(let exists):
            output.append(TargetTag.exists)
            output.append(exists ? 1 : 0)
        case .childVersion(let version):
            output.append(TargetTag.childVersion)
            output.append(varint: version)
        }
    }
}

extension Transaction.Operation {
    fileprivate func encode(into output: inout [UInt8]) {
        switch self {
        case .put(let put):
            output.append(OperationTag.put)
            put.encode(into: &output)
        case .get(let query):
            output.append(OperationTag.get)
            query.encode(into: &output)
        case .delete(let range, let returnsPrevious):
            output.append(OperationTag.delete)
            output.append(range)
            output.append(returnsPrevious ? 1 : 0)
        case .transaction(let transaction):
            output.append(OperationTag.transaction)
            transaction.encode(into: &output)
        }
    }
}

extension Transaction.PutOperation {
    fileprivate func encode(into output: inout [UInt8]) {
        output.append(key)
        switch value {
        case .bytes(let bytes):
            output.append(KeptTag.given)
            output.append(lengthPrefixed: bytes)
        case .kept: output.append(KeptTag.kept)
        }
        switch lease {
        case .none: output.append(KeptTag.none)
        case .lease(let id):
            output.append(KeptTag.given)
            output.append(id)
        case .kept: output.append(KeptTag.kept)
        }
        output.append(returnsPrevious ? 1 : 0)
    }
}

extension RangeQuery {
    fileprivate func encode(into output: inout [UInt8]) {
        output.append(range)
        output.append(varint: limit)
        output.append(field)
        output.append(direction)
        output.append(content)
        for bounds in [modBounds, createBounds] {
            output.append(bounds.min)
            output.append(bounds.max)
        }
        output.append(revision)
    }
}

extension ByteReader {
    /// Reads a transaction of the newest format.
    ///
    /// - Parameter depth: how many transactions it is nested in.
    mutating func readTransaction(depth: Int = 0) throws(DecodingError) -> Transaction {
        let start = position
        guard depth < Transaction.depthMax else {
            let depthMax = UInt64(Transaction.depthMax)
            throw .limitExceeded(value: UInt64(depth), limit: depthMax, at: start)
        }
        return Transaction(
            compares: try readCounted(countMax: ClusterSettings.transactionOperationCountLimit) {
                reader throws(DecodingError) in
                Transaction.Compare(
                    try reader.readRange(),
                    comparison: try reader.readCase(),
                    target: try reader.readTarget()
                )
            },
            then: try readOperations(depth: depth),
            otherwise: try readOperations(depth: depth)
        )
    }

    private mutating func readOperations(
        depth: Int
    ) throws(DecodingError) -> [Transaction.Operation] {
        try readCounted(countMax: ClusterSettings.transactionOperationCountLimit) {
            reader throws(DecodingError) in
            switch try reader.readCase(OperationTag.self) {
            case .put: .put(try reader.readPutOperation())
            case .get: .get(try reader.readQuery())
            case .delete:
                .delete(try reader.readRange(), returnsPrevious: try reader.readFlag())
            case .transaction: .transaction(try reader.readTransaction(depth: depth + 1))
            }
        }
    }

    private mutating func readPutOperation() throws(DecodingError) -> Transaction.PutOperation {
        let key = try readKey()
        let valueStart = position
        let value: Transaction.PutOperation.Value
        switch try readCase(KeptTag.self) {
        case .none: throw .invalidValue(at: valueStart)
        case .given: value = .bytes(try readValue())
        case .kept: value = .kept
        }
        let lease: Transaction.PutOperation.Lease
        switch try readCase(KeptTag.self) {
        case .none: lease = .none
        case .given: lease = .lease(try readLease())
        case .kept: lease = .kept
        }
        return Transaction.PutOperation(
            key: key,
            value: value,
            lease: lease,
            returnsPrevious: try readFlag()
        )
    }

    private mutating func readQuery() throws(DecodingError) -> RangeQuery {
        RangeQuery(
            try readRange(),
            limit: try readVarint(),
            field: try readCase(),
            direction: try readCase(),
            content: try readCase(),
            modBounds: .init(min: try readRevision(), max: try readRevision()),
            createBounds: .init(min: try readRevision(), max: try readRevision()),
            revision: try readRevision()
        )
    }

    private mutating func readTarget() throws(DecodingError) -> Transaction.Target {
        switch try readCase(TargetTag.self) {
        case .version: .version(try readVarint())
        case .createRevision: .createRevision(try readRevision())
        case .modRevision: .modRevision(try readRevision())
        case .value: .value(try readValue())
        case .lease: .lease(try readVarint())
        case .exists: .exists(try readFlag())
        case .childVersion: .childVersion(try readVarint())
        }
    }

    // MARK: The first format

    /// Reads a transaction of the first format: keys are paths, each get and delete is of one or of
    /// a subtree, at most 128 in each list.
    mutating func readFirstTransaction() throws(DecodingError) -> Transaction {
        Transaction(
            compares: try readCounted(countMax: 128) { reader throws(DecodingError) in
                Transaction.Compare(
                    .key(try reader.readPath()),
                    comparison: try reader.readCase(),
                    target: try reader.readTarget()
                )
            },
            then: try readFirstOperations(),
            otherwise: try readFirstOperations()
        )
    }

    private mutating func readFirstOperations() throws(DecodingError) -> [Transaction.Operation] {
        try readCounted(countMax: 128) { reader throws(DecodingError) in
            let start = reader.position
            switch try reader.readCase(OperationTag.self) {
            case .put:
                return .put(
                    key: try reader.readPath(),
                    value: try reader.readValue(),
                    lease: try reader.readOptionalLease()
                )
            case .get: return .get(RangeQuery(try reader.readFirstRange()))
            case .delete: return .delete(try reader.readFirstRange())
            case .transaction:
                throw .unknownTag(UInt64(OperationTag.transaction.rawValue), at: start)
            }
        }
    }

    /// Reads a path, then 0 for it alone or 1 for it and everything below.
    mutating func readFirstRange() throws(DecodingError) -> KeyRange {
        let path = try readPath()
        return try readFlag() ? .subtree(path) : .key(path)
    }
}
