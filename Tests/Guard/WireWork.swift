internal import Bytes
internal import Keyspace
internal import Wire

/// HTTP and JSON: bytes to values and back.
enum WireWork {
    static var all: [Work] {
        [
            Work(name: "http-parse-get", count: 2000) { _ in parse(get) },
            Work(name: "http-parse-put", count: 2000) { _ in parse(put) },
            Work(name: "json-key-object", count: 2000) { _ in writeKeyObjects },
        ]
    }

    private static let fields = """
        Host: 127.0.0.1:2379\r
        User-Agent: curl/8.5.0\r
        Accept: */*\r\n
        """
    private static let get = Array("GET /v1/kv/bench/key00000001 HTTP/1.1\r\n\(fields)\r\n".utf8)
    private static let put =
        Array(
            """
            PUT /v1/kv/bench/key00000001 HTTP/1.1\r
            \(fields)Content-Type: application/octet-stream\r
            Content-Length: 256\r\n\r\n
            """.utf8
        ) + Material.value

    private static func parse(_ bytes: [UInt8]) -> (Int) -> UInt64 {
        { count in
            var parser = RequestParser()
            var trace: UInt64 = 0
            for _ in 0..<count {
                var offset = 0
                guard case .request(let request) = parser.next(bytes.span, from: &offset) else {
                    Guard.fail("\(bytes.count) bytes are no request")
                }
                trace &+= UInt64(offset + request.body.count)
            }
            return trace
        }
    }

    private static func writeKeyObjects(_ count: Int) -> UInt64 {
        var trace: UInt64 = 0
        let key = Material.key(1)
        for number in 0..<count {
            var json = JSONWriter()
            json.beginObject()
            json.member("key", string: key.bytes)
            json.member("value", string: Material.value)
            json.member("encoding", string: "utf8")
            json.member("version", number: UInt64(number))
            json.member("create_revision", number: 12_345)
            json.member("mod_revision", number: 1_234_567)
            json.endObject()
            trace &+= UInt64(json.output.count)
        }
        return trace
    }
}
