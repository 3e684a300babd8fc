/// Roost's HTTP/1.1, one write a connection: all that the first write after a failure needs.
struct HTTPDialect: Dialect {
    private let head: [UInt8]
    private let value: [UInt8]
    private let keyAt: Int
    private var isAnswered = false

    init(_ job: Job) {
        let method = Array("PUT /v1/kv".utf8)
        keyAt = method.count + job.key.count - Job.digitCount
        let fields = " HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(job.valueByteCount)\r\n\r\n"
        head = method + job.key + Array(fields.utf8)
        value = job.value
    }

    var mayAsk: Bool { true }

    func greet(_ output: inout [UInt8]) {}

    func ask(_ key: Int, into output: inout [UInt8]) -> Int {
        let start = output.count
        output += head
        Job.patch(&output, at: start + keyAt, key: key)
        output += value
        return 0
    }

    mutating func take(
        _ input: ArraySlice<UInt8>,
        into output: inout [UInt8],
        arrivals: inout [Arrival]
    ) throws(Failure) -> Int {
        let line = Array("HTTP/1.1 2".utf8)
        if !isAnswered, input.count >= line.count {
            isAnswered = true
            arrivals.append(.answer(0, isSuccess: input.starts(with: line)))
        }
        return isAnswered ? input.count : 0
    }
}
