internal import API
internal import Bytes
internal import Keyspace
internal import Replica
internal import Wire

/// Plain reads and puts from the receive buffer to the output, without member and sockets: 16 are
/// received together, of 1,000 keys with values of 256 bytes. The same once in runs and once each
/// by itself, with equal bytes as the outcome.
enum RequestWork {
    static let batchCount = 16

    static var all: [Work] {
        [
            Work(name: "read-in-run", count: 2000) { _ in
                let desk = Desk(.reads)
                return { desk.serveTogether($0) }
            },
            Work(name: "read-by-itself", count: 2000) { _ in
                let desk = Desk(.reads)
                return { desk.serveEach($0) }
            },
            Work(name: "put-in-run", count: 2000) { _ in
                let desk = Desk(.puts)
                return { desk.serveTogether($0) }
            },
            Work(name: "put-by-itself", count: 2000) { _ in
                let desk = Desk(.puts)
                return { desk.serveEach($0) }
            },
        ]
    }
}

/// Serves one connection's requests; a put's outcome is known before it is asked.
private final class Desk {
    private let kind: RequestBatch.Kind
    private let keyspace: Keyspace
    private let member = MemberView(name: Array("n1".utf8), term: 7)
    private let site: HTTPSite
    private let date = HTTPDate(unixSeconds: 784_111_777)
    private let now = MonotonicTime(rawValue: 1)
    private let buffers: [[UInt8]]
    private var known = KnownRequests()
    private var templates = ResponseTemplates()
    private var output: [UInt8] = []

    init(_ kind: RequestBatch.Kind) {
        self.kind = kind
        var keyspace = Keyspace()
        for number in 0..<Material.keyCount {
            _ = keyspace.apply(
                index: UInt64(number) + 1,
                time: ClusterTime(rawValue: 1),
                command: Material.payload(number)
            )
        }
        self.keyspace = keyspace
        site = HTTPSite(of: member)
        buffers = (0..<Material.keyCount / RequestWork.batchCount).map { batch in
            (0..<RequestWork.batchCount).flatMap { place in
                Self.request(kind, number: batch * RequestWork.batchCount + place)
            }
        }
        learn(Self.request(kind, number: 0))
        let together = serveTogether(RequestWork.batchCount)
        let bytes = output
        guard together == serveEach(RequestWork.batchCount), bytes == output else {
            Guard.fail("answers differ: \(String(decoding: bytes.prefix(600), as: UTF8.self))")
        }
    }

    private static func request(_ kind: RequestBatch.Kind, number: Int) -> [UInt8] {
        let path = String(decoding: Material.key(number).bytes, as: UTF8.self)
        let fields = "Host: 127.0.0.1:2379\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\n"
        guard kind == .puts else {
            return Array("GET /v1/kv\(path) HTTP/1.1\r\n\(fields)\r\n".utf8)
        }
        let length = "Content-Length: \(Material.value.count)\r\n"
        return Array("PUT /v1/kv\(path) HTTP/1.1\r\n\(fields)\(length)\r\n".utf8) + Material.value
    }

    private func learn(_ raw: [UInt8]) {
        var parser = RequestParser()
        var offset = 0
        guard case .request(let request) = parser.next(raw.span, from: &offset) else {
            Guard.fail("\(raw.count) bytes are no request")
        }
        known.learn(from: request, in: raw.span, through: .client, site: site)
    }

    /// What comes of every put.
    private var outcome: Resumption {
        let result = PutResult(
            revision: keyspace.store.revision,
            createRevision: Revision(rawValue: 12),
            version: 34,
            lease: nil
        )
        return .answered(
            Answer(outcome: .put(result), source: .applied, revision: keyspace.store.revision)
        )
    }

    func serveTogether(_ count: Int) -> UInt64 {
        let outcome = outcome
        var trace: UInt64 = 0
        for number in 0..<count / RequestWork.batchCount {
            let buffer = buffers[number % buffers.count]
            let batch = RequestBatch(kind)
            var offset = 0
            while let (_, found) = known.match(buffer.span, at: offset) {
                batch.append(buffer.span.extracting(found.path), buffer.span.extracting(found.body))
                offset = found.end
            }
            guard batch.count == RequestWork.batchCount else {
                Guard.fail("\(batch.count) matched")
            }
            if kind == .puts {
                var inputs: [Input] = []
                batch.propose({ Ticket(rawValue: UInt64($0)) }, into: &inputs)
                for part in 0..<batch.count { batch.note(outcome, of: part) }
            }
            output.removeAll(keepingCapacity: true)
            render(batch)
            trace &+= UInt64(output.count)
        }
        return trace
    }

    private func render(_ batch: RequestBatch) {
        templates.renew(for: date, keyspace: keyspace, site: site)
        batch.appendAnswers(
            reading: .readable,
            templates: &templates,
            keyspace: keyspace,
            site: site,
            to: &output,
            note: { _ in }
        )
    }

    func serveEach(_ count: Int) -> UInt64 {
        let outcome = outcome
        var trace: UInt64 = 0
        for number in 0..<count / RequestWork.batchCount {
            let buffer = buffers[number % buffers.count]
            output.removeAll(keepingCapacity: true)
            var parser = RequestParser()
            var offset = 0
            while offset < buffer.count,
                case .request(let request) = parser.next(buffer.span, from: &offset)
            {
                serve(request, outcome: outcome)
            }
            trace &+= UInt64(output.count)
        }
        return trace
    }

    private func serve(_ request: HTTPRequest, outcome: Resumption) {
        var (exchange, step) = NativeExchange.begin(
            request,
            keyspace: keyspace,
            member: member,
            site: site,
            arrival: now,
            now: now
        )
        if case .propose(let write) = step { _ = EncodedWrite(write) }
        let resumption = kind == .puts ? outcome : .readable
        step = exchange.resume(resumption, keyspace: keyspace, member: member, now: now)
        guard case .respond(let response) = step else { Guard.fail("a request has no answer") }
        var writer = ResponseWriter(for: request)
        writer.append(response, date: date, to: &output)
    }
}
