internal import Bytes
internal import Keyspace
internal import Wire

/// What stands for a member in a request: its id or its name.
struct MemberName {
    let text: [UInt8]

    /// The id that it spells, if it is one.
    var id: UInt64? {
        guard text.count == 16, let id = Hexadecimal.decode(text) else { return nil }
        return id
    }
}

/// A change of one member that stays.
enum MemberUpdate {
    case peer([UInt8])
    case kind(MemberOrder.Kind)

    /// The body of `PATCH /v1/members/ID`.
    init(_ request: HTTPRequest) throws(Problem) {
        let body = try Body(request, known: ["peer", "kind"])
        let (address, kind) = (try body.peerAddress(), try body.memberKind())
        switch (address, kind) {
        case (let address?, nil): self = .peer(address)
        case (nil, let kind?): self = .kind(kind)
        case (nil, nil): throw .bad("The body changes nothing; give \"peer\" or \"kind\".")
        case (.some, .some):
            throw .bad("An address and a kind change one after the other; give one of them.")
        }
    }
}

extension Body {
    /// Where a newcomer is to be found.
    func place() throws(Problem) -> MemberOrder.Place {
        _ = try require("name")
        _ = try require("peer")
        let name = try string("name") ?? []
        guard (1...MemberOrder.Place.nameByteCountMax).contains(name.count) else {
            throw fault("name", fault: "has not 1 to 255 bytes")
        }
        guard MemberName(text: name).id == nil else {
            throw fault("name", fault: "looks like a member's id; choose another one")
        }
        guard name.first != UInt8(ascii: "-"), !name.equals("."), !name.equals("..") else {
            throw fault("name", fault: "is . or .., or begins with -, which serve does not take")
        }
        guard name.allSatisfy({ $0 > 0x20 && $0 != 0x7F && !Self.isReserved($0) }) else {
            throw fault("name", fault: "has a blank, a control character, or one of , = /")
        }
        return MemberOrder.Place(name: name, peerAddress: try peerAddress() ?? [])
    }

    func peerAddress() throws(Problem) -> [UInt8]? {
        guard let text = try string("peer") else { return nil }
        let colon = text.lastIndex(of: UInt8(ascii: ":"))
        guard text.count <= MemberOrder.Place.addressByteCountMax, let colon, colon > 0,
            let port = text[(colon + 1)...].decimalValue, (1...65_535).contains(port),
            text[..<colon].allSatisfy({ Self.mayStandInHost($0) })
        else { throw fault("peer", fault: "is no HOST:PORT") }
        return text
    }

    private static func isReserved(_ byte: UInt8) -> Bool {
        [UInt8(ascii: ","), UInt8(ascii: "="), UInt8(ascii: "/")].contains(byte)
    }

    /// Letters, digits and what else names and numeric addresses have: nothing that a shell takes
    /// for its own.
    private static func mayStandInHost(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default:
            [
                UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ":"),
                UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "%"),
            ].contains(byte)
        }
    }

    func memberKind() throws(Problem) -> MemberOrder.Kind? {
        guard let text = try string("kind") else { return nil }
        if text.equals("voter") { return .voter }
        if text.equals("observer") { return .observer }
        throw fault("kind", fault: "is neither voter nor observer")
    }
}
