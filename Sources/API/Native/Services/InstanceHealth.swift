internal import Keyspace
internal import Wire

/// What an instance said of itself last.
struct InstanceHealth: Equatable {
    enum Status: CaseIterable {
        case passing
        case warning
        case critical

        var name: StaticString {
            switch self {
            case .passing: "passing"
            case .warning: "warning"
            case .critical: "critical"
            }
        }
    }

    static let outputByteCountMax = 4096
    static let fields: [StaticString] = ["status", "output"]

    let status: Status
    /// For people; of any UTF-8.
    let output: [UInt8]

    /// Whether it is to be used: a warning is none to keep away.
    var isHealthy: Bool { status != .critical }

    init(_ status: Status, output: [UInt8] = []) {
        self.status = status
        self.output = output
    }

    /// - Parameter usual: where there is no status; nil where there has to be one.
    init(_ body: Body, usual: Status? = nil) throws(Problem) {
        output = try body.string("output") ?? []
        guard output.count <= Self.outputByteCountMax else {
            throw body.fault("output", fault: "is longer than \(Self.outputByteCountMax) bytes")
        }
        let name = try body.string("status")
        let named = Status.allCases.first { name?.equals($0.name) == true }
        guard let status = name == nil ? usual : named else {
            throw body.fault("status", fault: "is none of passing, warning and critical")
        }
        self.status = status
    }

    /// Out of a report's record, which anybody may have written who may: what is none is critical.
    init(recordedAs value: [UInt8]) {
        let object = (try? JSONValue(parsing: value))?.object
        guard let object, let health = try? InstanceHealth(Body(object: object, prefix: "")) else {
            self.init(.critical, output: Array("The report is unreadable.".utf8))
            return
        }
        self = health
    }

    /// What is known of an instance.
    ///
    /// - Parameter report: its report's record; nil where there is none, or its lease has ended.
    init(of instance: ServiceInstance, report: KeyRecord?) {
        if let report {
            self.init(recordedAs: report.value)
        } else if instance.timeToLiveMilliseconds != nil {
            self.init(.critical, output: Array("No report came in time.".utf8))
        } else {
            self.init(.passing)
        }
    }

    /// As it is recorded.
    var record: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        writeMembers(to: &json)
        json.endObject()
        return json.output
    }

    func writeMembers(to json: inout JSONWriter) {
        json.member("status", string: status.name)
        if !output.isEmpty { json.member("output", string: output) }
    }
}
