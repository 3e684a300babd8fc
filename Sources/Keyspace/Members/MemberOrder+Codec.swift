internal import Bytes

/// The tag byte of each aim of an order. A number is never given another meaning.
private enum AimTag: UInt8 {
    case add = 1
    case remove = 2
    case move = 3
    case assign = 4
    case replace = 5
}

/// The tag byte of each step of an order. A number is never given another meaning.
private enum StepTag: UInt8 {
    case begin = 1
    case meet = 2
    case close = 3
    case withdraw = 4
}

extension MemberOrder {
    /// Appends the order's form in a snapshot.
    func encode(into output: inout [UInt8]) {
        output.append(varint: number)
        output.append(aim)
        output.append(optional: newcomer) { member, output in
            output.append(littleEndian: member)
        }
    }
}

extension MemberOrderStep {
    /// Appends the step's form in a command.
    func encode(into output: inout [UInt8]) {
        switch self {
        case .begin(let aim):
            output.append(StepTag.begin)
            output.append(aim)
        case .meet(let order, let member):
            output.append(StepTag.meet)
            output.append(varint: order)
            output.append(littleEndian: member)
        case .close(let order):
            output.append(StepTag.close)
            output.append(varint: order)
        case .withdraw(let order):
            output.append(StepTag.withdraw)
            output.append(varint: order)
        }
    }

    /// Whether every member would accept it from the log.
    var isWellFormed: Bool { if case .begin(let aim) = self { aim.isWellFormed } else { true } }
}

extension MemberOrder.Aim {
    /// Whether names and addresses have a length that they may have.
    var isWellFormed: Bool {
        switch self {
        case .add(let place, _), .replace(_, let place):
            (1...MemberOrder.Place.nameByteCountMax).contains(place.name.count)
                && Self.isAddress(place.peerAddress)
        case .move(_, let address): Self.isAddress(address)
        case .remove, .assign: true
        }
    }

    private static func isAddress(_ bytes: [UInt8]) -> Bool {
        (1...MemberOrder.Place.addressByteCountMax).contains(bytes.count)
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ place: MemberOrder.Place) {
        append(lengthPrefixed: place.name)
        append(lengthPrefixed: place.peerAddress)
    }

    fileprivate mutating func append(_ aim: MemberOrder.Aim) {
        switch aim {
        case .add(let place, let kind):
            append(AimTag.add)
            append(place)
            append(kind)
        case .remove(let member):
            append(AimTag.remove)
            append(littleEndian: member)
        case .move(let member, let address):
            append(AimTag.move)
            append(littleEndian: member)
            append(lengthPrefixed: address)
        case .assign(let member, let kind):
            append(AimTag.assign)
            append(littleEndian: member)
            append(kind)
        case .replace(let member, let place):
            append(AimTag.replace)
            append(littleEndian: member)
            append(place)
        }
    }
}

extension ByteReader {
    mutating func readMemberOrder() throws(DecodingError) -> MemberOrder {
        MemberOrder(
            number: try readVarint(),
            aim: try readAim(),
            newcomer: try readOptional { reader throws(DecodingError) in
                try reader.readLittleEndian(UInt64.self)
            }
        )
    }

    mutating func readMemberOrderStep() throws(DecodingError) -> MemberOrderStep {
        switch try readCase(StepTag.self) {
        case .begin: .begin(try readAim())
        case .meet: .meet(order: try readVarint(), member: try readLittleEndian(UInt64.self))
        case .close: .close(order: try readVarint())
        case .withdraw: .withdraw(order: try readVarint())
        }
    }

    private mutating func readAim() throws(DecodingError) -> MemberOrder.Aim {
        switch try readCase(AimTag.self) {
        case .add: .add(try readPlace(), as: try readCase())
        case .remove: .remove(try readLittleEndian(UInt64.self))
        case .move:
            .move(
                try readLittleEndian(UInt64.self),
                to: try readLengthPrefixed(limit: MemberOrder.Place.addressByteCountMax)
            )
        case .assign: .assign(try readLittleEndian(UInt64.self), as: try readCase())
        case .replace: .replace(try readLittleEndian(UInt64.self), by: try readPlace())
        }
    }

    private mutating func readPlace() throws(DecodingError) -> MemberOrder.Place {
        MemberOrder.Place(
            name: try readLengthPrefixed(limit: MemberOrder.Place.nameByteCountMax),
            peerAddress: try readLengthPrefixed(limit: MemberOrder.Place.addressByteCountMax)
        )
    }
}
