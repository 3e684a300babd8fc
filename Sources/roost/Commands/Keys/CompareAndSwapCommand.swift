internal import Bytes
internal import RoostClient
internal import Wire

/// `roost cas`: writes a key only if it still holds what the caller knows.
enum CompareAndSwapCommand {
    static let command = Subcommand(
        Verb(
            "cas",
            manners: [.fences, .remarks],
            summary: "write a key if its value is still the expected one",
            explanation: """
                Compare and set in one step: exit code 4 when KEY does not hold EXPECTED; the value
                it holds is then named on standard error. A key that does not exist equals no
                EXPECTED: create it with 'roost put --if-absent'. NEW may be '-' or --file.
                """,
            operands: [
                Verb.Operand(name: "KEY", count: .one),
                Verb.Operand(name: "EXPECTED", count: .one),
                Verb.Operand(name: "NEW", count: .atMostOne),
            ],
            flags: [
                Flag("file", letter: "f", value: .required("FILE"), "the new value's bytes"),
                Flag("lease", value: .required("ID"), "end the key with this lease"),
                WriteNote.flag,
                KeyNotation.flag,
            ],
            examples: [
                Verb.Example(
                    command: "roost cas /app/name roost wren",
                    effect: "writes 'wren' if /app/name holds 'roost'"
                )
            ]
        ),
        run: run
    )

    private static func run(_ invocation: Invocation, on console: Console) throws(Failure)
        -> ExitCode
    {
        let notation = KeyNotation(invocation)
        let key = try notation.key(invocation.operands[0])
        let expected = try notation.bytes(invocation.operands[1])
        let value = try KeyArgument.value(invocation, operand: 2)
        let body = transaction(
            key: key,
            expected: expected,
            value: value,
            lease: invocation.bytes("lease")
        )
        let reply = try Service(invocation).write(.post, path: Array("/v1/txn".utf8), body: body)
        guard let json = reply.json, let succeeded = json["succeeded"]?.bool,
            let result = json["results"]?.array?.first
        else { throw .answer(reply) }
        guard succeeded else {
            let found = result["get"]?["items"]?.array?.first
            throw .unequal(refusal(name: notation.word(key), found: found), current: found)
        }
        if console.format == .json {
            try console.document(reply.body)
        } else {
            let revision = json["revision"]?.plainText ?? "?"
            try console.confirm("\(notation.word(key)) revision \(revision)")
        }
        return .done
    }

    private static func refusal(name: String, found: JSONValue?) -> String {
        guard let found, let value = found["value"], let revision = found["mod_revision"] else {
            return "\(name) does not exist; create it with 'roost put --if-absent \(name) VALUE'"
        }
        let encoding = found["encoding"]?.string == Array("base64".utf8) ? " (base64)" : ""
        return "\(name) holds '\(value.plainText)'\(encoding) since revision "
            + "\(revision.plainText), not the expected value; read it and decide again"
    }

    private static func transaction(
        key: [UInt8],
        expected: [UInt8],
        value: [UInt8],
        lease: [UInt8]?
    ) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("compare")
        writer.beginArray()
        writer.beginObject()
        writer.append(key: key)
        writer.member("target", string: "value")
        writer.member("op", string: "==")
        writer.append(value: expected)
        writer.endObject()
        writer.endArray()
        writer.name("then")
        writer.beginArray()
        writer.beginObject()
        writer.name("put")
        writer.beginObject()
        writer.append(key: key)
        writer.append(value: value)
        if let lease { writer.member("lease", string: lease) }
        writer.endObject()
        writer.endObject()
        writer.endArray()
        writer.name("else")
        writer.beginArray()
        writer.beginObject()
        writer.name("get")
        writer.beginObject()
        writer.append(key: key)
        writer.endObject()
        writer.endObject()
        writer.endArray()
        writer.endObject()
        return writer.output
    }
}

extension JSONWriter {
    /// Writes `value`, and `encoding` where its bytes are no text, or text that base64 writes
    /// shorter: the longest value has to fit into a request whatever its characters are.
    fileprivate mutating func append(value: [UInt8]) {
        let escapedCount = value.count { $0 < 0x20 || $0 == 0x7F || $0 == 0x22 || $0 == 0x5C }
        let isShort = escapedCount <= value.count / 16
        guard !isShort || !value.span.isValidUTF8 else { return member("value", string: value) }
        name("value")
        base64(value)
        member("encoding", string: "base64")
    }
}
