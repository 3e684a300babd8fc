import Glibc

/// What comes after the operands: names and numbers.
struct Flags {
    private(set) var connections = 1
    private(set) var depth = 1
    private(set) var keys = 10_000
    private(set) var seconds = 3.0
    private(set) var watchers = 100
    private(set) var writes = 10
    private var prefix = "/bench"
    private var valueByteCount = 256
    private var batch = 1

    init(_ arguments: ArraySlice<String>) throws(Failure) {
        var rest = arguments
        while let name = rest.popFirst() {
            guard let text = rest.popFirst() else { throw Failure("\(name) has no value") }
            if name == "--prefix" {
                prefix = text
                continue
            }
            guard let number = Int(text), number > 0 else { throw Failure("\(name) '\(text)'") }
            switch name {
            case "--connections": connections = number
            case "--depth": depth = number
            case "--keys": keys = number
            case "--seconds": seconds = Double(number)
            case "--watchers": watchers = number
            case "--writes": writes = number
            case "--value-size": valueByteCount = number
            case "--batch": batch = number
            default: throw Failure("\(name) is not known")
            }
        }
    }

    /// The work of one request.
    func job(_ request: Request) -> Job {
        Job(request: request, prefix: prefix, valueByteCount: valueByteCount, batch: batch)
    }
}

/// Raises the soft limit of open files to the hard one.
func raiseDescriptorLimit() {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
}

/// Writes to the standard error.
func standardError(_ text: String) { _ = text.withCString { write(2, $0, strlen($0)) } }
