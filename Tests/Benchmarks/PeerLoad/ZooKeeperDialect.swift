/// ZooKeeper's own protocol: frames with a length, answered in order.
struct ZooKeeperDialect: Dialect {
    private enum Code: Int32 {
        case create = 1
        case getData = 4
        case setData = 5
        case sync = 9
        case addWatch = 106
    }

    /// The number of an event's frame.
    private static let notification = UInt32(truncatingIfNeeded: -1)
    private static let sessionMilliseconds: Int32 = 30_000
    /// Read, write, create, delete and administer.
    private static let allPermissions: Int32 = 31

    private(set) var mayAsk = false
    private var nextNumber: UInt32 = 1
    /// One request, or `sync` and a read; the number of each, and the digits of its key, are patched.
    private let templates: [Template]
    /// Nodes that have to be there before the first is created, from the top.
    private let ancestors: [[UInt8]]

    private struct Template {
        var bytes: [UInt8]
        let digitsAt: Int
    }

    init(_ job: Job) {
        let names = job.request == .create ? job.prefix.split(separator: "/") : []
        ancestors = names.indices.map { Array("/\(names[...$0].joined(separator: "/"))".utf8) }
        templates =
            switch job.request {
            case .create: [Self.template(.create, job: job)]
            case .write: [Self.template(.setData, job: job)]
            case .staleRead: [Self.template(.getData, job: job)]
            case .read: [Self.template(.sync, job: job), Self.template(.getData, job: job)]
            case .watch: [Self.template(.addWatch, job: job)]
            }
    }

    private static func template(_ code: Code, job: Job) -> Template {
        frame(code, path: job.key, value: job.value)
    }

    private static func frame(_ code: Code, path: [UInt8], value: [UInt8]) -> Template {
        var body: [UInt8] = []
        body.append(bigEndian: Int32(0))
        body.append(bigEndian: code.rawValue)
        append(path, to: &body)
        let digitsAt = body.count - Job.digitCount
        switch code {
        case .create:
            append(value, to: &body)
            body.append(bigEndian: Int32(1))
            body.append(bigEndian: allPermissions)
            append(Array("world".utf8), to: &body)
            append(Array("anyone".utf8), to: &body)
            body.append(bigEndian: Int32(0))
        case .setData:
            append(value, to: &body)
            body.append(bigEndian: Int32(-1))
        case .getData: body.append(0)
        case .sync: break
        case .addWatch: body.append(bigEndian: Int32(0))
        }
        var frame: [UInt8] = []
        frame.append(bigEndian: Int32(body.count))
        return Template(bytes: frame + body, digitsAt: frame.count + digitsAt)
    }

    private static func append(_ bytes: [UInt8], to body: inout [UInt8]) {
        body.append(bigEndian: Int32(bytes.count))
        body += bytes
    }

    mutating func greet(_ output: inout [UInt8]) {
        var body: [UInt8] = []
        body.append(bigEndian: Int32(0))
        body.append(bigEndian: Int64(0))
        body.append(bigEndian: Self.sessionMilliseconds)
        body.append(bigEndian: Int64(0))
        Self.append([UInt8](repeating: 0, count: 16), to: &body)
        body.append(0)
        Self.append(body, to: &output)
    }

    mutating func ask(_ key: Int, into output: inout [UInt8]) -> Int {
        if nextNumber == 1 {
            // Their answers are nobody's: all but the first connection are told that they exist.
            for ancestor in ancestors {
                let start = output.count
                output += Self.frame(.create, path: ancestor, value: []).bytes
                output.put(bigEndian: nextNumber, at: start + 4)
                nextNumber += 1
            }
        }
        for template in templates {
            let start = output.count
            output += template.bytes
            output.put(bigEndian: nextNumber, at: start + 4)
            Job.patch(&output, at: start + template.digitsAt, key: key)
            nextNumber += 1
        }
        return Int(nextNumber - 1)
    }

    mutating func take(
        _ input: ArraySlice<UInt8>,
        into output: inout [UInt8],
        arrivals: inout [Arrival]
    ) throws(Failure) -> Int {
        var rest = input
        while rest.count >= 4 {
            let end = 4 + Int(rest.bigEndian32(at: 0))
            guard rest.count >= end else { break }
            if !mayAsk {
                mayAsk = true
            } else {
                guard end >= 20 else { throw Failure("ZooKeeper sent a frame of \(end) bytes") }
                let number = rest.bigEndian32(at: 4)
                if number == Self.notification {
                    arrivals.append(.event)
                } else {
                    // A read consists of two frames, and the second answers it.
                    let isSuccess = rest.bigEndian32(at: 16) == 0
                    if templates.count == 1 || number.isMultiple(of: 2) {
                        arrivals.append(.answer(Int(number), isSuccess: isSuccess))
                    } else if !isSuccess {
                        throw Failure("ZooKeeper refused a sync")
                    }
                }
            }
            rest = rest.dropFirst(end)
        }
        return input.count - rest.count
    }
}
