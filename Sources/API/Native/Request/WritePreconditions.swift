internal import Backup
internal import Bytes
internal import Keyspace
internal import Wire

/// What may stand beside any write: `Idempotency-Key`, `Roost-Lock` and `Roost-Note`.
struct WritePreconditions {
    let fences: [Fence]
    let idempotency: IdempotencyStamp?
    /// Kept with what the write writes; empty for none.
    let note: [UInt8]

    init(_ request: HTTPRequest) throws(Problem) {
        fences = try Self.fences(request)
        idempotency = try Self.stamp(request)
        note = try Self.note(request)
    }

    /// The command with its guards.
    func request(_ command: Command) -> Request {
        Request(command, fences: fences, idempotency: idempotency, note: note)
    }

    // MARK: - Roost-Note

    private static func note(_ request: HTTPRequest) throws(Problem) -> [UInt8] {
        guard let field = request.header("roost-note") else { return [] }
        guard request.headers.values(of: "roost-note").count == 1 else {
            throw .header("Roost-Note", fault: "is given more than once")
        }
        let note = Array(field)
        guard note.count <= Request.noteByteCountMax else {
            throw .header(
                "Roost-Note",
                fault: "has \(note.count) bytes; the limit is \(Request.noteByteCountMax)"
            )
        }
        guard note.span.isValidUTF8 else {
            throw .header("Roost-Note", fault: "is not valid UTF-8")
        }
        return note
    }

    // MARK: - Roost-Lock

    /// `NAME=TOKEN`, NAME percent-encoded, split at the last `=`; several in one field are parted
    /// by commas.
    private static func fences(_ request: HTTPRequest) throws(Problem) -> [Fence] {
        var fences: [Fence] = []
        for value in request.headers.values(of: "roost-lock") {
            for part in value.split(separator: UInt8(ascii: ",")) {
                fences.append(try fence(part.trimmingBlanks))
            }
        }
        guard fences.count <= Fence.countMax else {
            throw .header("Roost-Lock", fault: "names more than \(Fence.countMax) locks")
        }
        return fences
    }

    private static func fence(_ text: ArraySlice<UInt8>) throws(Problem) -> Fence {
        guard let split = text.lastIndex(of: UInt8(ascii: "=")),
            let token = text[(split + 1)...].decimalValue
        else { throw .header("Roost-Lock", fault: "is not NAME=TOKEN") }
        let name: [UInt8]
        do { name = try PercentEncoding.decode(text[..<split]) } catch {
            throw .header("Roost-Lock", fault: error.fault)
        }
        guard Contest.isValid(name: name) else {
            throw .header(
                "Roost-Lock",
                fault: "has a name that no lock can have: \(name.faultAsName)"
            )
        }
        return Fence(lock: name, token: FencingToken(rawValue: token))
    }

    // MARK: - Idempotency-Key

    private static func stamp(_ request: HTTPRequest) throws(Problem) -> IdempotencyStamp? {
        guard let field = request.header("idempotency-key") else { return nil }
        guard request.headers.values(of: "idempotency-key").count == 1 else {
            throw .header("Idempotency-Key", fault: "is given more than once")
        }
        let key = try key(field)
        guard (1...IdempotencyStamp.clientKeyByteCountMax).contains(key.count) else {
            throw .header(
                "Idempotency-Key",
                fault:
                    "has \(key.count) bytes; 1 to \(IdempotencyStamp.clientKeyByteCountMax) are allowed"
            )
        }
        return IdempotencyStamp(key: key, fingerprint: fingerprint(request))
    }

    /// Bare, or quoted as a structured field's string (RFC 9651, 3.3.3).
    private static func key(_ field: ArraySlice<UInt8>) throws(Problem) -> [UInt8] {
        guard field.first == UInt8(ascii: "\"") else { return Array(field) }
        var key: [UInt8] = []
        var rest = field.dropFirst()
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""):
                guard rest.isEmpty else { break }
                return key
            case UInt8(ascii: "\\"):
                guard let escaped = rest.popFirst(),
                    escaped == UInt8(ascii: "\"") || escaped == UInt8(ascii: "\\")
                else { break }
                key.append(escaped)
                continue
            case 0x20...0x7E:
                key.append(byte)
                continue
            default: break
            }
            throw .header("Idempotency-Key", fault: "is no quoted string")
        }
        throw .header("Idempotency-Key", fault: "lacks its closing quote")
    }

    /// What makes two requests the same: method, target, body, conditions, fences and the note.
    private static func fingerprint(_ request: HTTPRequest) -> [UInt8] {
        var text: [UInt8] = []
        text.append(lengthPrefixed: Array(request.method.rawValue.utf8))
        text.append(lengthPrefixed: Array(request.rawPath))
        text.append(lengthPrefixed: request.rawQuery.map { [1] + $0 } ?? [])
        for name: StaticString in ["if-match", "if-none-match", "roost-lock"] {
            let values = request.headers.values(of: name)
            text.append(varint: UInt64(values.count))
            for value in values { text.append(lengthPrefixed: Array(value)) }
        }
        text.append(lengthPrefixed: request.body)
        if let note = request.header("roost-note") { text.append(lengthPrefixed: Array(note)) }
        return SHA256.digest(text)
    }
}
